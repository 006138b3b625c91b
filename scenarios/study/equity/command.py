"""``undertow study equity-liquidity``: what the command line says and does."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Final

from scenarios.options import data_of
from scenarios.study.kit import Finished, StudyCommand, add_data, add_out, add_quiet, add_seed, add_workers

if TYPE_CHECKING:
    from scenarios.progress import Progress

_NAME: Final = "equity-liquidity"


def _add(parser: argparse.ArgumentParser) -> None:
    add_data(
        parser,
        "one long CSV or Parquet of daily bars (ticker, date, close, volume; adjusted_close and sector if there are "
        "any), or the folder it lies in",
    )
    add_out(parser, _NAME)
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="how often the folds are drawn anew (10)")
    add_seed(parser, "the first folds and models")
    add_workers(parser)
    add_quiet(parser)


def _run(given: argparse.Namespace, progress: Progress) -> Finished:
    from scenarios.study.result import write_result

    from .data import read_equity_data
    from .output import result, summary
    from .run import Options, run_equity

    options = Options(given.seeds, given.seed, given.workers)
    study = run_equity(read_equity_data(data_of(given)), options, progress)
    return Finished(partial(write_result, result(study)), summary(study))


#: The study.
EQUITY: Final = StudyCommand(
    _NAME,
    "which shares stay liquid under stress",
    "Which shares stay liquid under stress (Tarkocin & Donduran): classifiers of the fall of 40% and of the Amihud "
    "measure from what was known before, with the paper's look-ahead, rivals and both laws' treatment beside them.",
    _add,
    _run,
)
