"""``undertow study``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_PROTOCOLS = ("shuffled", "blocks", "forward")


def add_study(commands: Any) -> None:
    """Register the command and its studies; nothing heavy is imported."""
    about = "Ask a paper's question again on your own data, with its naive rivals and its leaks beside it."
    study = commands.add_parser("study", help="repeat a paper's study on your data", description=about)
    studies = study.add_subparsers(dest="study", metavar="STUDY", required=True)
    _add_early_warning(studies)


def _add_early_warning(studies: Any) -> None:
    about = (
        "Green, amber or red today, from market indicators (Tarkocin & Donduran): their 24 classifiers and others, "
        "under the paper's shuffled folds (leaky, and marked so) and forward in time, against rules that need no model."
    )
    one = studies.add_parser("early-warning", help="green, amber or red from market indicators", description=about)
    add_common(one, "early-warning")
    one.add_argument(
        "--protocol",
        action="append",
        choices=_PROTOCOLS,
        help="how forecasts are judged; may be repeated (default: shuffled and forward, side by side)",
    )
    one.add_argument("--index", default="STLFSI2", metavar="NAME", help="the index of stress (STLFSI2)")


def add_common(one: argparse.ArgumentParser, name: str) -> None:
    """Options of every study."""
    from os import environ

    one.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=environ.get("UNDERTOW_DATA"),
        help="folder that holds etf/, macro/, markets/ and, if there are any, the bank's own indicators in bank/",
    )
    one.add_argument("--out", type=Path, metavar="DIR", help=f"where the report goes (default: out/{name})")
    one.add_argument(
        "--model",
        dest="models",
        action="append",
        default=[],
        metavar="NAME",
        help="run these models only (may be repeated); module:Class adds an estimator of your own",
    )
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of folds, models and resamples (0)")
    one.add_argument("--workers", type=int, metavar="N", help="processes (one a core); the results do not depend on it")
    one.add_argument("--fresh", action="store_true", help="fit everything again instead of reading kept answers")
    one.add_argument("--quiet", action="store_true", help="no progress, only the tables")


def run_study(given: argparse.Namespace) -> int:
    """Run the study that was asked for; return the exit status."""
    return {"early-warning": _early_warning}[given.study](given)


def _early_warning(given: argparse.Namespace) -> int:
    from scenarios.output import check_target
    from scenarios.progress import reporter
    from signals.stress.models import MODELS, own_model
    from signals.stress.validation import AnswerCache
    from simulator.core.errors import ParameterError

    out = given.out or Path("out") / "early-warning"
    check_target(out)
    if given.workers is not None and given.workers < 1:
        raise ParameterError(f"--workers must be at least 1, not {given.workers}")
    if given.seed < 0:
        raise ParameterError(f"--seed must not be negative, it is {given.seed}")
    from scenarios.plugins import find

    from .early_warning import DEFAULT, Options, run_early_warning
    from .output import summary, write_study

    own = tuple(own_model(name, find(name, {}, "--model")) for name in given.models if ":" in name)
    named = tuple(dict.fromkeys(name for name in given.models if ":" not in name))
    options = Options(
        protocols=tuple(given.protocol or DEFAULT),
        models=named or tuple(MODELS),
        own=own,
        index=given.index,
        seed=given.seed,
        workers=given.workers,
    )
    progress = reporter(given.quiet)
    cache = None if given.fresh else AnswerCache.of_user()
    try:
        study = run_early_warning(None if given.data is None else Path(given.data), options, progress, cache)
    finally:
        progress.close()
    write_study(study, out)
    print(summary(study))
    print(f"\nreport: {out / 'index.html'}")
    return 0
