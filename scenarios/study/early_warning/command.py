"""``undertow study early-warning``: what the command line says and does."""

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

_NAME: Final = "early-warning"


def _add(parser: argparse.ArgumentParser) -> None:
    add_models_options(parser, _NAME, "ridge-nowcast and rusboost")
    parser.add_argument("--index", default="STLFSI2", metavar="NAME", help="the index of stress (STLFSI2)")
    parser.add_argument(
        "--allow-revised",
        action="store_true",
        help="give models series whose history is smoothed with later values, as NFCI is; every page then says so",
    )


def _run(given: argparse.Namespace, progress: Progress) -> Finished:
    from .output import summary, write_study
    from .run import DEFAULT, STANDARD, Options, run_early_warning

    options = Options(
        protocols=tuple(given.protocol or DEFAULT),
        models=named_models(given) or STANDARD,
        own=own_models(given),
        index=given.index,
        allow_revised=given.allow_revised,
        seed=given.seed,
        workers=given.workers,
        cards=card_options(given),
    )
    study = run_early_warning(data_of(given), options, progress, answers_of(given))
    return Finished(partial(write_study, study), summary(study))


#: The study.
EARLY_WARNING: Final = StudyCommand(
    _NAME,
    "green, amber or red from market indicators",
    "Green, amber or red today, from market indicators (Tarkocin & Donduran): their 24 classifiers and others, "
    "under the paper's shuffled folds (leaky, and marked so) and forward in time, against rules that need no model.",
    _add,
    _run,
)
