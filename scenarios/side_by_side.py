"""Runs over the same sessions, side by side: what differences between policies are computed from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.metrics import Books
from simulator.metrics.performance import years
from simulator.metrics.trading import cost_bps


def books(results: Mapping[str, RunResult]) -> Books:
    """Runs over the same sessions, side by side."""
    runs = list(results.values())
    whole = all(run.observed.all() for run in runs)
    return Books(
        names=tuple(results),
        returns=np.stack([_spread_out(run, run.observations.returns, run.rest) for run in runs]),
        cost_bps=np.stack([cost_bps(run).sum(axis=1) for run in runs]),
        cash=runs[0].accrual if whole else np.stack([_spread_out(run, run.observations.cash) for run in runs]),
        years=years(runs[0].sessions),
        per_year=np.array([run.sessions_per_year for run in runs]),
        observed=None if whole else np.stack([run.observed for run in runs]),
    )


def _spread_out(run: RunResult, values: FloatArray, rest: float = 0.0) -> FloatArray:
    """(T,) values by observation on their sessions, 0 on the others but the last, which has the ``rest``."""
    out = np.zeros(run.sessions.size)
    out[-1] = rest
    out[run.observed] = values
    return out
