"""``python -m tests.kill COMMAND...``: SIGKILL at every file operation of a command, or of ``--sample N`` of them.

With ``--minutes M`` they are taken in random order until the time is over.

Each is killed where nothing was written before, and where an earlier output of the kind is replaced; what it has left
is met by the same command, killed at another operation, and then by the same command left alone. After a kill, what
lies under the target's name is whole: the earlier output, or the new one. In the end the bytes are those of a command
that was never killed, and nothing else is there: beside the target, among temporary files or half-written in the cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenarios.stopping import INTERRUPTED, TERMINATED

from .commands import COMMANDS, Command
from .known import know_studies
from .operations import forked, signalled

_KILLED = -9
#: After so many kills it says how far it is.
_TOLD = 20


@dataclass(frozen=True, eq=False)
class Place:
    """Where a command is killed, and what a whole one leaves.

    Attributes
    ----------
    root
        Holds the home, the cache, and the temporary files of children.
    whole
        What an undisturbed command writes: content by name.
    earlier
        What lay under the target's name before; nothing if empty.
    """

    root: Path
    command: Command
    whole: dict[str, bytes]
    earlier: dict[str, bytes]

    @property
    def home(self) -> Path:
        """The current folder of every command."""
        return self.root / "home"

    def carry_out(self, last: int = 0) -> tuple[int, int]:
        """The command in a child, killed at an operation or not."""
        return forked([*self.command.words, "--out", "out"], self.root, self.root / "log", last)

    def reset(self) -> None:
        """Leave the home as it was before, with the earlier output if there is one."""
        for path in _beside(self.home):
            shutil.rmtree(path)
        for folder in (self.root / "cache", self.root / "tmp"):
            shutil.rmtree(folder, ignore_errors=True)
        (self.root / "tmp").mkdir()
        for name, content in self.earlier.items():
            path = self.home / "out" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def killed(self, last: int, *, surely: bool) -> None:
        """Kill at an operation; what is there is whole."""
        status, _ = self.carry_out(last)
        if status != _KILLED and (surely or status != 0):
            raise AssertionError(f"operation {last}: status {status}: {(self.root / 'log').read_text()}")
        aside = sorted(self.home.glob(".out.old-*"))
        between = aside and not (self.home / "out").exists()  # of two renames: the next run puts the earlier one back
        found = contents(aside[0] if between else self.home / "out")
        assert found in (self.earlier, self.whole), f"operation {last}: partial: {sorted(found)}"

    def killed_twice(self, last: int, again: int, total: int) -> None:
        """Kill it, kill what goes on from there, and then let one end."""
        where = "replacing" if self.earlier else "fresh"
        self.reset()
        self.killed(last, surely=True)
        self.killed(again, surely=False)
        self.finish(f"{self.command.words[0]}, {where}, killed at {last} and {again} of {total}")

    def signalled(self, sent: int, seconds: float) -> None:
        """Interrupt it after some seconds; what is there is whole, and what was said is true."""
        words = [*self.command.words, "--out", "out"]
        status = signalled(words, self.root, self.root / "log", sent, seconds)
        said, found = (self.root / "log").read_text(), contents(self.home / "out")
        assert status in (0, -sent, INTERRUPTED, TERMINATED), f"after {seconds} s: status {status}: {said}"
        assert found in (self.earlier, self.whole), f"after {seconds} s: partial: {sorted(found)}"
        if "nothing was written" in said or "goes on from" in said:
            assert found == self.earlier, said
        elif "was written" in said or status == 0:
            assert found == self.whole, said

    def finish(self, said: str) -> None:
        """Carry it out undisturbed: the same bytes, and nothing left."""
        status, _ = self.carry_out()
        assert status == 0, f"{said}: status {status}: {(self.root / 'log').read_text()}"
        assert contents(self.home / "out") == self.whole, f"{said}: other bytes"
        left = [path.name for path in [*_beside(self.home), *(self.root / "tmp").iterdir()] if path.name != "out"]
        left += [path.name for path in (self.root / "cache").rglob("*.part")]
        assert not left, f"{said}: left {left}"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by its name there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _beside(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.name not in ("data", "small.toml")]


def interrupt(name: str, times: int, seed: int) -> None:
    """Send a command SIGTERM or SIGINT at random moments."""
    with _entered(COMMANDS[name]) as root:
        rng = np.random.default_rng(seed)
        for place in _places(root, COMMANDS[name]):
            seconds = _seconds(place)
            for number in range(times // 2):
                sent = (signal.SIGTERM, signal.SIGINT)[number % 2]
                place.reset()
                place.signalled(sent, rng.uniform(0.0, seconds))
                place.finish(f"{name}, {sent.name}")
        print(f"{name}: {times // 2 * 2} signals", flush=True)


def hunt(name: str, sample: int | None, seed: int, minutes: float = np.inf) -> int:
    """Kill a command at its operations; return how many of them left something wrong."""
    command = COMMANDS[name]
    with _entered(command) as root:
        rng = np.random.default_rng(seed)
        totals = {place: _total(place) for place in _places(root, command)}
        points = [(place, last, total) for place, total in totals.items() for last in range(1, total + 1)]
        if sample is not None or minutes < np.inf:
            points = [points[at] for at in rng.permutation(len(points))]
        chosen, done, faults, end = points[:sample], 0, 0, time.monotonic() + 60.0 * minutes
        for place, last, total in chosen:
            if time.monotonic() > end:
                break
            again = int(rng.integers(1, total + 1))
            try:
                place.killed_twice(last, again, total)
            except AssertionError as error:
                faults += 1
                print(f"{name}: FAULT {error}", file=sys.stderr, flush=True)
            done += 1
            if done % _TOLD == 0:
                print(f"{name}: {done} of {len(chosen)}", file=sys.stderr, flush=True)
        print(f"{name}: {done} of {len(points)} operations, {faults} faults", flush=True)
    return faults


@contextmanager
def _entered(command: Command) -> Iterator[Path]:
    """A furnished home that is the current folder; everything is imported, and compiled for the command."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "home").mkdir()
        os.chdir(root / "home")
        command.furnish(root / "home")
        kept = os.environ.get("UNDERTOW_CACHE_DIR")
        _warm(command)
        os.environ |= {"UNDERTOW_CACHE_DIR": str(root / "cache"), "TMPDIR": str(root / "tmp")}
        tempfile.tempdir = str(root / "tmp")
        try:
            yield root
        finally:
            tempfile.tempdir = None
            os.chdir("/")
            os.environ.pop("TMPDIR")
            os.environ.pop("UNDERTOW_CACHE_DIR")
            if kept is not None:
                os.environ["UNDERTOW_CACHE_DIR"] = kept


def _warm(command: Command) -> None:
    from scenarios.audit import examine, observe
    from scenarios.build import assemble
    from scenarios.cli import main

    # a process of its own would import everything again, and writes to a pipe alone
    examine.observe_elsewhere = lambda file, market, world, start: (
        observe.observe(assemble(file, market), [world], start).components
    )
    know_studies()
    for words in {command.words, command.earlier}:
        fresh = ["--fresh"] if words[0] == "study" else []  # or what a cache holds already is not computed here
        assert main([*words, *fresh, "--out", "warm"]) == 0
        shutil.rmtree("warm")


def _places(root: Path, command: Command) -> list[Place]:
    """Where nothing lies under the target's name, and where an earlier output does."""
    whole, earlier = _written(root, command.words), _written(root, command.earlier)
    return [Place(root, command, whole, there) for there in ({}, earlier)]


def _written(root: Path, words: tuple[str, ...]) -> dict[str, bytes]:
    place = Place(root, Command(words, (), lambda _: None), {}, {})
    place.reset()
    status, _ = place.carry_out()
    assert status == 0, (root / "log").read_text()
    return contents(root / "home" / "out")


def _total(place: Place) -> int:
    place.reset()
    return place.carry_out()[1]


def _seconds(place: Place) -> float:
    place.reset()
    began = time.monotonic()
    place.carry_out()
    return time.monotonic() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", choices=[*COMMANDS, []], help="default: all")
    parser.add_argument("--sample", type=int, help="operations of each command (default: all)")
    parser.add_argument("--minutes", type=float, default=np.inf, help="for each command (default: until all are done)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--signals", type=int, default=0, metavar="N", help="send SIGTERM and SIGINT instead, N times")
    given = parser.parse_args()
    wrong = 0
    for command_name in given.commands or COMMANDS:
        if given.signals:
            interrupt(command_name, given.signals, given.seed)
        else:
            wrong += hunt(command_name, given.sample, given.seed, given.minutes)
    sys.exit(1 if wrong else 0)
