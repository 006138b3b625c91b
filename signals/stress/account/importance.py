"""What a model rests on, refit by refit: which columns move what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signals.stress.explain.permutation import shuffled_blocks
from simulator.core.types import FloatArray

from .refits import Refit, Refits
from .terms import coefficients, terms

COEFFICIENTS: Final = "coefficient of the standardised column"
SHAP: Final = "mean absolute TreeSHAP contribution on the days it forecast, log-odds"
PERMUTED: Final = "mean absolute change of the probability of a warning when the column is that of other days"
_REPEATS: Final = 3
_BLOCK: Final = 20


@dataclass(frozen=True, eq=False)
class ImportanceOverTime:
    """Importance by refit and column.

    Attributes
    ----------
    kind
        What the figures are: :data:`COEFFICIENTS`, :data:`SHAP` or :data:`PERMUTED`.
    years
        n years; the model is that of the first refit in each.
    columns
        K names.
    values
        (n, K); NaN where all a model learned from was of one class.
    """

    kind: str
    years: tuple[int, ...]
    columns: tuple[str, ...]
    values: FloatArray

    @property
    def signed(self) -> bool:
        """Whether figures have a direction."""
        return self.kind == COEFFICIENTS

    def order(self) -> list[int]:
        """Columns, the most important on average first."""
        size = np.nan_to_num(np.abs(self.values)).mean(axis=0)
        return [int(k) for k in np.argsort(-size, kind="stable")]


def importance_over_time(held: Refits, years: list[tuple[int, int]], seed: int = 0) -> ImportanceOverTime:
    """Importance of every column for the model of the first refit of each year.

    No outcome is looked at: a column is important if what the model says depends on it, whether or not it is right.
    """
    models = [held.refits[number] for _, number in years]
    kind = _kind(next((model.model for model in models if model.model is not None), None))
    values = np.full((len(models), len(held.candidate.columns)), np.nan)
    for row, model in enumerate(models):
        if model.model is not None:
            values[row] = _importance(held, model, kind, np.random.default_rng([seed, model.number]))
    return ImportanceOverTime(kind, tuple(year for year, _ in years), held.candidate.columns, values)


def _kind(model: object) -> str:
    from xgboost.sklearn import XGBClassifier

    if coefficients(model) is not None:
        return COEFFICIENTS
    return SHAP if isinstance(model, XGBClassifier) else PERMUTED


def _importance(held: Refits, refit: Refit, kind: str, rng: np.random.Generator) -> FloatArray:
    if kind == COEFFICIENTS:
        found = coefficients(refit.model)
        assert found is not None  # by the kind
        return found
    if kind == SHAP:
        worst = int(max(refit.model.classes_))
        told = terms(refit.model, held.x[refit.split.test], after=worst, before=int(min(refit.model.classes_)))
        assert told is not None  # by the kind
        return np.asarray(np.abs(told).mean(axis=0))
    return _permuted(held, refit, rng)


def _permuted(held: Refits, refit: Refit, rng: np.random.Generator) -> FloatArray:
    """(K,) how far forecasts move when one column changes places with that of other test days, in blocks."""
    rows, whole = refit.split.test, held.x.copy()
    x, own = whole[rows], _alert(refit, whole[rows], held.side(rows))
    block = max(min(_BLOCK, rows.size // 3), 1)
    drawn = [shuffled_blocks(rows.size, block, rng) for _ in range(_REPEATS)]
    out = np.zeros(x.shape[1])
    for k in range(x.shape[1]):
        asked, sides = [], []
        for order in drawn:
            whole[rows, k] = x[order, k]
            asked.append(whole[rows])
            sides.append(held.side(rows, whole))
        whole[rows, k] = x[:, k]
        side = {name: np.concatenate([part[name] for part in sides]) for name in sides[0]}
        out[k] = np.abs(_alert(refit, np.concatenate(asked), side) - np.tile(own, _REPEATS)).mean()
    return out


def _alert(refit: Refit, x: FloatArray, side: dict[str, FloatArray]) -> FloatArray:
    """(n,) probability of any class above the mildest."""
    chance = np.asarray(refit.model.predict_proba(x, **side), dtype=np.float64)
    return np.asarray(chance[:, np.asarray(refit.model.classes_) > 0].sum(axis=1))
