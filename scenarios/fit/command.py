"""``undertow fit``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scenarios.options import add_common, data_of, say_report, scenario_of, target_of

_ABOUT = (
    "Fit a generator of paths on the market of a scenario and compare its paths with history: moments, tails, "
    "drawdowns, autocorrelation of squares, volume against volatility, with intervals over paths."
)


def add_fit(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    command = commands.add_parser("fit", help="whether to trust the paths of a generator", description=_ABOUT)
    command.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    command.add_argument(
        "--generator",
        default="",
        metavar="KIND[:key=value,...]",
        help="bootstrap (default), circular, regimes, garch, jumps, conditional, splice; as for undertow sweep",
    )
    command.add_argument("--paths", type=int, default=200, metavar="N", help="paths that are compared (200)")
    command.add_argument("--block", type=int, metavar="N", help="mean block of bootstraps, in sessions (63)")
    command.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: out/NAME-fit-KIND)")
    add_common(command)
    command.add_argument("--quiet", action="store_true", help="no progress, only the table")


def run_fit(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.progress import progressing
    from simulator.core.names import slug

    file = scenario_of(given)
    kind = slug(given.generator.partition(":")[0] or "bootstrap")
    out = target_of(given, f"{slug(file.scenario.name)}-fit-{kind}", "fit")
    from .run import Options, fit
    from .table import as_text

    with progressing(given.quiet) as progress:
        report = fit(file, out, Options(given.generator, given.paths, given.block), data_of(given), progress)
    say_report(as_text(report), out)
    return 0
