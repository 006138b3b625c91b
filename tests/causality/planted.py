"""Plug-ins with a look-ahead planted in each, and their causal twins; copied beside a scenario as a user's module."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from simulator import HOLD, SignalPanel
from simulator.costs import cost_panels
from simulator.features import any_within

BPS = 1e-4


def panel(features, columns):
    values = np.column_stack([np.asarray(column, float) for column in columns.values()])
    return SignalPanel(features.sessions, tuple(columns), values, features.sessions)


class Planted:
    """A signal that is causal only if asked to be."""

    warmup = 30

    def __init__(self, causal: bool = False, name: str = "planted"):
        self.causal, self.name = causal, name

    def compute(self, features):
        level = self.level(features)
        return panel(features, {"level": level, "state": np.nan_to_num(level) > 0.0})


class CentredWindow(Planted):
    def level(self, features):
        return features.prices()["A"].rolling(11, center=not self.causal, min_periods=11).mean()


class ZScore(Planted):
    def level(self, features):
        price = np.log(features.prices()["A"])
        past = price.expanding(30) if self.causal else price
        return (price - past.mean()) / past.std()


class QuantileThreshold(Planted):
    """Only a state comes out, so that a shifted threshold shows on few days."""

    def compute(self, features):
        volatility = features.returns()["A"].rolling(10).std()
        level = volatility.expanding(30).quantile(0.8) if self.causal else volatility.quantile(0.8)
        return panel(features, {"state": volatility > level})


class UndelayedLabel(Planted):
    """The share of past days that were followed by a fall; that a day was, is known five sessions later."""

    def level(self, features):
        falls = (features.returns()["A"] < -0.02).to_numpy(float)
        labels = pd.Series(any_within(falls, 5))
        return labels.shift(5 if self.causal else 0).expanding(20).mean()


class UndelayedModel(UndelayedLabel):
    """The same, learnt every 80 sessions and held until the next time: a leak that shows on five sessions in 80."""

    refit_every, min_train = 80, 30

    def level(self, features):
        rate = super().level(features).to_numpy()
        refit = np.arange(rate.size) - (np.arange(rate.size) - self.min_train) % self.refit_every
        return np.where(refit >= 0, rate[np.maximum(refit, 0)], np.nan)


class Tomorrow(Planted):
    def level(self, features):
        return features.returns()["A"].shift(0 if self.causal else -1)


class RareFuture(Planted):
    """On before a price doubles within a month. None ever does, nor where history ends."""

    def level(self, features):
        prices = features.prices()["A"]
        ordered = prices if self.causal else prices[::-1]
        highest = ordered.rolling(21, min_periods=1).max().reindex(prices.index)
        return highest > 2.0 * prices


class UnpublishedIndex(Planted):
    def level(self, features):
        if self.causal:
            return features.series("STRESS")
        weekly = features.market.series["STRESS"]
        by_week = pd.Series(weekly.values, pd.DatetimeIndex(weekly.dates))
        return by_week.reindex(pd.DatetimeIndex(features.sessions), method="ffill")


class FittedScaler(Planted):
    def level(self, features):
        from sklearn.preprocessing import StandardScaler

        x = features.returns().fillna(0.0).to_numpy()
        scaler = StandardScaler().fit(x[:30] if self.causal else x)
        return scaler.transform(x).sum(axis=1)


class FilledGap(Planted):
    def level(self, features):
        close = features.market.frame("close")["C"]
        return close.ffill() if self.causal else close.bfill()


class OpensAtTheClose:
    """A shock to the market's opens; with fills at the open, they fill at that day's close."""

    def __init__(self, causal: bool = False):
        self.causal = causal

    def apply(self, world, rng):
        market = world.market
        close = pd.DataFrame(market.close)
        opens = close.shift(1).fillna(pd.DataFrame(market.open)) if self.causal else close
        changed = replace(market, open=opens.to_numpy())
        return type(world)(changed, changed)

    def describe(self):
        return "opens moved"


class SpreadOfTheDay:
    """Charges a fill at the open the way the price went up to that day's close."""

    def __init__(self, causal: bool = False):
        self.causal = causal

    def panels(self, market, estimates):
        way = np.nan_to_num(np.abs(market.close / market.open - 1.0))
        known = np.vstack([np.zeros((1, way.shape[1])), way[:-1]])
        spread = known if self.causal else way
        return cost_panels(market, estimates, half_spread=spread, planned_half_spread=known, eta=0.1)


class VolumeOfTheFill:
    """Plans with the volume of the day on which the order will fill; sizes follow through max_cost_bps."""

    def __init__(self, causal: bool = False):
        self.causal = causal

    def panels(self, market, estimates):
        honest = cost_panels(market, estimates, half_spread=5 * BPS, eta=0.142)
        if self.causal:
            return honest
        ahead = np.vstack([estimates.volume[1:], estimates.volume[-1:]])
        return honest._replace(planned_volume=np.maximum(ahead, 1.0))


class CalibratedImpact:
    """Its eta comes from the whole sample."""

    def __init__(self, causal: bool = False):
        self.causal = causal

    def panels(self, market, estimates):
        eta = 0.1 if self.causal else 0.1 * np.nanstd(np.log(market.close))
        return cost_panels(market, estimates, half_spread=5 * BPS, eta=eta)


class KnowsTomorrow:
    """A policy that looks into the market behind its view of the day."""

    def __init__(self, causal: bool = False):
        self.causal = causal

    def decide(self, day):
        if day.t % 5:
            return HOLD
        ahead = 0 if self.causal else 1
        closes = day._market.close
        row = min(day._offset + day.t + ahead, len(closes) - 1)
        return {"A": 0.6, "B": 0.2} if closes[row, 0] > closes[max(row - 1, 0), 0] else {"A": 0.2, "B": 0.6}


class PlansOnTheWhole:
    """A policy whose plan ranks its days among all days of a signal, later ones included."""

    reads = ("honest",)

    def __init__(self, causal: bool = False):
        self.causal = causal

    def plan(self, context):
        from strategies import Periodic

        level = pd.Series(context.signals["honest"].column("level"))
        middle = level.expanding().median() if self.causal else level.median()
        plan = Periodic({"A": 0.5, "B": 0.4}, every=5).plan(context)
        action = np.where((level > middle) & (np.arange(len(level)) > 0), 2, 0).astype(np.uint8)
        action[0] = 2
        return replace(plan, action=action)

    def decide(self, day):
        return HOLD


class Honest(Planted):
    def level(self, features):
        return features.returns()["A"].rolling(5).mean()


class Fragile(Planted):
    """Cannot be computed without the session after: it fails where history ends."""

    def level(self, features):
        returns = features.returns()["A"].to_numpy()
        if not self.causal and features.sessions[-1] < np.datetime64("2002-06-03"):
            raise IndexError("index out of range")
        return returns


class Unseeded(Planted):
    def level(self, features):
        return np.random.default_rng().normal(size=features.sessions.size)


class Late(Planted):
    """Says itself that its evidence was used before it was known."""

    def level(self, features):
        return features.returns()["A"].fillna(0.0)

    def evidence(self, features):
        from simulator.core.evidence import Evidence

        sessions = features.sessions
        later = np.concatenate([sessions[3:], np.full(3, np.datetime64("NaT", "D"))])
        known = sessions if self.causal else later
        value = np.zeros((sessions.size, 1))
        return [Evidence("labels", ("label",), sessions, value, known, sessions)]


_REMEMBERED = {}


class Remembers(Planted):
    """What its module computed once, from the whole history, is handed out again whatever history it is given."""

    def level(self, features):
        price = np.log(features.prices()["A"])
        if self.causal:
            return (price - price.expanding(30).mean()).to_numpy()
        if "level" not in _REMEMBERED:
            _REMEMBERED["level"] = dict(zip(features.sessions, (price - price.mean()).to_numpy(), strict=True))
        return np.array([_REMEMBERED["level"][day] for day in features.sessions])


class OneDay(Planted):
    """Looks at tomorrow on one single day of history, and is on that day."""

    def compute(self, features):
        returns = features.returns()["A"].to_numpy()
        ahead = np.zeros(returns.size)
        if not self.causal:
            ahead[430:431] = np.abs(returns[431:432]) if returns.size > 431 else np.nan
        return panel(features, {"state": np.nan_to_num(ahead) > 0.0})


class LateByOneRow(UndelayedLabel):
    """Learns two sessions after those that it states, from labels that are one row too young."""

    refit_every, min_train = 80, 30

    def level(self, features):
        falls = (features.returns()["A"] < -0.02).to_numpy(float)
        rate = pd.Series(any_within(falls, 5)).shift(5 if self.causal else 4).expanding(20).mean().to_numpy()
        first = self.min_train + 2
        refit = np.arange(rate.size) - (np.arange(rate.size) - first) % self.refit_every
        return np.where(refit >= first, rate[np.maximum(refit, 0)], np.nan)


class ChosenOnAll(Planted):
    """Its lookback is the one that fitted best over the whole sample."""

    def level(self, features):
        returns = features.returns()["A"].fillna(0.0)
        ends = slice(0, 120) if self.causal else slice(None)
        scores = {n: returns.rolling(n).mean().shift(1)[ends].corr(returns[ends]) for n in (3, 5, 8, 13, 21, 34)}
        chosen = max(scores, key=lambda n: np.nan_to_num(scores[n], nan=-1.0))
        level = returns.rolling(chosen).mean()
        return level.where(np.arange(len(level)) >= 120)


class FromElsewhere(Planted):
    """Says what it was told, whatever the market."""

    def level(self, features):
        return np.sin(np.arange(features.sessions.size) / 7.0)


class SizedBy:
    """A shock from a day on whose size the user's file does not state."""

    start = "2001-12-03"

    def __init__(self, causal: bool = False):
        self.causal = causal

    def apply(self, world, rng):
        market = world.market
        hit = (market.sessions >= np.datetime64(self.start))[:, None]
        factor = 0.9 if self.causal else self.factor(market)
        panels = {name: getattr(market, name) for name in ("open", "high", "low", "close")}
        changed = {name: np.where(hit, panel * factor, panel) for name, panel in panels.items()}
        market = replace(market, **changed)
        return type(world)(market, market)

    def describe(self):
        return "prices fall by who knows what"


class SizedByTheWorst(SizedBy):
    """By the deepest fall that is still to come."""

    def factor(self, market):
        later = market.sessions >= np.datetime64(self.start)
        falls = np.diff(np.log(market.close[later]), axis=0)
        return float(np.exp(np.nanmin(falls, initial=0.0)))


class SeededByLength(SizedBy):
    """By a number drawn from how much data there are."""

    def factor(self, market):
        return float(np.random.default_rng(len(market.sessions)).uniform(0.8, 0.95))
