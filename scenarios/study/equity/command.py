"""``undertow study equity-liquidity``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

NAME: Final = "equity-liquidity"
_ABOUT: Final = (
    "Which shares stay liquid under stress (Tarkocin & Donduran): classifiers of the fall of 40% and of the Amihud "
    "measure from what was known before, with the paper's look-ahead, rivals and both laws' treatment beside them."
)


def add_equity(studies: Any) -> None:
    """Register the study; nothing heavy is imported."""
    from os import environ

    study = studies.add_parser(NAME, help="which shares stay liquid under stress", description=_ABOUT)
    study.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=environ.get("UNDERTOW_DATA"),
        help="one long CSV or Parquet of daily bars (ticker, date, close, volume; adjusted_close and sector if there "
        "are any), or the folder it lies in",
    )
    study.add_argument("--out", type=Path, metavar="DIR", help=f"where the report goes (default: out/{NAME})")
    study.add_argument("--seeds", type=int, default=10, metavar="N", help="how often the folds are drawn anew (10)")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="of the first folds and models (0)")
    study.add_argument("--workers", type=int, metavar="N", help="processes; the results do not depend on it")
    study.add_argument("--quiet", action="store_true", help="no progress, only the tables")


def run_equity_study(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.output import check_target
    from scenarios.progress import reporter
    from simulator.core.errors import ParameterError

    out = given.out or Path("out") / NAME
    check_target(out, f"{NAME} study")
    for name, least in (("workers", 1), ("seed", 0)):
        value = getattr(given, name)
        if value is not None and value < least:
            raise ParameterError(f"--{name} must be at least {least}, not {value}")
    from .data import read_equity_data
    from .output import summary, write_equity
    from .run import Options, run_equity

    options = Options(given.seeds, given.seed, given.workers)
    data = read_equity_data(None if given.data is None else Path(given.data))
    progress = reporter(given.quiet)
    try:
        study = run_equity(data, options, progress)
    finally:
        progress.close()
    write_equity(study, out)
    print(summary(study))
    print(f"\nreport: {out / 'index.html'}")
    return 0
