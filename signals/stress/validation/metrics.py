"""Every score of a forecast in tiers, each on the sample as it is or on any reweighting of its sessions.

Weights (B, n) say how often each session counts: ones for the sample itself, draws of a bootstrap for an interval.
Most scores are ratios of weighted sums. NaN stands for a score that is undefined (no red day, no warning).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import BoolArray, FloatArray

from .ranking import calibration_error, over, ranking
from .scored import Scored
from .timing import false_alarms, onsets

_HALF: Final = 0.5  # the weight the paper gives a warning of the wrong tier


def measure(scored: Scored, weights: FloatArray | None = None, names: tuple[str, ...] = ()) -> dict[str, FloatArray]:
    """(B,) values of every score, by name; ``precision.red`` and the like by class. Undefined scores are NaN.

    Parameters
    ----------
    scored
        The forecasts; the last class is the worst.
    weights
        (B, n); by default ones (B = 1).
    names
        Of the classes; by default green, amber and red, or calm and stress.
    """
    w = np.ones((1, scored.dates.size)) if weights is None else weights
    tables = ratios(scored, names or _names(scored.classes))
    sums = np.column_stack([part for pair in tables.values() for part in pair])
    totals = w @ sums
    out = {name: over(totals[:, 2 * k], totals[:, 2 * k + 1]) for k, name in enumerate(tables)}
    out["false_alarms_a_year"] = out["false_alarms_a_year"] * scored.sessions_per_year
    worst, any_stress = scored.actual == scored.classes - 1, scored.actual > 0.0
    for name, event, chance in (("red", worst, scored.probability[:, -1]), ("alert", any_stress, _alert(scored))):
        ordered = chance if scored.rank is None else scored.rank
        out[f"auc_{name}"], out[f"pr_auc_{name}"] = ranking(ordered, event, w)
        out[f"brier_skill_{name}"] = 1.0 - over(out[f"brier_{name}"], _variance(event, w))
        out[f"calibration_error_{name}"] = calibration_error(chance, event, w)
    return out


def _names(classes: int) -> tuple[str, ...]:
    known = {2: ("calm", "stress"), 3: ("green", "amber", "red")}
    return known.get(classes) or tuple(str(k) for k in range(classes))


def _alert(scored: Scored) -> FloatArray:
    return np.asarray(scored.probability[:, 1:].sum(axis=1))


def ratios(scored: Scored, names: tuple[str, ...]) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Scores that are a weighted sum over another: (n,) numerators and denominators.

    With A and R the amber and red days, TA and TR those called so, FR2 amber ones called red, FA2 red ones called
    amber: WS = (TA + FR2 + FA2 + TR) / (A + R); WWS the same with weight 1/2 for FR2 and FA2; TRA = TR / R.

    Source: Tarkocin & Donduran, section 5.2 (accuracy, WS, WWS, TRA, precision, recall).
    """
    actual, status = scored.actual, scored.status
    stressed, warned, right = actual > 0.0, status > 0.0, actual == status
    every = np.ones(actual.size)
    worst = actual == scored.classes - 1
    out = {
        "accuracy": (right, every),
        "ws": (stressed & warned, stressed),
        "wws": (np.where(stressed & warned, np.where(right, 1.0, _HALF), 0.0), stressed),
        "tra": (worst & right, worst),
        "alert_precision": (stressed & warned, warned),
        "alert_share": (warned, every),
    }
    for k, name in enumerate(names):
        hit, called, came = (actual == k) & (status == k), status == k, actual == k
        out[f"precision.{name}"] = (hit, called)
        out[f"recall.{name}"] = (hit, came)
        out[f"f1.{name}"] = (2.0 * hit, called + came.astype(float))
    loss = (scored.probability - np.eye(scored.classes)[actual.astype(int)]) ** 2
    out["brier"] = (loss.sum(axis=1), every)
    out["brier_red"] = ((scored.probability[:, -1] - worst) ** 2, every)
    out["brier_alert"] = ((_alert(scored) - stressed) ** 2, every)
    begun = onsets(scored)
    out["onset_recall"] = (begun.warned, begun.onset)
    out["lead_days"] = (begun.lead_days, begun.warned)
    out["false_alarms_a_year"] = (false_alarms(scored), every)
    return {name: (np.asarray(top, np.float64), np.asarray(low, np.float64)) for name, (top, low) in out.items()}


def _variance(event: BoolArray, weights: FloatArray) -> FloatArray:
    """(B,) f (1 - f): the Brier score of a forecaster who knows the sample's own share f of events."""
    share = (weights @ event.astype(np.float64)) / weights.sum(axis=1)
    return np.asarray(share * (1.0 - share))
