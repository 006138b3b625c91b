"""Whether two revisions give the same bytes: ``python -m tests.revisions OLD NEW [--data DIR]``. By hand, not in CI.

Both are unpacked into a folder of their own, each replays the catalogued scenarios and sweeps, and what machines read
of them is compared: ``metrics.json``, ``metrics.csv``, everything under ``ledger/`` and ``results.parquet``. Pages may
differ. Scenarios that need a folder of files are left out without ``--data``, and said so. Of JSON that differs it is
said how many figures are the same, new, gone and other, and the first of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

#: By name: a command without its output folder, and whether it needs data.
COMMANDS: Final[Mapping[str, tuple[tuple[str, ...], bool]]] = {
    "redemption-run": (("run", "redemption-run", "--no-tearsheets"), False),
    "fund-run": (("redemptions", "fund-run"), False),
    "us-large-caps": (("run", "us-large-caps", "--no-tearsheets"), False),
    "etf-core": (("run", "etf-core", "--no-tearsheets"), True),
    "stress-signals": (("run", "stress-signals", "--no-tearsheets"), True),
    "liquidity-aware": (("run", "liquidity-aware", "--no-tearsheets"), True),
    "crunch-2008": (("run", "crunch-2008", "--no-tearsheets"), True),
    "sweep": (("sweep", "redemption-run", "--grid", "execution.lag=1,2", "--paths", "2"), False),
    "frontier": (("sweep", "crunch-2008", "--grid", "shocks.*.severity=0,1"), True),
}
_SHOWN: Final = 8  # of the figures that differ
_COMPARED: Final = ("metrics.json", "metrics.csv", "results.parquet")


def unpacked(revision: str, folder: Path) -> Path:
    """The tree of a revision."""
    archive = subprocess.run(["git", "archive", revision], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tree:
        tree.extractall(folder, filter="data")
    return folder


def replayed(tree: Path, command: Sequence[str], out: Path, data: Path | None) -> str:
    """Run a command by the code of a tree; what it said if it failed, else nothing."""
    given = ["--data", str(data)] if data is not None else []
    done = subprocess.run(
        [sys.executable, "-m", "scenarios.cli", *command, *given, "--quiet", "--out", str(out)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def compared(old: Path, new: Path) -> Iterator[str]:
    """What differs between two outputs, a line each."""
    before, after = machine_files(old), machine_files(new)
    for name in sorted({*before, *after}):
        if name not in after:
            yield f"{name}: only in the old one"
        elif name not in before:
            yield f"{name}: only in the new one"
        elif before[name].read_bytes() != after[name].read_bytes():
            yield f"{name}: {_other(before[name], after[name])}"


def _other(old: Path, new: Path) -> str:
    """How two files differ."""
    if old.suffix != ".json":
        return "other bytes"
    before, after = (dict(_figures(json.loads(path.read_text(encoding="utf-8")))) for path in (old, new))
    both = before.keys() & after.keys()
    other = [key for key in before if key in both and before[key] != after[key]]
    counts = (len(both) - len(other), len(after.keys() - both), len(before.keys() - both), len(other))
    said = "{} figures the same, {} new, {} gone, {} other".format(*counts)
    shown = (f"{key} was {before[key]}, is {after[key]}" for key in other[:_SHOWN])
    return "\n    ".join([said, *shown])


def _figures(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in JSON, by its path."""
    inner: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        yield path, value
        return
    for key, each in inner:
        yield from _figures(each, f"{path}.{key}" if path else str(key))


def machine_files(out: Path) -> dict[str, Path]:
    """What machines read of an output, by its path within."""
    files = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    return {name: path for name, path in files.items() if name in _COMPARED or name.startswith("ledger" + os.sep)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two revisions; 0 if all is the same, 1 if anything differs or fails in one of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.revisions", description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", default="HEAD")
    parser.add_argument("--data", type=Path, help="folder of CSV files, for the scenarios that need one")
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS), help="some of them")
    options = parser.parse_args(arguments)
    data = None if options.data is None else options.data.resolve()
    differs = False
    with tempfile.TemporaryDirectory() as place:
        trees = {side: unpacked(getattr(options, side), Path(place, side)) for side in ("old", "new")}
        for name in options.only:
            command, needs = COMMANDS[name]
            if needs and data is None:
                print(f"{name}: left out, needs --data")
                continue
            outs = {side: Path(place, f"{side}-out", name) for side in trees}
            said = {side: replayed(tree, command, outs[side], data if needs else None) for side, tree in trees.items()}
            failed = [f"{side} fails: {text}" for side, text in said.items() if text]
            found = failed or list(compared(outs["old"], outs["new"]))
            count = 0 if failed else len(machine_files(outs["new"]))
            print("\n  ".join([f"{name}: {'differs' if found else f'the same {count} files'}", *found]), flush=True)
            differs = differs or bool(found)
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())
