"""Principal components of features, fitted on the past alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.errors import ParameterError
from simulator.core.panels import FeaturePanel
from simulator.core.types import FloatArray


class Components(NamedTuple):
    """Loadings fitted at one session, from the rows before it."""

    session: int
    mean: FloatArray  # (K,) of the rows before
    deviation: FloatArray  # (K,) of the rows before; 1 for a column that did not vary
    loadings: FloatArray  # (K, C) of the standardised columns; 0 for a column that did not vary
    explained: FloatArray  # (C,) share of the variance


class PrincipalComponents(NamedTuple):
    """Components of a panel by session, and every fit that made them."""

    panel: FeaturePanel
    fits: tuple[Components, ...]


def principal_components(
    panel: FeaturePanel, components: int = 5, refit_every: int = 63, min_train: int = 504, window: int | None = None
) -> PrincipalComponents:
    """Columns ``pc_1``, ``pc_2``...: scores of each session on components fitted to sessions before it.

    Refitted every ``refit_every`` sessions from the first ``min_train`` on, on all earlier rows or the last
    ``window``. Columns are standardised by those rows; a missing value counts as their mean; a row with fewer than
    half of the columns known is NaN. The sign of a component follows that of the fit before (the first: its loadings
    sum to a positive number).

    Raises
    ------
    ParameterError
        If there are fewer columns than components, or a count is not positive.
    """
    if not 1 <= components <= len(panel.columns):
        raise ParameterError(f"components must lie between 1 and the {len(panel.columns)} columns, not {components}")
    if refit_every < 1 or min_train < 2 or (window is not None and window < 2):
        raise ParameterError("refit_every must be at least 1, min_train and window at least 2")
    scores = np.full((panel.sessions.size, components), np.nan)
    fits: list[Components] = []
    with threadpool_limits(1, "blas"):
        for start in range(min_train, panel.sessions.size, refit_every):
            first = 0 if window is None else max(0, start - window)
            fit = _fit(panel.values[first:start], start, components, fits[-1] if fits else None)
            fits.append(fit)
            rows = slice(start, start + refit_every)
            scores[rows] = _scores(panel.values[rows], fit)
    row_known = panel.row_known_at()[:, None]
    result = FeaturePanel(
        panel.sessions,
        tuple(f"pc_{k + 1}" for k in range(components)),
        scores,
        np.where(np.isnan(scores), np.datetime64("NaT", "D"), row_known),
        warmups=np.full(components, min_train),
    )
    return PrincipalComponents(result, tuple(fits))


def _fit(rows: FloatArray, session: int, components: int, before: Components | None) -> Components:
    known = ~np.isnan(rows)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, rows, 0.0).sum(axis=0) / count
    centred = np.where(known, rows - mean, 0.0)
    deviation = np.sqrt(np.square(centred).sum(axis=0) / count)
    varies = deviation > 1e-12 * np.abs(mean)
    scale = np.where(varies, deviation, 1.0)
    standard = np.where(varies, centred / scale, 0.0)
    variances, vectors = np.linalg.eigh(standard.T @ standard)
    loadings = vectors[:, ::-1][:, :components]
    # A new fit keeps the direction of the one before; column sums decide where there is none.
    direction = (loadings * (1.0 if before is None else before.loadings)).sum(axis=0)
    loadings = np.where(varies[:, None], loadings * np.where(direction < 0.0, -1.0, 1.0), 0.0)
    total = max(float(variances.sum()), np.finfo(float).tiny)
    return Components(session, mean, scale, loadings, variances[::-1][:components] / total)


def _scores(rows: FloatArray, fit: Components) -> FloatArray:
    """Scores of each row by itself: a matrix product over all rows could differ with their number, in the last bit."""
    missing = np.isnan(rows)
    standard = np.where(missing, 0.0, (rows - fit.mean) / fit.deviation)
    scores = np.column_stack([(standard * fit.loadings[:, k]).sum(axis=1) for k in range(fit.loadings.shape[1])])
    return np.where(missing.mean(axis=1)[:, None] > 0.5, np.nan, scores)
