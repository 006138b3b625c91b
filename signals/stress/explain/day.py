"""What made the warning of one day: the forecast as a sum, each term with the value behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from signals.stress.forecast import FrozenStress, StressForecast
from simulator.core.market import MarketData
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.features import past_percentile

from .contributions import additive, check_additive, contributions
from .walk import Walk, session_of, walk


class Reason(NamedTuple):
    """One column's part in a forecast.

    Attributes
    ----------
    column, family, formula
        What it is; the formula is empty for a column of one's own.
    value
        On that day; NaN where it was not known.
    percentile
        Share of its values up to that day that do not exceed it; NaN with less than a year of them.
    known_at
        The newest publication it rests on; NaT where it was not known.
    contribution
        To the forecast, in log-odds.
    """

    column: str
    family: str
    formula: str
    value: float
    percentile: float
    known_at: np.datetime64
    contribution: float

    @property
    def odds(self) -> float:
        """What the odds are multiplied by."""
        return float(np.exp(self.contribution))

    @property
    def standing(self) -> str:
        """Where the value stands in its own past, in words."""
        if np.isnan(self.value):
            return "not known"
        if np.isnan(self.percentile):
            return "too little past to compare"
        if self.percentile >= 0.5:
            return f"at or above {self.percentile:.0%} of its past"
        return f"below {1.0 - self.percentile:.0%} of its past"

    @property
    def text(self) -> str:
        """The reason in words."""
        times = "×" if self.contribution >= 0.0 else "÷"
        return f"{self.column} {self._level()}: odds {times} {np.exp(abs(self.contribution)):.2f}"

    def _level(self) -> str:
        if np.isnan(self.value):
            return "was not known"
        return f"was {self.value:.4g} ({self.standing})"


@dataclass(frozen=True, eq=False)
class DayExplained:
    """The forecast of one day, and what made it.

    Attributes
    ----------
    signal, model, event
        Whose forecast it is, by which kind of model, and what was forecast.
    date, horizon
        The session, and the sessions ahead in which an event counts.
    refit
        The session the model was fitted at: the last refit before.
    rows, events
        Days the model learned from, and those of them before an event.
    probability, base
        The forecast, and what the model says of no day in particular.
    base_log_odds, calibration
        The terms of the sum that belong to no column.
    on, since
        Whether the signal was on that day, and since when (NaT if off).
    came, came_known_at
        Whether an event came within the horizon (NaN if that is not known yet), and when that was known: hindsight.
    reasons
        One a column, the largest first; empty for a model without exact contributions.
    """

    signal: str
    model: str
    event: str
    date: np.datetime64
    horizon: int
    refit: np.datetime64
    rows: int
    events: int
    probability: float
    base: float
    base_log_odds: float
    calibration: float
    on: bool
    since: np.datetime64
    came: float
    came_known_at: np.datetime64
    reasons: tuple[Reason, ...]

    @property
    def log_odds(self) -> float:
        """The sum of base, reasons and calibration."""
        return self.base_log_odds + sum(reason.contribution for reason in self.reasons) + self.calibration

    @property
    def text(self) -> str:
        """The day in words."""
        state = f"on, since {self.since}" if self.on else "off"
        lines = (
            f"On {self.date} {self.signal} gave a chance of {self.probability:.1%} that an event comes within "
            f"{self.horizon} sessions; the signal was {state}. The model ({self.model}) is that of {self.refit}, "
            f"fitted to {self.rows} days, {self.events} of them before an event."
        )
        if self.reasons:
            lines += f" Of no day in particular it says {self.base:.1%}."
        elif self.events in (0, self.rows):
            lines += " These were all alike, so it says the same of any day."
        if not np.isnan(self.came):
            came = "an event came" if self.came > 0.5 else "no event came"
            lines += f" In hindsight: {came} within the horizon (known on {self.came_known_at})."
        return lines


def warning(
    forecast: StressForecast | FrozenStress, market: MarketData | FeatureSource, day: str | date | np.datetime64
) -> DayExplained:
    """What made the forecast of one day, for example ``warning(StressForecast(), market, "2008-09-15")``.

    The model is the one used that day, the last fitted before. Contributions are exact (see
    :func:`~.contributions.contributions`) and sum to the forecast.

    Raises
    ------
    ParameterError
        If the day is no session or has no forecast, with the nearest one that has; or if the model has no exact
        contributions.
    """
    rule = forecast.rule if isinstance(forecast, FrozenStress) else forecast
    session_of(day, market.sessions, rule.warmup, rule.name)  # before anything is fitted
    found = walk(forecast, market)
    row = found.row_of(day)
    model = found.fitted[found.refit_of(row)].model
    if not isinstance(model, float):
        check_additive(model)
    return explain_day(found, row)


def explain_day(walk: Walk, row: int) -> DayExplained:
    """What made the forecast of a session; without reasons if the model has no exact contributions."""
    number = walk.refit_of(row)
    refit, fold = walk.fitted[number], walk.lessons.plan[number]
    labels, sessions = walk.lessons.target, walk.sessions
    probability = float(walk.probability[row])
    base, calibration = float("nan"), 0.0
    reasons: tuple[Reason, ...] = ()
    if not isinstance(refit.model, float) and additive(refit.model) is not None:
        told = contributions(refit.model, walk.x[row : row + 1])
        base, calibration = float(told.base[0]), float(told.calibration[0])
        reasons = _reasons(walk, row, told.values[0])
    on = bool(walk.state[row])
    before = np.flatnonzero(~walk.state[: row + 1])
    return DayExplained(
        signal=walk.rule.name,
        model=walk.rule.model,
        event=walk.lessons.events.text,
        date=sessions[row],
        horizon=walk.rule.horizon,
        refit=sessions[int(refit.test[0])],
        rows=int(fold.train.size),
        events=int(labels.values[fold.train].sum()),
        probability=probability,
        base=float(expit(base)),
        base_log_odds=base,
        calibration=calibration,
        on=on,
        since=sessions[int(before[-1]) + 1 if before.size else 0] if on else np.datetime64("NaT", "D"),
        came=float(labels.values[row]),
        came_known_at=labels.known_at[row],
        reasons=reasons,
    )


def _reasons(walk: Walk, row: int, values: FloatArray) -> tuple[Reason, ...]:
    panel = walk.lessons.features
    found = []
    for k in np.argsort(-np.abs(values), kind="stable"):
        name = walk.columns[k]
        known = walk.features.get(name)
        found.append(
            Reason(
                column=name,
                family=walk.family(name),
                formula="" if known is None else known.formula,
                value=float(walk.x[row, k]),
                percentile=float(past_percentile(walk.x[: row + 1, k])[-1]),
                known_at=panel.known_at[row, k],
                contribution=float(values[k]),
            )
        )
    return tuple(found)
