"""Performance as outcomes become known: whether a model is still better than the naive rule."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .watch import Alarm, Monitored, Watch, as_they_became_known, squared_errors

NAME: Final = "performance"
WINDOW: Final = 252  # outcomes
LEAST: Final = 63  # outcomes before the first figure
PATIENCE: Final = 21  # outcomes in a row without skill that raise the alarm


def watch_performance(
    watch: Watch, window: int = WINDOW, least: int = LEAST, patience: int = PATIENCE, limit: float = 0.0
) -> Monitored:
    """Rolling Brier skill against the naive rule, dated by when its last outcome became known.

    Skill is 1 minus the mean squared error of the model over that of the rule, over the last ``window`` outcomes
    (NaN while the rule has made no error). The alarm is raised when it has been below ``limit`` for ``patience``
    outcomes in a row, and again only after it has been above.
    """
    if not 0 < least <= window or patience < 1:
        raise ParameterError(f"performance monitor: {least} of {window} outcomes, patience {patience}: impossible")
    order = as_they_became_known(watch.model)
    skill = rolling_skill(squared_errors(watch.model)[order], squared_errors(watch.rule)[order], window, least)
    dates = watch.model.known_at[order]
    alarms, below, armed = [], 0, True
    for date, value in zip(dates, skill, strict=True):
        below = below + 1 if value < limit else 0
        armed = armed or value > limit
        if armed and below >= patience:
            armed = False
            text = f"Brier skill against the naive rule is {value:.2f} over the last {window} outcomes"
            alarms.append(Alarm(date, NAME, text))
    return Monitored(NAME, dates, skill, limit, tuple(alarms))


def rolling_skill(model: FloatArray, rule: FloatArray, window: int = WINDOW, least: int = LEAST) -> FloatArray:
    """(n,) 1 minus the ratio of the rolling means of two losses.

    Of one outcome a session; a fraction, NaN where the second mean is 0.
    """
    means = [pd.Series(loss).rolling(window, min_periods=least).mean().to_numpy(np.float64) for loss in (model, rule)]
    return 1.0 - np.divide(means[0], means[1], out=np.full(model.size, np.nan), where=means[1] > 0.0)
