"""``undertow study augmentation | transfer | robustness | drift``: what the command line says and does."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.options import add_plugins

if TYPE_CHECKING:
    from scenarios.progress import Progress
    from signals.stress.models import ModelSpec
    from signals.stress.stress_problem import Columns
    from signals.stress.validation import AnswerCache

    from .options import Options
    from .output import Result

_STUDIES: Final = {
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

#: Names of these studies.
NAMES: Final = tuple(_STUDIES)


def add_scarce(studies: Any) -> None:
    """Register the studies; nothing heavy is imported."""
    for name, (brief, about) in _STUDIES.items():
        parser = studies.add_parser(name, help=brief, description=about)
        _add_options(parser, name)
        if name == "transfer":
            parser.add_argument(
                "--source", action="append", default=[], metavar="TICKER", help="learn from it (repeatable)"
            )
            parser.add_argument(
                "--target", action="append", default=[], metavar="TICKER", help="test on it (repeatable)"
            )
        if name == "robustness":
            parser.add_argument(
                "--level", type=float, default=0.5, metavar="P", help="probability of being in state (0.5)"
            )


def _add_options(parser: argparse.ArgumentParser, name: str) -> None:
    from os import environ

    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=environ.get("UNDERTOW_DATA"),
        help="folder that holds etf/ and, if there are any, macro/ and markets/",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where the report goes (default: out/{name})")
    parser.add_argument("--model", default="xgboost", metavar="NAME", help=_MODEL_HELP)
    add_plugins(parser)
    parser.add_argument(
        "--horizon", type=int, default=10, metavar="N", help="sessions ahead in which stress counts (10)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of models, noise and resamples (0)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes; the results do not depend on it")
    parser.add_argument("--fresh", action="store_true", help="fit everything again instead of reading kept answers")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the tables")


def run_scarce(given: argparse.Namespace) -> int:
    """Run the study that was asked for; return the exit status."""
    from scenarios.output import check_target
    from scenarios.progress import reporter
    from signals.stress.validation import AnswerCache
    from simulator.core.errors import ParameterError

    out = given.out or Path("out") / given.study
    check_target(out, f"{given.study} study")
    for name, least in (("workers", 1), ("seed", 0), ("horizon", 1)):
        value = getattr(given, name)
        if value is not None and value < least:
            raise ParameterError(f"--{name} must be at least {least}, not {value}")
    if given.study == "robustness" and not 0.0 < given.level < 1.0:
        raise ParameterError(f"--level must lie between 0 and 1, it is {given.level}")
    from .options import Options
    from .output import summary, write_result

    base = given.model.removesuffix("-state")
    kind: Columns = "broad" if base == given.model else "state"
    options = Options(
        model=_model(base, given.plugins), columns=kind, horizon=given.horizon, seed=given.seed, workers=given.workers
    )
    progress = reporter(given.quiet)
    cache = None if given.fresh else AnswerCache.of_user()
    try:
        result = _run(given, options, progress, cache)
    finally:
        progress.close()
    write_result(result, out)
    print(summary(result))
    print(f"\nreport: {out / 'index.html'}")
    return 0


def _model(name: str, plugins: Sequence[Path]) -> ModelSpec:
    from signals.stress.models import model_spec, own_model

    if ":" not in name:
        return model_spec(name)
    from scenarios.plugins import OwnFiles, find

    return own_model(name, find(name, {}, "--model", OwnFiles(plugins=tuple(plugins))))


def _run(given: argparse.Namespace, options: Options, progress: Progress, cache: AnswerCache | None) -> Result:
    data = None if given.data is None else Path(given.data)
    if given.study == "augmentation":
        from .augmentation import run_augmentation

        return run_augmentation(data, options, progress, cache)
    if given.study == "transfer":
        from .transfer import run_transfer

        return run_transfer(data, options, progress, cache, given.source, given.target)
    if given.study == "robustness":
        from .robustness import run_robustness

        return run_robustness(data, options, progress, given.level)
    from .drift import run_drift

    return run_drift(data, options, progress)
