"""``undertow study augmentation | transfer | robustness | drift``: what the command line says and does."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Final

from scenarios.options import add_plugins, data_of
from scenarios.study.kit import (
    Finished,
    StudyCommand,
    add_data,
    add_fresh_answers,
    add_out,
    add_quiet,
    add_seed,
    add_workers,
    answers_of,
    own_estimator,
)

if TYPE_CHECKING:
    from scenarios.progress import Progress
    from scenarios.study.result import Result
    from signals.stress.stress_problem import Columns

    from .options import Options

_ABOUT: Final = {
    "augmentation": (
        "what repeated and made-up stress does to a forecast",
        "Undersampling, weights, resampled and synthetic episodes in training: what they bias, and what they are "
        "worth.",
    ),
    "transfer": (
        "fitted on US equities, tested abroad",
        "A stress forecast fitted on some funds and tested on others, beside one fitted at home and a naive rule.",
    ),
    "robustness": (
        "a forecast whose inputs fail",
        "Missing, ended, stale, mis-scaled, noisy and adversarial inputs of a stress forecast, as a table.",
    ),
    "drift": (
        "monitors of drift, refits and online models",
        "What monitors say of a fitted stress forecast, and whether refits on drift or online models pay.",
    ),
}

_MODEL_HELP: Final = "what is fitted (xgboost); -state after it shows it the state of stress alone; or module:Class"


def _add(parser: argparse.ArgumentParser, name: str) -> None:
    add_data(parser, "folder that holds etf/ and, if there are any, macro/ and markets/")
    add_out(parser, name)
    parser.add_argument("--model", default="xgboost", metavar="NAME", help=_MODEL_HELP)
    add_plugins(parser)
    parser.add_argument(
        "--horizon", type=int, default=10, metavar="N", help="sessions ahead in which stress counts (10)"
    )
    add_seed(parser, "models, noise and resamples")
    add_workers(parser)
    add_fresh_answers(parser)
    add_quiet(parser)
    if name == "transfer":
        for option, about in (("--source", "learn from it"), ("--target", "test on it")):
            parser.add_argument(option, action="append", default=[], metavar="TICKER", help=f"{about} (repeatable)")
    if name == "robustness":
        parser.add_argument("--level", type=float, default=0.5, metavar="P", help="probability of being in state (0.5)")


def _run(given: argparse.Namespace, progress: Progress) -> Finished:
    from scenarios.study.result import summary, write_result

    result = _result(given, _options(given), progress)
    return Finished(partial(write_result, result), summary(result))


def _options(given: argparse.Namespace) -> Options:
    from signals.stress.models import model_spec
    from simulator.core.errors import ParameterError

    if given.study == "robustness" and not 0.0 < given.level < 1.0:
        raise ParameterError(f"--level must lie between 0 and 1, it is {given.level}")
    from .options import Options

    base = given.model.removesuffix("-state")
    columns: Columns = "broad" if base == given.model else "state"
    model = own_estimator(base, given.plugins) if ":" in base else model_spec(base)
    return Options(model=model, columns=columns, horizon=given.horizon, seed=given.seed, workers=given.workers)


def _result(given: argparse.Namespace, options: Options, progress: Progress) -> Result:
    data = data_of(given)
    if given.study == "augmentation":
        from .augmentation import run_augmentation

        return run_augmentation(data, options, progress, answers_of(given))
    if given.study == "transfer":
        from .transfer import run_transfer

        return run_transfer(data, options, progress, answers_of(given), given.source, given.target)
    if given.study == "robustness":
        from .robustness import run_robustness

        return run_robustness(data, options, progress, given.level)
    from .drift import run_drift

    return run_drift(data, options, progress)


#: The studies.
SCARCE: Final = tuple(
    StudyCommand(name, brief, about, partial(_add, name=name), _run) for name, (brief, about) in _ABOUT.items()
)
