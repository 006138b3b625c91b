"""Models made of models: calibrated, averaged, stacked and tuned ones, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from simulator.core.errors import ParameterError, nearest

from .calibrate import METHODS, Calibrated
from .combine import Averaged, Stacked
from .extras import need
from .spec import ModelSpec
from .tune import XGBOOST_SPACE, Tuned

_CALIBRATED: Final = (
    ("xgboost", "isotonic", "slow"),
    ("xgboost", "platt", "slow"),
    ("xgboost", "temperature", "slow"),
    ("rusboost", "isotonic", "slow"),
    ("logistic", "platt", ""),
)
#: What is averaged and stacked: a linear model of each kind and the boosted trees.
MEMBERS: Final = ("logistic", "probit", "xgboost")
_OF_WRAPPER: Final = ("folds", "gap")


def composites(singles: Mapping[str, ModelSpec]) -> Iterator[ModelSpec]:
    """Every model made of ``singles``."""
    for base, method, slow in _CALIBRATED:
        yield ModelSpec(
            f"{base}-{method}",
            f"{singles[base].title}, {'Platt' if method == 'platt' else method}",
            "calibrated",
            f"{singles[base].text}; probabilities corrected on past folds ({METHODS[method]})",
            partial(_calibrated, singles[base].make, method),
            slow=bool(slow),
        )
    members = ", ".join(MEMBERS)
    for name, title, text, weights in (
        ("average", "Average", "mean probability of", "equal"),
        ("average-brier", "Average by Brier score", "mean weighted by past Brier scores of", "brier"),
        ("average-log-score", "Optimal pool", "mean with the best past log score of", "log-score"),
    ):
        make = partial(_combined, singles, partial(Averaged, weights=weights))
        yield ModelSpec(name, title, "combination", f"{text} {members}", make, slow=weights != "equal")
    text = f"ridge logistic regression on past forecasts of {members}"
    yield ModelSpec("stacked", "Stacking", "combination", text, partial(_combined, singles, Stacked), slow=True)
    text = "settings by random search (15 trials) on forward folds of the training rows"
    make = partial(_tuned, singles["xgboost"].make, "random")
    yield ModelSpec("xgboost-tuned", "XGBoost, tuned", "tuned", text, make, slow=True)
    text = "settings by Optuna (15 trials) on forward folds of the training rows"
    make = partial(_tuned, singles["xgboost"].make, "optuna")
    yield ModelSpec("xgboost-optuna", "XGBoost, Optuna", "tuned", text, make, slow=True, extra="tune")


def _calibrated(make: Callable[..., Any], method: str, seed: int, **options: Any) -> Any:
    own = {name: options.pop(name) for name in _OF_WRAPPER if name in options}
    return Calibrated(make(seed, **options), method, **own)


def _combined(
    singles: Mapping[str, ModelSpec], kind: Callable[..., Any], seed: int, members: Sequence[str] = MEMBERS, **own: Any
) -> Any:
    if not members:
        raise ParameterError("a combination needs members: names of models")
    for name in members:
        if name not in singles:
            raise ParameterError(f"no model {name!r} to combine{nearest(name, singles)}")
        if singles[name].needs or singles[name].window:
            raise ParameterError(f"model {name!r} needs more than columns and cannot be combined")
    return kind([singles[name].make(seed) for name in members], **own)


def _tuned(make: Callable[..., Any], search: str, seed: int, **own: Any) -> Any:
    if search == "optuna":
        need("tune", "model 'xgboost-optuna'")
    return Tuned(make(seed), XGBOOST_SPACE, search=search, random_state=seed, **own)
