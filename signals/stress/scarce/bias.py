"""What augmentation makes of stress: real rows beside those that were added, column by column and together."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import BoolArray, FloatArray, IntArray

from .drawn import Drawn

#: Conventions of ours for what is told as a bias: distance of means in standard deviations of the real rows, ratio of
#: standard deviations (or its inverse), Kolmogorov–Smirnov distance, mean distance of correlations, and area under
#: the ROC curve of a model that tells real rows from added ones.
SHIFT: Final = 0.25
RATIO: Final = 1.25
KS: Final = 0.2
CORRELATION: Final = 0.1
TOLD_APART: Final = 0.7

_BLOCK: Final = 10  # consecutive rows that stay on one side of a fold
_FOLDS: Final = 5
_LEAST_ROWS: Final = 20


class BiasReport(NamedTuple):
    """Real stressed rows against those the model learns from besides, or instead.

    Attributes
    ----------
    columns
        One row a column: ``real_mean``, ``added_mean``, ``shift`` (difference of the means in real standard
        deviations), ``real_sd``, ``added_sd``, ``ratio`` of the two, ``ks`` (Kolmogorov–Smirnov distance),
        ``real_missing`` and ``added_missing`` shares, and ``biased``.
    correlation_gap
        Mean absolute difference between correlations of columns.
    correlation_worst
        The largest of them, and between which two columns.
    told_apart
        Area under the ROC curve, by cross-validation, of a random forest that tells real rows from added ones: 0.5 if
        it cannot. Blocks of consecutive rows stay in one fold, and so do copies of the same row.
    rows
        Real and added rows compared.
    """

    columns: pd.DataFrame
    correlation_gap: float
    correlation_worst: tuple[float, str, str]
    told_apart: float
    rows: tuple[int, int]

    @property
    def biased(self) -> bool:
        """Whether what was added differs from real stress by any of the conventions."""
        return bool(self.columns["biased"].any() or self.correlation_gap > CORRELATION or self.told_apart > TOLD_APART)

    def sentence(self) -> str:
        """The finding in words."""
        if min(self.rows) < 2:
            return "nothing was added to compare with"
        count, total = int(self.columns["biased"].sum()), len(self.columns)
        spread = float(self.columns["ratio"].median())
        return (
            f"{count} of {total} columns differ from real stress (median ratio of standard deviations {spread:.2f}), "
            f"correlations by {self.correlation_gap:.2f} on average; real and added rows are told apart with an AUC of "
            f"{self.told_apart:.2f}"
        )


def bias(x: FloatArray, y: FloatArray, drawn: Drawn, columns: tuple[str, ...], seed: int = 0) -> BiasReport:
    """Compare the stressed rows of a training set with those that augmentation put beside them or in their place.

    Where rows were added, these are compared with all real stressed ones. Where rows were weighted, the real ones are
    compared with a draw by weight. Where calm rows were left out, calm ones are compared with those that stayed.

    Parameters
    ----------
    x, y
        Training rows (n, K) and classes (n,) before augmentation.
    drawn
        What came of them, see :func:`signals.stress.scarce.draw`.
    columns
        K names.
    seed
        Of the discriminator, and of draws by weight.
    """
    rng = np.random.default_rng(seed)
    real, other, source = _compared(x, y, drawn, rng)
    table = _table(x[real], other, columns)
    gap, worst = _correlations(x[real], other, columns)
    return BiasReport(table, gap, worst, told_apart(x[real], other, real, source, seed), (real.size, len(other)))


def _compared(
    x: FloatArray, y: FloatArray, drawn: Drawn, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, IntArray]:
    """Real rows, and the values and sources of those to compare them with."""
    stressed = np.flatnonzero(y > 0.0)
    if drawn.added.any():
        new = np.flatnonzero(drawn.added & (drawn.y > 0.0))
        return stressed, drawn.x[new], drawn.source[new]
    if np.ptp(drawn.weight) > 0.0:
        weight = drawn.weight[stressed] / drawn.weight[stressed].sum()
        rows = np.sort(rng.choice(stressed, stressed.size, p=weight))
        return stressed, x[rows], rows
    rows = drawn.source[drawn.y == 0.0]
    return np.flatnonzero(y == 0.0), x[rows], rows


def _table(real: FloatArray, other: FloatArray, columns: tuple[str, ...]) -> pd.DataFrame:
    rows = [_column(real[:, k], other[:, k]) for k in range(len(columns))]
    return pd.DataFrame(rows, index=pd.Index(columns, name="column"))


def _column(real: FloatArray, other: FloatArray) -> dict[str, float | bool]:
    from scipy.stats import ks_2samp

    a, b = real[~np.isnan(real)], other[~np.isnan(other)]
    both = a.size > 1 and b.size > 1
    mean, added = (float(values.mean()) if both else np.nan for values in (a, b))
    sd, added_sd = (float(values.std()) if both else np.nan for values in (a, b))
    varies = both and sd > 0.0
    shift, ratio = ((added - mean) / sd, added_sd / sd) if varies else (np.nan, np.nan)
    ks = float(ks_2samp(a, b).statistic) if both else np.nan
    biased = varies and bool(abs(shift) > SHIFT or not 1.0 / RATIO < ratio < RATIO or ks > KS)
    return {
        "real_mean": mean,
        "added_mean": added,
        "shift": shift,
        "real_sd": sd,
        "added_sd": added_sd,
        "ratio": ratio,
        "ks": ks,
        "real_missing": float(np.isnan(real).mean()) if real.size else np.nan,
        "added_missing": float(np.isnan(other).mean()) if other.size else np.nan,
        "biased": biased,
    }


def _correlations(
    real: FloatArray, other: FloatArray, columns: tuple[str, ...]
) -> tuple[float, tuple[float, str, str]]:
    frames = [pd.DataFrame(values).corr(min_periods=_LEAST_ROWS).to_numpy(np.float64) for values in (real, other)]
    gap = np.abs(frames[1] - frames[0])
    above = np.triu(np.ones(gap.shape, np.bool_), 1) & ~np.isnan(gap)
    if not above.any():
        return 0.0, (0.0, "", "")
    i, j = np.unravel_index(int(np.where(above, gap, -1.0).argmax()), gap.shape)
    return float(gap[above].mean()), (float(gap[i, j]), columns[int(i)], columns[int(j)])


def told_apart(real: FloatArray, other: FloatArray, rows: IntArray, source: IntArray, seed: int = 0) -> float:
    """Area under the ROC curve of a random forest that tells two sets of rows apart, by cross-validation.

    Parameters
    ----------
    real, other
        The two sets.
    rows, source
        The training row behind each row of either, -1 for made-up ones: blocks of neighbours and copies of one row
        are kept in one fold.
    seed
        Of the forest and the folds.

    Returns
    -------
    0.5 where they cannot be told apart; NaN where either set is too small to ask.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    if min(len(real), len(other)) < _LEAST_ROWS:
        return float("nan")
    x = np.concatenate([real, other])
    which = np.concatenate([np.zeros(len(real)), np.ones(len(other))])
    groups = np.concatenate([rows // _BLOCK, _groups(source, int(rows.max()) // _BLOCK + 1)])
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    forest = RandomForestClassifier(100, min_samples_leaf=5, class_weight="balanced", random_state=seed, n_jobs=1)
    x = np.where(_empty(x), 0.0, x)
    with threadpool_limits(limits=1):
        said = cross_val_predict(forest, x, which, groups=groups, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(which, said))


def _empty(x: FloatArray) -> BoolArray:
    """(K,) columns without a value."""
    return np.asarray(np.isnan(x).all(axis=0))


def _groups(source: IntArray, first: int) -> IntArray:
    return np.where(source < 0, first + np.arange(source.size) // _BLOCK, source // _BLOCK)
