"""``undertow study``: what the command line says and does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scenarios.options import add_plugins

from .banks.command import NAME as BANKS
from .banks.command import add_banks, run_bank_study
from .cards.options import add_card_options, card_options
from .equity.command import NAME as EQUITY
from .equity.command import add_equity, run_equity_study
from .money.command import NAME as MONEY
from .money.command import add_money, run_money_study
from .scarce.command import NAMES, add_scarce, run_scarce

if TYPE_CHECKING:
    from scenarios.progress import Progress
    from signals.stress.models import ModelSpec
    from signals.stress.validation import AnswerCache

_S = TypeVar("_S")
_PROTOCOLS = ("shuffled", "blocks", "forward")


def add_study(commands: Any) -> None:
    """Register the command and its studies; nothing heavy is imported."""
    about = "Ask a paper's question again on your own data, with its naive rivals and its leaks beside it."
    study = commands.add_parser("study", help="repeat a paper's study on your data", description=about)
    studies = study.add_subparsers(dest="study", metavar="STUDY", required=True)
    _add_early_warning(studies)
    _add_stress_forecast(studies)
    add_scarce(studies)
    add_equity(studies)
    add_banks(studies)
    add_money(studies)


def _add_early_warning(studies: Any) -> None:
    about = (
        "Green, amber or red today, from market indicators (Tarkocin & Donduran): their 24 classifiers and others, "
        "under the paper's shuffled folds (leaky, and marked so) and forward in time, against rules that need no model."
    )
    parser = studies.add_parser("early-warning", help="green, amber or red from market indicators", description=about)
    add_common(parser, "early-warning")
    _add_protocol(parser)
    add_card_options(parser, "ridge-nowcast and rusboost")
    parser.add_argument("--index", default="STLFSI2", metavar="NAME", help="the index of stress (STLFSI2)")
    parser.add_argument(
        "--allow-revised",
        action="store_true",
        help="give models series whose history is smoothed with later values, as NFCI is; every page then says so",
    )


def _add_stress_forecast(studies: Any) -> None:
    about = (
        "An event of liquidity stress within some sessions (Singh & Sinha): models against the level of the VIX, the "
        "last state and the distance of Amihud from its threshold, forward in time; shuffled folds beside them, marked."
    )
    parser = studies.add_parser("stress-forecast", help="an event of stress within days", description=about)
    add_common(parser, "stress-forecast")
    _add_protocol(parser)
    add_card_options(parser, "logit-state and xgboost-state")
    parser.add_argument(
        "--horizon",
        dest="horizons",
        action="append",
        type=int,
        metavar="N",
        help="sessions ahead in which an event counts; may be repeated (default: 5 and 10)",
    )
    parser.add_argument("--start", metavar="DATE", help="first session to use (default: 1999-01-01)")


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protocol",
        action="append",
        choices=_PROTOCOLS,
        help="how forecasts are judged; may be repeated (default: shuffled and forward, side by side)",
    )


def add_common(parser: argparse.ArgumentParser, name: str) -> None:
    """Options of every study."""
    from os import environ

    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=environ.get("UNDERTOW_DATA"),
        help="folder that holds etf/, macro/, markets/ and, if there are any, the bank's own indicators in bank/",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where the report goes (default: out/{name})")
    parser.add_argument(
        "--model",
        dest="models",
        action="append",
        default=[],
        metavar="NAME",
        help="run these models only (may be repeated), slow ones too; module:Class adds an estimator of your own",
    )
    add_plugins(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of folds, models and resamples (0)")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (one a core); the results do not depend on it"
    )
    parser.add_argument("--fresh", action="store_true", help="fit everything again instead of reading kept answers")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the tables")


def run_study(given: argparse.Namespace) -> int:
    """Run the study that was asked for; return the exit status."""
    own = {
        "early-warning": _early_warning,
        "stress-forecast": _stress_forecast,
        EQUITY: run_equity_study,
        BANKS: run_bank_study,
        MONEY: run_money_study,
    }
    return {**own, **dict.fromkeys(NAMES, run_scarce)}[given.study](given)


def _early_warning(given: argparse.Namespace) -> int:
    out = _target(given)
    from .early_warning import DEFAULT, STANDARD, Options, run_early_warning
    from .output import summary, write_study

    options = Options(
        protocols=tuple(given.protocol or DEFAULT),
        models=_named(given) or STANDARD,
        own=_own(given),
        index=given.index,
        allow_revised=given.allow_revised,
        seed=given.seed,
        workers=given.workers,
        cards=card_options(given),
    )
    study = _with_progress(given, lambda progress, cache: run_early_warning(_folder(given), options, progress, cache))
    write_study(study, out)
    print(summary(study))
    print(f"\nreport: {out / 'index.html'}")
    return 0


def _stress_forecast(given: argparse.Namespace) -> int:
    out = _target(given)
    from .stress.output import summary, write_study
    from .stress.run import Options, run_stress_forecast

    plain = Options()
    options = Options(
        protocols=tuple(given.protocol or plain.protocols),
        horizons=tuple(given.horizons or plain.horizons),
        models=_named(given) or plain.models,
        own=_own(given),
        seed=given.seed,
        workers=given.workers,
        start=given.start or plain.start,
        cards=card_options(given),
    )
    study = _with_progress(given, lambda progress, cache: run_stress_forecast(_folder(given), options, progress, cache))
    write_study(study, out)
    print(summary(study))
    print(f"\nreport: {out / 'index.html'}")
    return 0


def _target(given: argparse.Namespace) -> Path:
    """Where the report goes; raises at once where it could not be written, or for another impossible option."""
    from scenarios.output import check_target
    from simulator.core.errors import ParameterError

    out = given.out or Path("out") / given.study
    check_target(out, f"{given.study} study")
    if given.workers is not None and given.workers < 1:
        raise ParameterError(f"--workers must be at least 1, not {given.workers}")
    if given.seed < 0:
        raise ParameterError(f"--seed must not be negative, it is {given.seed}")
    return Path(out)


def _folder(given: argparse.Namespace) -> Path | None:
    return None if given.data is None else Path(given.data)


def _named(given: argparse.Namespace) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in given.models if ":" not in name))


def _own(given: argparse.Namespace) -> tuple[ModelSpec, ...]:
    """Estimators of the user's own."""
    from scenarios.plugins import OwnFiles, find
    from signals.stress.models import own_model

    return tuple(
        own_model(name, find(name, {}, "--model", OwnFiles(plugins=tuple(given.plugins))))
        for name in given.models
        if ":" in name
    )


def _with_progress(given: argparse.Namespace, run: Callable[[Progress, AnswerCache | None], _S]) -> _S:
    from scenarios.progress import reporter
    from signals.stress.validation import AnswerCache

    progress = reporter(given.quiet)
    try:
        return run(progress, None if given.fresh else AnswerCache.of_user())
    finally:
        progress.close()
