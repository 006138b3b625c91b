"""``python -m tests.benchmarks``: parity first, then every ratio, all in one run."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from . import growth, liquidity, machine, optimiser, process, ratios
from .growth import Growth
from .process import Fresh
from .ratios import Ratio
from .rows import ROWS, Row
from .sizes import FULL, SMALL
from .table import digits, milliseconds, table

_THREADS = 2
_EXTRAS = ("optimiser", "liquidity", "process", "growth")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print, section by section."""
    given = _parser().parse_args(arguments)
    found = machine.describe()
    print(machine.line(found))
    print(f"best of {given.rounds} rounds in which all take turns; W3 and W4 on {_THREADS} threads unless stated\n")
    lines: list[Ratio] = []
    for name in (wanted for wanted in ROWS if wanted in given.only):
        row = ROWS[name](SMALL if given.small else FULL, _THREADS)
        own = ratios.measure(row, given.rounds)
        if given.small:
            own = [replace(line, target="", verdict="") for line in own]
        print(block(row, own), flush=True)
        lines += own
        del row
    solved = optimiser.measure(given.rounds, given.small) if "optimiser" in given.only else []
    if solved:
        print(optimiser.lay(solved), flush=True)
    liquid = liquidity.measure(given.rounds, given.small) if "liquidity" in given.only else []
    if liquid:
        print(liquidity.lay(liquid), flush=True)
    fresh = process.measure(given.rounds) if "process" in given.only else []
    if fresh:
        print(fresh_table(fresh), flush=True)
    grown = growth.grow(given.rounds, _THREADS) if "growth" in given.only else []
    if grown:
        print(growth_table(grown), flush=True)
    if given.json:
        parts = {"optimiser": solved, "liquidity": liquid, "process": fresh, "growth": grown}
        write(given.json, {"machine": found, "ratios": lines, **parts})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios against peers and a floor.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there as well")
    parser.add_argument("--rounds", type=int, default=5, help="turns that everyone has (default 5)")
    parser.add_argument("--small", action="store_true", help="small sizes, to see that it runs; figures mean nothing")
    choices = (*ROWS, *_EXTRAS)
    parser.add_argument("--only", nargs="+", choices=choices, default=choices, help="some parts of it")
    return parser


def block(row: Row, lines: Sequence[Ratio]) -> str:
    """One workload as a table."""
    header = ("", "threads", "ms", "ns a day and asset", "nav apart", "ratio", "", "target", "")
    body, before = [], None
    for line in lines:
        again = (line.contestant, line.threads) == before
        before = (line.contestant, line.threads)
        timed = not math.isnan(line.seconds)
        body.append(
            (
                "" if again else line.contestant,
                "" if again else str(line.threads),
                milliseconds(line.seconds) if timed and not again else "",
                digits(line.nanoseconds) if timed and not again else "",
                "" if line.gap is None else f"{line.gap:.0e}",
                "" if math.isnan(line.ratio) else digits(line.ratio),
                line.against,
                line.target,
                line.verdict,
            )
        )
    return f"{row.name}: {row.what}\n{table(header, body, left_columns=(0, 6, 8))}\n"


def fresh_table(fresh: Sequence[Fresh]) -> str:
    """What new processes told."""
    body = []
    for row in fresh:
        processor = "" if row.processor is None else f"{digits(row.processor)} s"
        body.append((row.what, f"{digits(row.value)} {row.unit}", processor, row.target, row.verdict))
    return f"{table(('new processes', '', 'processor', 'target', ''), body, left_columns=(0, 4))}\n"


def growth_table(grown: Sequence[Growth]) -> str:
    """Slopes, and what they come from."""
    body = []
    for row in grown:
        steps = ", ".join(
            f"{size:,}: {milliseconds(taken)}" for size, taken in zip(row.sizes, row.seconds, strict=True)
        )
        body.append((row.along, f"{row.slope:.2f}", steps))
    return table(("time grows with", "slope", "ms by size"), body, left_columns=(0, 2))


def write(path: Path, found: dict[str, object]) -> None:
    """Everything as JSON, whole or not at all."""

    def plain(one: object) -> object:
        return {key: None if value != value else value for key, value in asdict(one).items()}

    text = json.dumps(
        {
            name: [plain(inner) for inner in value] if isinstance(value, list) else value
            for name, value in found.items()
        },
        indent=1,
    )
    part = path.with_name(f"{path.name}.part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    main()
