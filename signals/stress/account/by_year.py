"""Performance year by year, beside the naive rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from signals.stress.validation import Scored
from simulator.core.types import FloatArray


@dataclass(frozen=True)
class Year:
    """One year of forecasts; ``None`` where nothing of the kind happened.

    Attributes
    ----------
    year, sessions
        The year, and its test days.
    stressed, warned
        Days that came out above the mildest class, and days that were called so.
    found, right
        Share of the stressed days that were called, and of the calls that came true.
    brier
        Mean squared error of the probability of a warning.
    rules
        That of each naive rule.
    """

    year: int
    sessions: int
    stressed: int
    warned: int
    found: float | None
    right: float | None
    brier: float
    rules: Mapping[str, float]

    def skill(self, rule: str) -> float | None:
        """1 minus the error over that of a rule; below 0 the rule was better."""
        return 1.0 - self.brier / self.rules[rule] if self.rules[rule] > 0.0 else None


def by_year(scored: Scored, rules: Mapping[str, Scored]) -> list[Year]:
    """Years in the order of time; all forecasts are of the same sessions."""
    years = scored.dates.astype("datetime64[Y]").astype(int) + 1970
    losses = {name: _loss(rule) for name, rule in rules.items()}
    own = _loss(scored)
    stressed, warned = scored.actual > 0.0, scored.status > 0.0
    out = []
    for year in np.unique(years):
        rows = years == year
        both = int((stressed & warned & rows).sum())
        came, called = int((stressed & rows).sum()), int((warned & rows).sum())
        out.append(
            Year(
                int(year),
                int(rows.sum()),
                came,
                called,
                both / came if came else None,
                both / called if called else None,
                float(own[rows].mean()),
                {name: float(loss[rows].mean()) for name, loss in losses.items()},
            )
        )
    return out


def _loss(scored: Scored) -> FloatArray:
    return np.asarray((scored.probability[:, 1:].sum(axis=1) - (scored.actual > 0.0)) ** 2)
