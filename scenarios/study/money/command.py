"""``undertow study money``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from scenarios.options import add_common, add_fresh, add_journal, data_of, refits_of, tries_of

NAME: Final = "money"
_ABOUT: Final = (
    "What the size of the book costs and what late, rare or false signals are worth, in Sharpe ratio net of costs "
    "against the benchmark policy: every point is an ordinary run with some keys set otherwise."
)
#: What may be asked: the same as ``run.QUESTIONS``, known without importing it.
QUESTIONS: Final = ("capacity", "delay", "threshold", "refit", "lead")


def add_money(studies: Any) -> None:
    """Register the study; nothing heavy is imported."""
    command = studies.add_parser("money", help="delay, threshold, warnings and size, in money", description=_ABOUT)
    command.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    command.add_argument(
        "--ask",
        action="append",
        default=[],
        choices=QUESTIONS,
        help="what to ask; may be repeated (default: all the scenario can answer without fitting a model again)",
    )
    command.add_argument(
        "--policy", metavar="NAME", help="whom it is about (default: that of [judge], else the first with a signal)"
    )
    command.add_argument("--signal", metavar="NAME", help="the signal it follows (default: its own)")
    command.add_argument(
        "--sizes",
        metavar="a:b:n[:log]",
        help="sizes of the book, or v1,v2,... (default: a tenth to a thousand times the scenario's)",
    )
    command.add_argument("--delays", metavar="N[,N...]", help="sessions from decision to first fill (default: 0 to 20)")
    command.add_argument(
        "--fall", type=float, default=0.10, metavar="X", help="of the benchmark, that a warning is to be of (0.10)"
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: out/NAME-money)")
    add_common(command)
    add_fresh(command)
    add_journal(command)
    command.add_argument("--quiet", action="store_true", help="no progress, only the table")


def run_money_study(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.load import DEFAULT, load
    from scenarios.output import check_target
    from scenarios.progress import reporter
    from scenarios.study.scarce.output import summary, write_result
    from simulator.core.names import slug

    from .replays import Asked
    from .run import Options, run_money

    name = given.scenario or DEFAULT
    file = load(name, given.overrides, given.shocks, given.plugins)
    out = given.out or Path("out") / f"{slug(file.scenario.name)}-money"
    check_target(out, f"{NAME} study")
    asked = Asked(name, data_of(given), tuple(given.overrides), tuple(given.shocks), tuple(given.plugins))
    options = Options(tuple(given.ask), given.policy, given.signal, given.sizes, given.delays, given.fall)
    progress = reporter(given.quiet)
    try:
        result = run_money(asked, options, progress, refits_of(given), tries_of(given, file.scenario.name))
    finally:
        progress.close()
    write_result(result, out)
    print(summary(result))
    if result.page.notes:
        print("\n" + "\n".join(f"! {note}" for note in result.page.notes))
    print(f"\nreport: {out / 'index.html'}")
    return 0
