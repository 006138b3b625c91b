"""Every rule for shocks catches a shock that breaks it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pandas as pd
import pytest

from simulator.core.world import World
from simulator.testing import ConformanceError, check_shock
from simulator.testing import shock_check as rules
from tests.support import random_market


@dataclass(frozen=True)
class Halved:
    """A good shock of nothing but the protocol: prices halve from a day on."""

    start: str = "2020-02-20"
    severity: float = 1.0

    def apply(self, world, rng):
        if self.severity == 0.0:
            return world
        market = self.shocked(world.market, rng)
        return World(market, market if world.observed is world.market else self.shocked(world.observed, rng))

    def shocked(self, market, rng):
        factor = np.where(self.hit(market), 0.5**self.severity, 1.0)[:, None]
        panels = {name: getattr(market, name) for name in ("open", "high", "low", "close")}
        return replace(market, **{name: panel * factor for name, panel in panels.items() if panel is not None})

    def hit(self, market):
        return market.sessions >= np.datetime64(self.start)

    def describe(self):
        return f"prices halve on {self.start}"


def test_a_good_shock_passes():
    summary = check_shock(Halved())
    said = {
        value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str) and name[0] != "_"
    }
    assert set(summary.rules) == said | {"runs, or refuses clearly"}
    assert len(summary.markets) == 7


class NoDescription:
    def apply(self, world, rng):
        return world


class OneWord(Halved):
    def describe(self):
        return "bang"


class ReturnsAMarket(Halved):
    def apply(self, world, rng):
        return self.shocked(world.market, rng)


class DropsSessions(Halved):
    def shocked(self, market, rng):
        return market.between(0, 200)


class StartsADayEarly(Halved):
    def hit(self, market):
        return market.sessions >= np.datetime64(self.start) - np.timedelta64(1, "D")


class MovesAllOfASeries(Halved):
    def shocked(self, market, rng):
        moved = {name: series.with_values(series.values * 2.0) for name, series in market.series.items()}
        return replace(super().shocked(market, rng), series=moved)


class ForgetsADelisting(Halved):
    def shocked(self, market, rng):
        return replace(super().shocked(market, rng), delistings={})


class RaisesCashRates(Halved):
    def shocked(self, market, rng):
        return replace(market, cash_rate=market.cash_rate + 0.01)


class OwnDice(Halved):
    draws = count()

    def shocked(self, market, rng):
        noise = np.random.default_rng(next(self.draws)).uniform(0.5, 1.0)
        return replace(market, cash_rate=np.where(self.hit(market), noise, market.cash_rate))


class Escalates:
    start, times = "2020-02-20", 0

    def apply(self, world, rng):
        self.times += 1
        hit = world.market.sessions >= np.datetime64(self.start)
        market = replace(world.market, cash_rate=np.where(hit, 0.01 * self.times, world.market.cash_rate))
        return World(market, market)

    def describe(self):
        return "cash rates rise"


class EmptiesTheSeries(Halved):
    def apply(self, world, rng):
        after = super().apply(world, rng)
        world.market.series.clear()
        return after


class BelowZero(Halved):
    def shocked(self, market, rng):
        return replace(market, close=np.where(self.hit(market)[:, None], -market.close, market.close))


class CloseAlone(Halved):
    def shocked(self, market, rng):
        factor = np.where(self.hit(market), 0.5, 1.0)[:, None]
        return replace(market, close=market.close * factor)


class NegativeVolume(Halved):
    def shocked(self, market, rng):
        if market.volume is None:
            return market
        return replace(market, volume=np.where(self.hit(market)[:, None], -1.0, market.volume))


class ShowsTheTruth(Halved):
    def apply(self, world, rng):
        if self.severity == 0.0:
            return world
        market = self.shocked(world.market, rng)
        return World(market, market)


class SeverityIgnored(Halved):
    def shocked(self, market, rng):
        return replace(self, severity=1.0)._halve(market)

    def apply(self, world, rng):
        market = self._halve(world.market)
        return World(market, market if world.observed is world.market else self._halve(world.observed))

    def _halve(self, market):
        return Halved.shocked(Halved(), market, None)


class DoesNothing(Halved):
    def apply(self, world, rng):
        return world


@dataclass(frozen=True)
class NoDate(Halved):
    start: str = "soon"


@dataclass(frozen=True)
class SizedByTheWorst(Halved):
    """By the deepest fall still to come."""

    def shocked(self, market, rng):
        later = market.close[market.sessions >= np.datetime64(self.start)]
        worst = np.nan_to_num(np.diff(np.log(later), axis=0)).min(initial=-0.01)
        return scaled(market, np.where(self.hit(market), 1.0 + worst, 1.0))


@dataclass(frozen=True)
class WaitsForARally(Halved):
    """Deeper where a price is to rise by more than a half in a day: none ever does, nor where history ends."""

    def shocked(self, market, rng):
        later = market.close[market.sessions >= np.datetime64(self.start)]
        rally = np.nan_to_num(np.diff(np.log(later), axis=0)).max(initial=0.0) > 0.4
        return scaled(market, np.where(self.hit(market), 0.5 if rally else 0.8, 1.0))


@dataclass(frozen=True)
class SeededByLength(Halved):
    """By a number drawn from how much data there are."""

    def shocked(self, market, rng):
        size = np.random.default_rng(len(market.sessions)).uniform(0.5, 0.9)
        return scaled(market, np.where(self.hit(market), size, 1.0))


def scaled(market, factor):
    panels = {name: getattr(market, name) for name in ("open", "high", "low", "close")}
    return replace(market, **{name: panel * factor[:, None] for name, panel in panels.items() if panel is not None})


PLANTED = {
    NoDescription: (rules.PROTOCOL, "no method describe"),
    OneWord: (rules.SENTENCE, "'bang'"),
    ReturnsAMarket: (rules.WORLD, "returned MarketData"),
    DropsSessions: (rules.WORLD, "sessions or assets change"),
    StartsADayEarly: (rules.PAST, "changes on 2020-02-19"),
    MovesAllOfASeries: (rules.PAST, "series VIX changes before 2020-02-20"),
    RaisesCashRates: (rules.PAST, "cash_rate changes on"),
    ForgetsADelisting: (rules.PAST, "delistings before"),
    OwnDice: (rules.REPEATS, "differs between two calls"),
    Escalates: (rules.STATELESS, "applied before"),
    EmptiesTheSeries: (rules.ALONE, "not what it was"),
    BelowZero: (rules.VALID, "close is not positive"),
    CloseAlone: (rules.VALID, "low is above close"),
    NegativeVolume: (rules.VALID, "volume is negative"),
    ShowsTheTruth: (rules.OBSERVED, "in world.observed, close changes"),
    SeverityIgnored: (rules.NOTHING, "differs from the one it was given"),
    DoesNothing: (rules.EFFECT, "changes none of the markets"),
    NoDate: (rules.PAST, "'soon', no date"),
    SizedByTheWorst: (rules.TRUNCATED, "changes with what follows 20"),
    WaitsForARally: (rules.POISONED, "changes with what follows 20"),
    SeededByLength: (rules.TRUNCATED, "changes with what follows 20"),
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.__name__)
def test_a_broken_shock_is_caught(planted):
    rule, says = PLANTED[planted]
    with pytest.raises(ConformanceError) as caught:
        check_shock(planted())
    assert caught.value.rule == rule, str(caught.value)
    assert says in str(caught.value)


def test_a_shock_without_a_stated_start():
    class Undated:
        def apply(self, world, rng):
            market = replace(world.market, cash_rate=world.market.cash_rate + 0.01)
            return World(market, market)

        def describe(self):
            return "cash rates rise"

    summary = check_shock(Undated())
    assert any("give start=" in note for note in summary.notes)
    assert rules.PAST not in summary.rules
    with pytest.raises(ConformanceError, match="cash_rate changes on"):
        check_shock(Undated(), start="2020-02-20")


def test_a_market_of_the_authors_own():
    market = random_market(1, series=True)
    assert check_shock(Halved(start="2000-06-01"), market=market).markets == ("given",)
    late = pd.Timestamp(market.sessions[-1]) + pd.Timedelta(days=9)
    with pytest.raises(ConformanceError, match="changes none"):
        check_shock(Halved(start=str(late.date())), market=market)
