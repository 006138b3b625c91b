"""``undertow study stress-forecast``: what the command line says and does."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Final

from scenarios.options import data_of
from scenarios.study.cards.options import card_options
from scenarios.study.kit import Finished, StudyCommand, answers_of
from scenarios.study.models_options import add_models_options, named_models, own_models

if TYPE_CHECKING:
    from scenarios.progress import Progress

_NAME: Final = "stress-forecast"


def _add(parser: argparse.ArgumentParser) -> None:
    add_models_options(parser, _NAME, "logit-state and xgboost-state")
    parser.add_argument(
        "--horizon",
        dest="horizons",
        action="append",
        type=int,
        metavar="N",
        help="sessions ahead in which an event counts; may be repeated (default: 5 and 10)",
    )
    parser.add_argument("--start", metavar="DATE", help="first session to use (default: 1999-01-01)")


def _run(given: argparse.Namespace, progress: Progress) -> Finished:
    from .output import summary, write_study
    from .run import Options, run_stress_forecast

    plain = Options()
    options = Options(
        protocols=tuple(given.protocol or plain.protocols),
        horizons=tuple(given.horizons or plain.horizons),
        models=named_models(given) or plain.models,
        own=own_models(given),
        seed=given.seed,
        workers=given.workers,
        start=given.start or plain.start,
        cards=card_options(given),
    )
    study = run_stress_forecast(data_of(given), options, progress, answers_of(given))
    return Finished(partial(write_study, study), summary(study))


#: The study.
STRESS_FORECAST: Final = StudyCommand(
    _NAME,
    "an event of stress within days",
    "An event of liquidity stress within some sessions (Singh & Sinha): models against the level of the VIX, the "
    "last state and the distance of Amihud from its threshold, forward in time; shuffled folds beside them, marked.",
    _add,
    _run,
)
