"""Features made comparable: each against its own past."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.panels import FeaturePanel

Scale = Literal["zscore", "percentile"]


def scaled(panel: FeaturePanel, how: Scale = "zscore", lookback: int = 252, min_periods: int = 126) -> FeaturePanel:
    """Every column against its own last ``lookback`` sessions, today among them.

    ``zscore``: deviation from their mean in their standard deviations (0 where nothing varies). ``percentile``: share
    of them that do not exceed today's value. NaN where the value is, and until ``min_periods`` are known.

    Raises
    ------
    ParameterError
        For another ``how``, or a window shorter than ``min_periods``.
    """
    if how not in ("zscore", "percentile"):
        raise ParameterError(f"features are scaled to 'zscore' or 'percentile', not {how!r}")
    if not 2 <= min_periods <= lookback:
        raise ParameterError(f"min_periods must lie between 2 and lookback ({lookback}), not {min_periods}")
    rolling = pd.DataFrame(panel.values).rolling(lookback, min_periods=min_periods)
    if how == "percentile":
        values = rolling.rank(method="max", pct=True).to_numpy(np.float64)
    else:
        deviation = rolling.std().to_numpy(np.float64)
        distance = panel.values - rolling.mean().to_numpy(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(deviation == 0.0, 0.0, distance / deviation)
    values = np.where(np.isnan(panel.values), np.nan, values)
    known = ~np.isnan(values)
    return replace(
        panel,
        values=values,
        known_at=np.where(known, panel.known_at, np.datetime64("NaT", "D")),
        late=panel.late & known,
        coverage=panel.coverage * known,
        warmups=panel.warmups + min_periods - 1,
    )
