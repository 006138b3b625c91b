"""Plant single faults over all rooms and print those that no test dies of.

``python -m tests.faults [--count 120] [--seed 1] [--room NAME] [--only TEXT ...] [--workers 2]``: a fault at a time in
a copy of the tree, the tests of its room until one fails. A fault that lives is a test that is missing, or a line that
does nothing; ``--only`` plants it again.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import numpy as np

from .forks import Place, Tried, imported, laid, tried
from .plant import Fault, faults
from .rooms import ROOMS, Room

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Planted:
    """A fault in a file of a room."""

    room: str
    file: str
    fault: Fault

    def __str__(self) -> str:
        place = f"{self.file}:{self.fault.line}:{self.fault.column}"
        return f"{self.room}: {place}: {self.fault.before}  ->  {self.fault.after}"


def drawn(count: int, seed: int, room: str | None = None) -> list[Planted]:
    """Faults shared evenly by the rooms, and within a room drawn at random."""
    rng = np.random.default_rng(seed)
    names = [room] if room else list(ROOMS)
    chosen = []
    for place, name in enumerate(names):
        possible = _possible(name)
        share = count // len(names) + (place < count % len(names))
        picked = rng.choice(len(possible), min(share, len(possible)), replace=False)
        chosen += [possible[index] for index in sorted(picked)]
    return chosen


@cache
def _possible(name: str) -> tuple[Planted, ...]:
    """Every fault that a room could have."""
    return tuple(
        Planted(name, file, fault)
        for file in _sources(ROOMS[name])
        for fault in faults((_ROOT / file).read_text(encoding="utf-8"))
    )


def _sources(room: Room) -> list[str]:
    found = {str(path.relative_to(_ROOT)) for pattern in room.files for path in _ROOT.glob(pattern)}
    return sorted(file for file in found if not file.endswith("__init__.py"))


@contextlib.contextmanager
def standing(place: Place, planted: Planted) -> Iterator[None]:
    """A fault in a copy of the tree, for a while; the file is never taken for the one that byte code was made of."""
    path = place.tree / planted.file
    source, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(planted.fault.planted(source), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(source, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@dataclass
class Hunter:
    """A worker: its copy of the tree, and the tests that hold there while no fault is planted.

    A test that fails of itself would count every fault as dead: its file is left out, and said.
    """

    place: Place
    holds: dict[tuple[str, bool], bool] = field(default_factory=dict)

    def hunt(self, planted: Planted) -> Death:
        """What a fault dies of."""
        plain = planted.file.endswith("_nb.py")
        tests = _nearest_first(ROOMS[planted.room].tests, planted.file)
        unsound: list[str] = []
        found = Tried({}, None, None)
        while tests:
            with standing(self.place, planted):
                found = tried(self.place, tests, plain)
            if found.failed is None or self._holds(found, plain):
                break
            unsound.append(found.failed)
            tests = tests[tests.index(found.failed) + 1 :]
            found = Tried({}, None, None)
        return Death(planted, found, tuple(unsound))

    def _holds(self, died: Tried, plain: bool) -> bool:
        """Whether the test that failed holds while no fault is planted; its whole file, where none is known."""
        asked = died.test if died.test and "::" in died.test else died.failed
        key = (asked or "", plain)
        if key not in self.holds:
            self.holds[key] = tried(self.place, [key[0]], plain).failed is None
        return self.holds[key]


@dataclass(frozen=True)
class Death:
    """A fault, the tests it was shown to, and those that were left out because they fail without it."""

    planted: Planted
    tried: Tried
    unsound: tuple[str, ...]

    @property
    def lives(self) -> bool:
        """No test fails of it."""
        return self.tried.failed is None

    def __str__(self) -> str:
        took = ", ".join(f"{Path(file).stem} {seconds:.0f}" for file, seconds in self.tried.seconds.items())
        verdict = "LIVES" if self.lives else "dies "
        lines = [f"{verdict} {self.planted}  [{self.tried.test or '-'}; seconds: {took}]"]
        lines += [f"  {file} fails without a fault: left out, it says nothing of this one" for file in self.unsound]
        return "\n".join(lines)


def _nearest_first(tests: Sequence[str], file: str) -> list[str]:
    """Test files of a room that import the module first, then those that import its package: they die of it soonest."""

    def near(test: str, name: str) -> bool:
        files = [_ROOT / test] if test.endswith(".py") else sorted((_ROOT / test).glob("*.py"))
        imports = re.compile(rf"^(?:from|import) [\w.]*\.{name}\b", re.MULTILINE)
        return any(imports.search(each.read_text(encoding="utf-8")) for each in files if each.exists())

    module = Path(file)
    return sorted(tests, key=lambda test: (not near(test, module.stem), not near(test, module.parent.name)))


_hunters: list[Hunter] = []  # of a worker: its own


def _settle(places: SimpleQueue[Path]) -> None:
    _hunters.append(Hunter(laid(places.get(), _ROOT)))


def _hunt(planted: Planted) -> Death:
    return _hunters[0].hunt(planted)


def hunted(chosen: list[Planted], workers: int) -> Iterator[Death]:
    """What each fault dies of, as they are known."""
    imported()
    forks = get_context("fork")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        places: SimpleQueue[Path] = forks.SimpleQueue()
        for number in range(workers):
            place = Path(folder) / str(number)
            place.mkdir()
            places.put(place)
        with forks.Pool(workers, _settle, (places,)) as pool:
            yield from pool.imap_unordered(_hunt, chosen)


def main() -> int:
    """Count the dead, name the living."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", choices=list(ROOMS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="those whose line holds one of these")
    given = parser.parse_args()
    all_drawn = drawn(given.count, given.seed, given.room)
    chosen = [planted for planted in all_drawn if any(text in str(planted) for text in given.only)]
    deaths = []
    for number, death in enumerate(hunted(chosen, given.workers), 1):
        deaths.append(death)
        print(f"{number}/{len(chosen)} {death}", flush=True)
    lived = [death.planted for death in deaths if death.lives]
    _by_room(chosen, lived)
    print(f"\n{len(chosen) - len(lived)} of {len(chosen)} died; {len(lived)} live")
    return bool(lived) or any(death.unsound for death in deaths)


def _by_room(chosen: list[Planted], lived: list[Planted]) -> None:
    all_of, alive = Counter(planted.room for planted in chosen), Counter(planted.room for planted in lived)
    print()
    for room, count in all_of.items():
        print(f"{count - alive[room]:4} of {count:3} died: {room}")


if __name__ == "__main__":
    sys.exit(main())
