"""Plant single faults over all rooms and print those that no test dies of.

``python -m tests.faults [--count 120] [--seed 1] [--room NAME] [--workers 2]``: a fault at a time in a copy of the
tree, the tests of its room until one fails. A fault that lives is a test that is missing, or a line that does nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from .plant import Fault, faults
from .rooms import ROOMS, Room

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 900  # seconds: a fault that never ends is found as well


@dataclass(frozen=True)
class Planted:
    """A fault in a file of a room."""

    room: str
    file: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.room}: {self.file}:{self.fault.line}: {self.fault.before}  ->  {self.fault.after}"


def drawn(count: int, seed: int, room: str | None = None) -> list[Planted]:
    """Faults shared evenly by the rooms, and within a room drawn at random."""
    rng = np.random.default_rng(seed)
    names = [room] if room else list(ROOMS)
    chosen = []
    for place, name in enumerate(names):
        possible = [
            Planted(name, file, fault)
            for file in _sources(ROOMS[name])
            for fault in faults((_ROOT / file).read_text(encoding="utf-8"))
        ]
        share = count // len(names) + (place < count % len(names))
        picked = rng.choice(len(possible), min(share, len(possible)), replace=False)
        chosen += [possible[index] for index in sorted(picked)]
    return chosen


def _sources(room: Room) -> list[str]:
    found = {str(path.relative_to(_ROOT)) for pattern in room.files for path in _ROOT.glob(pattern)}
    return sorted(file for file in found if not file.endswith("__init__.py"))


def killer(home: Path, planted: Planted) -> str | None:
    """The first test file that fails of a fault; ``None`` if it lives."""
    room, path = ROOMS[planted.room], home / planted.file
    source = path.read_text(encoding="utf-8")
    path.write_text(planted.fault.planted(source), encoding="utf-8")
    try:
        return next((test for test in room.tests if _fails(home, test, room.plain)), None)
    finally:
        path.write_text(source, encoding="utf-8")


def _fails(home: Path, test: str, plain: bool) -> bool:
    own = {"PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    if plain:
        own["NUMBA_DISABLE_JIT"] = "1"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=few"]
    command += ["-m", "not slow and not browser" if plain else "not browser", test]
    try:
        done = subprocess.run(
            command, cwd=home, env={**os.environ, **own}, capture_output=True, check=False, timeout=_LONGEST
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (0, 5)  # 5: none of its tests is of this kind


def hunted(chosen: list[Planted], workers: int) -> Iterator[tuple[Planted, str | None]]:
    """Each fault and what it died of, as they are known."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        homes: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            home = Path(folder) / str(number) / "tree"
            shutil.copytree(_ROOT, home, ignore=shutil.ignore_patterns(".git", "__pycache__", ".hypothesis"))
            shared = _ROOT.parent / "shared"
            if shared.is_dir():
                (home.parent / "shared").symlink_to(shared)
            homes.put(home)

        def hunt(planted: Planted) -> tuple[Planted, str | None]:
            home = homes.get()
            try:
                return planted, killer(home, planted)
            finally:
                homes.put(home)

        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(hunt, chosen)


def main() -> int:
    """Count the dead, name the living."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", choices=list(ROOMS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    chosen = drawn(given.count, given.seed, given.room)
    lived = []
    for number, (planted, death) in enumerate(hunted(chosen, given.workers), 1):
        print(f"{number}/{len(chosen)} {'LIVES' if death is None else 'dies'} {planted}  [{death or '-'}]", flush=True)
        if death is None:
            lived.append(planted)
    print(f"\n{len(chosen) - len(lived)} of {len(chosen)} died; {len(lived)} live")
    return bool(lived)


if __name__ == "__main__":
    sys.exit(main())
