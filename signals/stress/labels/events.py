"""Stress by rule: days on which trading moves prices much, while spreads or funding costs rise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray, IntArray
from simulator.features import (
    Workspace,
    change,
    past_percentile,
    past_quantile,
    past_zscore,
    realised_volatility,
    rolling_mean,
    rolling_std,
)
from simulator.features.families.spread import market_spread

#: Roles of the series that funding costs are measured by: the first that is there, until it ends; then the next.
FUNDING = ("TED", "CPFF")
_IMPACT = "relative Amihud (5 days over its trailing median, risky assets) is above the 95% quantile of its past"
_SPREAD = "the Corwin–Schultz spread (5-day mean) is more than a standard deviation above its 60-day mean"
_PRICES = (
    "5-day volatility over its trailing median is above the 95% quantile of its past while the 5-day return is "
    "negative (a price event: this market has no volumes)"
)


@dataclass(frozen=True, slots=True)
class StressRule:
    """Which legs make an event: price impact, and a rise of spreads or of funding costs.

    The definitions of the legs are fixed; each can be switched off. With ``impact`` alone an event needs only that
    leg; without it, either of the others.

    Source: Singh & Sinha, section 5.2.
    """

    impact: bool = True
    spread: bool = True
    funding: bool = True

    def __post_init__(self) -> None:
        if not (self.impact or self.spread or self.funding):
            raise ParameterError("a stress rule needs at least one of its legs: impact, spread, funding")


class Handover(NamedTuple):
    """A day from which the funding leg is measured by another series, because the one before has ended."""

    date: np.datetime64
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"the funding leg of the stress rule is measured by {self.after} from {self.date} on, as {self.before} has "
            "ended: events and scores before and after that day are not of one kind"
        )


class StressEvents(NamedTuple):
    """Days of stress by a rule, and the rule in words."""

    days: FloatArray  # (T,) 1 in stress, 0 not, NaN before the thresholds are known
    rule: str
    legs: Mapping[str, FloatArray]  # (T,) each leg by itself: 1 met, 0 not, NaN unknown
    thresholds: Mapping[str, FloatArray]  # (T,) what each leg's measure must exceed
    handovers: tuple[Handover, ...] = ()  # days from which a leg is measured by something else


class Leg(NamedTuple):
    """One condition: what is measured, and what it must exceed.

    Arrays are (T,), one value a session; NaN where there is none yet.
    """

    measure: FloatArray  # (T,)
    threshold: FloatArray  # (T,) from the past alone
    degree: FloatArray  # (T,) what is comparable over time: the measure, or its distance from its recent mean
    words: str
    ranks: FloatArray | None = None  # (T,) past percentile of the degree, where it is that of several measures in turn
    handovers: tuple[Handover, ...] = ()

    @property
    def percentile(self) -> FloatArray:
        """(T,) percentile of the degree among all so far, each measure among its own."""
        return past_percentile(self.degree) if self.ranks is None else self.ranks

    @property
    def met(self) -> FloatArray:
        """(T,) 1 above the threshold, 0 not, NaN where either is unknown."""
        unknown = np.isnan(self.measure) | np.isnan(self.threshold)
        return np.where(unknown, np.nan, (self.measure > self.threshold).astype(float))


def stress_events(features: FeatureSource | Workspace, rule: StressRule | None = None) -> StressEvents:
    """The liquidity rule where there are volumes, else the price rule; the text says which and why.

    A second leg that is unknown on a day (no series, or one that has ended) does not count; where all are unknown, a
    day on which impact is high is unknown too.
    """
    return events_of(Workspace.of(features), rule or StressRule())


def events_of(workspace: Workspace, asked: StressRule) -> StressEvents:
    """:func:`stress_events` on a workspace that other columns share."""
    if asked.impact and workspace.market.volume is None:
        return _price_rule(workspace)
    legs = {name: leg for name, leg in stress_legs(workspace).items() if getattr(asked, name)}
    if not legs:
        wanted = " or ".join(name for name in ("impact", "spread", "funding") if getattr(asked, name))
        raise ParameterError(f"stress rule: this market has nothing to measure {wanted} by")
    met, least = {name: leg.met for name, leg in legs.items()}, {name: leg.threshold for name, leg in legs.items()}
    second = [name for name in legs if name != "impact"]
    words = " or ".join(legs[name].words for name in second)
    if not second:
        return StressEvents(met["impact"], legs["impact"].words, met, least)
    either = np.fmax.reduce([met[name] for name in second])
    handovers = legs["funding"].handovers if "funding" in legs else ()
    if "impact" not in legs:
        return StressEvents(either, words, met, least, handovers)
    days = np.where(met["impact"] == 1.0, either, met["impact"])
    return StressEvents(days, f"{_IMPACT}, and {words}", met, least, handovers)


def stress_legs(workspace: Workspace) -> dict[str, Leg]:
    """The legs this market can measure: ``impact`` (volumes), ``spread`` (highs and lows), ``funding`` (a series)."""
    return workspace.memo("stress legs", lambda: _legs(workspace))


def funding_series(workspace: Workspace) -> str | None:
    """The role of the series that funding costs are measured by; ``None`` without any."""
    return next((key for key in FUNDING if workspace.held(key)), None)


def _legs(workspace: Workspace) -> dict[str, Leg]:
    legs = {}
    if workspace.market.volume is not None:
        level = workspace.illiquidity
        legs["impact"] = Leg(level, past_quantile(level, 0.95), level, _IMPACT)
    if workspace.market.high is not None and workspace.market.low is not None:
        spread = market_spread(workspace)
        threshold = rolling_mean(spread, 60, 40) + rolling_std(spread, 60, 40)
        legs["spread"] = Leg(spread, threshold, past_zscore(spread, 60, 40), _SPREAD)
    if funding_series(workspace) is not None:
        legs["funding"] = _funding(workspace)
    return legs


def funding_handovers(workspace: Workspace) -> tuple[Handover, ...]:
    """The days from which funding costs are measured by another series."""
    roles = [key for key in FUNDING if workspace.held(key)]
    return _handovers(workspace, roles, _in_use(workspace, roles))


def _in_use(workspace: Workspace, roles: list[str]) -> IntArray:
    """(T,) which of the series measures funding costs that day: the first, until it ends, then the next one known.

    One has ended while it is missing after having been known: past its age limit, so that the change is known that day.
    """
    chosen = np.zeros(workspace.sessions.size, np.int64)
    for number, later in enumerate(roles[1:], start=1):
        known = ~np.isnan(workspace.series(roles[number - 1]))
        gone = np.logical_or.accumulate(known) & ~known
        chosen[(chosen == number - 1) & gone & ~np.isnan(workspace.series(later))] = number
    return chosen


def _handovers(workspace: Workspace, roles: list[str], chosen: IntArray) -> tuple[Handover, ...]:
    rows = np.flatnonzero(np.diff(chosen)) + 1
    return tuple(Handover(workspace.sessions[t], roles[chosen[t - 1]], roles[chosen[t]]) for t in rows)


def _funding(workspace: Workspace) -> Leg:
    """The rise of funding costs: each series against its own past, by the one in use."""
    roles = [key for key in FUNDING if workspace.held(key)]
    chosen = _in_use(workspace, roles)
    rises = [change(workspace.series(key), 5) for key in roles[: chosen.max(initial=0) + 1]]
    words = f"the 5-day change of {roles[0]} is above the 90% quantile of its past"
    if len(rises) == 1:
        return Leg(rises[0], past_quantile(rises[0], 0.90), rises[0], words)
    handovers = _handovers(workspace, roles, chosen)
    dated = ", ".join(
        f"of {handover.after} from {handover.date} on, {handover.before} having ended" for handover in handovers
    )
    measure, threshold, ranks = (
        np.choose(chosen, [of(rise) for rise in rises])
        for of in (np.asarray, lambda rise: past_quantile(rise, 0.90), past_percentile)
    )
    words = f"the 5-day change of {roles[0]} ({dated}) is above the 90% quantile of its past"
    return Leg(measure, threshold, measure, words, ranks, handovers)


def _price_rule(workspace: Workspace) -> StressEvents:
    """Without volumes: volatility relative to its usual level above its past 95% quantile, in a falling market."""
    recent = realised_volatility(workspace.book, 5)
    usual = np.asarray(pd.Series(recent).rolling(252, min_periods=126).median().shift(5), dtype=np.float64)
    relative = np.divide(recent, usual, out=np.full(recent.size, np.nan), where=usual > 0.0)
    high = Leg(relative, past_quantile(relative, 0.95), relative, _PRICES)
    days = high.met * (change(workspace.book_log, 5) < 0.0)
    return StressEvents(days, _PRICES, {"price": days}, {"price": high.threshold})
