"""``undertow study money``: what the command line says and does."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Final

from scenarios.options import add_common, add_fresh, add_journal, data_of, refits_of, scenario_of, tries_of
from scenarios.study.kit import Finished, StudyCommand, add_out

if TYPE_CHECKING:
    from scenarios.progress import Progress

#: What may be asked: the same as ``run.QUESTIONS``, known without importing it.
QUESTIONS: Final = ("capacity", "delay", "threshold", "refit", "lead")


def _add(command: argparse.ArgumentParser) -> None:
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
    add_out(command, "NAME-money")
    add_common(command)
    add_fresh(command)
    add_journal(command)
    command.add_argument("--quiet", action="store_true", help="no progress, only the table")


def _folder(given: argparse.Namespace) -> str:
    from simulator.core.names import slug

    return f"{slug(scenario_of(given).scenario.name)}-money"


def _run(given: argparse.Namespace, progress: Progress) -> Finished:
    from scenarios.load import DEFAULT
    from scenarios.study.result import summary, write_result

    from .replays import Asked
    from .run import Options, run_money

    name = scenario_of(given).scenario.name
    asked = given.scenario or DEFAULT
    terms = Asked(asked, data_of(given), tuple(given.overrides), tuple(given.shocks), tuple(given.plugins))
    options = Options(tuple(given.ask), given.policy, given.signal, given.sizes, given.delays, given.fall)
    result = run_money(terms, options, progress, refits_of(given), tries_of(given, name))
    notes = "\n".join(f"! {note}" for note in result.page.notes)
    return Finished(partial(write_result, result), "\n\n".join(filter(None, [summary(result), notes])))


#: The study.
MONEY: Final = StudyCommand(
    "money",
    "delay, threshold, warnings and size, in money",
    "What the size of the book costs and what late, rare or false signals are worth, in Sharpe ratio net of costs "
    "against the benchmark policy: every point is an ordinary run with some keys set otherwise.",
    _add,
    _run,
    _folder,
)
