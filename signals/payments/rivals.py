"""What needs no labels, or no model: an isolation forest, and rules of one feature."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from sklearn.ensemble import IsolationForest
from threadpoolctl import threadpool_limits

from simulator.core.types import BoolArray, FloatArray, IntArray

from .panel import Panel

TITLES: Final = {
    "one-feature": "best rule of one feature",
    "isolation-forest": "isolation forest (no labels)",
}
#: Ranks at which a rule of one feature may draw its line.
_LINES: Final = (0.90, 0.95, 0.98, 0.99, 0.995, 0.999)


class AlarmRule(NamedTuple):
    """Alarm where a feature (its place), times ``side``, is at least ``line``."""

    feature: int
    side: float
    line: float


def best_rule(x: FloatArray, y: IntArray) -> AlarmRule:
    """The feature, side and line with the largest F1 on (n, K) sessions; the first of equals."""
    best, found = -1.0, AlarmRule(0, 1.0, np.inf)
    for feature in range(x.shape[1]):
        for side in (1.0, -1.0):
            values = side * x[:, feature]
            for line in np.quantile(values, _LINES).tolist():
                alarm = values >= line
                right = int((alarm & (y == 1)).sum())
                score = 2.0 * right / max(int(alarm.sum()) + int(y.sum()), 1)
                if score > best:
                    best, found = score, AlarmRule(feature, side, float(line))
    return found


def rival_alarms(panel: Panel, rival: str, bank: int, seed: int) -> tuple[BoolArray, str]:
    """(D,) alarms for a bank that the rival has not seen, and what rule it follows in words.

    The forest learns what is usual from the other banks; it calls as large a share of their sessions odd as is stress.
    """
    others = [number for number in range(len(panel.banks)) if number != bank]
    x, y = panel.rows(others)
    shown = panel.x[:, bank]
    if rival == "one-feature":
        rule = best_rule(x, y)
        way = "above" if rule.side > 0 else "below"
        words = f"{panel.names[rule.feature]} {way} {rule.side * rule.line:.1f} deviations"
        return rule.side * shown[:, rule.feature] >= rule.line, words
    with threadpool_limits(1):
        forest = IsolationForest(n_estimators=200, random_state=seed).fit(x)
        line = np.quantile(-forest.score_samples(x), 1.0 - y.mean()) if y.any() else np.inf
        return -forest.score_samples(shown) >= line, f"the oddest {y.mean():.2%}"
