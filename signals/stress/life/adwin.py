"""ADWIN: whether the losses of a model have changed, by adaptive windows with a bound on false alarms."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.errors import ParameterError

from .online_package import river
from .watch import Alarm, Monitored, Watch, as_they_became_known, squared_errors

NAME: Final = "adwin"
DELTA: Final = 0.002
BLOCK: Final = 1  # outcomes averaged into one


def watch_adwin(watch: Watch, delta: float = DELTA, block: int = BLOCK, falls: bool = False) -> Monitored:
    """Alarms of ADWIN on the squared errors of a model, fed as their outcomes become known.

    The value over time is the mean loss of its window. ADWIN takes losses for independent, and those of labels that
    look h sessions ahead are not; means of ``block`` losses, each fed once the last of them is known, are less
    dependent, but the bound asks for many more sessions then: a loss that doubles is found within some 90 sessions
    with single losses, within 160 with pairs, and hardly ever with tens.

    Parameters
    ----------
    watch
        The model in use.
    delta
        Bound on the chance of a false alarm.
    block
        Losses averaged into one.
    falls
        Whether losses that have become smaller raise an alarm as well.

    Raises
    ------
    ParameterError
        If river is not installed.

    Notes
    -----
    Source: Bifet & Gavalda (2007), Learning from time-changing data with adaptive windowing; the algorithm is river's.
    """
    if block < 1 or not 0.0 < delta < 1.0:
        raise ParameterError(f"ADWIN: blocks of {block} losses and delta {delta} are impossible")
    detector = river("drift", "the monitor ADWIN").ADWIN(delta=delta, clock=1)
    order = as_they_became_known(watch.model)
    losses = squared_errors(watch.model)[order]
    ends = np.arange(block - 1, losses.size, block)
    dates = watch.model.known_at[order][ends]
    values, alarms = np.full(ends.size, np.nan), []
    for k, end in enumerate(ends):
        before = float(detector.estimation)
        detector.update(float(losses[end + 1 - block : end + 1].mean()))
        values[k] = detector.estimation
        rose = values[k] > before
        if detector.drift_detected and (rose or falls):
            text = f"the mean loss has {'risen' if rose else 'fallen'} from {before:.3f} to {values[k]:.3f}"
            alarms.append(Alarm(dates[k], NAME, text))
    return Monitored(NAME, dates, values, np.nan, tuple(alarms))
