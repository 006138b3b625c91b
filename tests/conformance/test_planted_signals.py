"""Every rule for signals catches a signal that breaks it, and says where and what to do."""

from __future__ import annotations

from itertools import count

import numpy as np
import pandas as pd
import pytest

from simulator import DataError, SignalPanel
from simulator.core.errors import ParameterError
from simulator.testing import ConformanceError, check_signal, made_markets
from simulator.testing import signal_check as rules
from tests.support import random_market

RUNS = "runs, or refuses clearly"


class Mean:
    """A good signal: the mean return of five sessions."""

    name, warmup = "mean", 5

    def compute(self, features):
        return self.panel(features, self.values(features))

    def values(self, features):
        return features.returns().mean(axis=1).rolling(5).mean().to_numpy()

    def panel(self, features, values):
        return SignalPanel(features.sessions, ("mean",), np.reshape(values, (-1, 1)), features.sessions)


def test_a_good_signal_passes():
    summary = check_signal(Mean())
    assert set(summary.rules) == {
        value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str) and name[0] != "_"
    } | {RUNS}
    assert len(summary.markets) == 7


class NoName(Mean):
    name = None


class NegativeWarmup(Mean):
    warmup = -1


class NoCompute:
    name, warmup = "none", 0


class ReturnsAFrame(Mean):
    def panel(self, features, values):
        return pd.DataFrame(values)


class OtherSessions(Mean):
    def panel(self, features, values):
        return SignalPanel(features.sessions[1:], ("mean",), values[1:, None], features.sessions[1:])


class TwiceTheSameColumn(Mean):
    def panel(self, features, values):
        return SignalPanel(features.sessions, ("x", "x"), np.column_stack([values, values]), features.sessions)


class KnownTomorrow(Mean):
    def panel(self, features, values):
        tomorrow = features.sessions + np.timedelta64(1, "D")
        return SignalPanel(features.sessions, ("mean",), values[:, None], tomorrow)


class KnownNever(Mean):
    def panel(self, features, values):
        never = np.full(values.size, np.datetime64("NaT", "D"))
        return SignalPanel(features.sessions, ("mean",), values[:, None], never)


class Crashes(Mean):
    def values(self, features):
        return np.zeros(features.sessions.size) / features.market.halted.sum()


class RefusesEverything(Mean):
    def values(self, features):
        raise DataError("this market has no order book")


class WritesIntoTheMarket(Mean):
    def values(self, features):
        features.market.close[0, 0] = 1.0
        return np.zeros(features.sessions.size)


class WritesIntoAFrame(Mean):
    def values(self, features):
        features.returns().iloc[0] = 0.0
        return np.zeros(features.sessions.size)


class Random(Mean):
    draws = count()  # shared by all copies, like numpy's global generator

    def values(self, features):
        return np.random.default_rng(next(self.draws)).random(features.sessions.size)


class Counts(Mean):
    calls = 0

    def values(self, features):
        self.calls += 1
        return np.full(features.sessions.size, float(self.calls))


class RemembersOtherMarkets(Mean):
    """Its scale is the highest first price it has met."""

    highest = 0.0

    def values(self, features):
        self.highest = max(self.highest, float(np.nanmax(features.market.close[0])))
        return super().values(features) * self.highest


class ShiftedBack(Mean):
    def values(self, features):
        return features.returns().mean(axis=1).shift(-1).fillna(0.0).to_numpy()


class CentredWindow(Mean):
    def values(self, features):
        return features.returns().mean(axis=1).rolling(5, center=True, min_periods=1).mean().fillna(0.0).to_numpy()


class FullSampleScore(Mean):
    def values(self, features):
        returns = features.returns().mean(axis=1).fillna(0.0)
        return ((returns - returns.mean()) / max(returns.std(), 1e-9)).to_numpy()


class BackFilled(Mean):
    def values(self, features):
        return features.market.frame("close").bfill().ffill().pct_change().mean(axis=1).fillna(0.0).to_numpy()


class BackFilledBirth(Mean):
    """Fills only the time before an asset's first price, which lies within its warm-up."""

    warmup = 150

    def values(self, features):
        return features.market.frame("close").ffill().bfill().mean(axis=1).to_numpy()


class LastSessionOfTheMonth(Mean):
    """Reads the next session's date alone: the last row, which has none, is "not the last"."""

    def values(self, features):
        months = pd.DatetimeIndex(features.sessions).to_period("M")
        return np.append(np.asarray(months[1:] != months[:-1]), False).astype(float)


class SharesOfHistory(Mean):
    """Depends on how long history is, but on nothing in it."""

    def values(self, features):
        return np.arange(features.sessions.size) / features.sessions.size


class SeriesByReferenceDate(Mean):
    """Uses a weekly index on the day it is for, six days before it is published."""

    def values(self, features):
        if "STLFSI4" not in features.market.series:
            return np.zeros(features.sessions.size)
        one = features.market.series["STLFSI4"]
        at = np.searchsorted(one.dates, features.sessions, side="right") - 1
        return np.where(at < 0, 0.0, np.nan_to_num(one.values)[np.maximum(at, 0)])


class LongWarmup(Mean):
    def values(self, features):
        return features.returns().mean(axis=1).rolling(20).mean().to_numpy()


class Infinite(Mean):
    def values(self, features):
        with np.errstate(divide="ignore"):
            return np.log(np.zeros(features.sessions.size))


class NamesByLuck(Mean):
    def values(self, features):
        return features.returns().get("A", features.returns().iloc[:, -1] * 0.5).fillna(0.0).to_numpy()


class FirstAsset(Mean):
    def values(self, features):
        return features.returns().iloc[:, 0].fillna(0.0).to_numpy()


PLANTED = {
    NoName: (rules.PROTOCOL, "name is None"),
    NegativeWarmup: (rules.PROTOCOL, "warmup is -1"),
    NoCompute: (rules.PROTOCOL, "no method compute"),
    ReturnsAFrame: (rules.PANEL, "returned DataFrame"),
    OtherSessions: (rules.PANEL, "sessions are not the market's"),
    TwiceTheSameColumn: (rules.PANEL, "not distinct"),
    KnownTomorrow: (rules.KNOWN, "only known at 2000-01-04"),
    KnownNever: (rules.KNOWN, "known_at of 2000-01-03 is missing"),
    Crashes: (RUNS, "AttributeError"),
    RefusesEverything: (RUNS, "accepts none of 7 markets"),
    WritesIntoTheMarket: (rules.ALONE, "read-only"),
    WritesIntoAFrame: (rules.ALONE, "copy a frame"),
    Random: (rules.REPEATS, "column 'mean' on 2000-01-03"),
    Counts: (rules.STATELESS, "computed before"),
    RemembersOtherMarkets: (rules.STATELESS, "column 'mean'"),
    ShiftedBack: (rules.TRUNCATED, "column 'mean' on"),
    CentredWindow: (rules.TRUNCATED, "when history ends on"),
    FullSampleScore: (rules.TRUNCATED, "on market 'plain'"),
    BackFilled: (rules.TRUNCATED, "on market 'gaps'"),
    BackFilledBirth: (rules.POISONED, "on market 'born and delisted'"),
    LastSessionOfTheMonth: (rules.TRUNCATED, "when history ends on"),
    SharesOfHistory: (rules.TRUNCATED, "becomes"),
    SeriesByReferenceDate: (rules.TRUNCATED, "on market 'gaps'"),
    LongWarmup: (rules.FINITE, "session 5, warm-up 5"),
    Infinite: (rules.FINITE, "is -inf"),
    NamesByLuck: (rules.RENAMED, "renamed"),
    FirstAsset: (rules.REORDERED, "order_matters=True"),
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.__name__)
def test_a_broken_signal_is_caught(planted):
    rule, says = PLANTED[planted]
    with pytest.raises(ConformanceError) as caught:
        check_signal(planted())
    assert caught.value.rule == rule, str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failure_counts_as_a_failed_assertion():
    with pytest.raises(AssertionError, match="breaks the rule 'no look-ahead"):
        check_signal(ShiftedBack())


def test_documented_exceptions_are_allowed():
    check_signal(LongWarmup(), nan_ok=("mean",))
    check_signal(FirstAsset(), order_matters=True)
    with pytest.raises(ConformanceError, match="is -inf"):
        check_signal(Infinite(), nan_ok=("mean",))


def test_markets_of_the_authors_own():
    summary = check_signal(Mean(), market={"mine": random_market(1), "other": random_market(2, assets=2)})
    assert summary.markets == ("mine", "other")
    with pytest.raises(ConformanceError, match="on market 'given'"):
        check_signal(ShiftedBack(), market=random_market(3))


def test_assets_and_series_of_the_authors_own():
    class Names(Mean):
        def values(self, features):
            spread = features.returns()["SPY"] - features.returns().get("TLT", 0.0)
            return (spread * features.series("MOVE").ffill().fillna(0.0)).fillna(0.0).to_numpy()

    with pytest.raises(ConformanceError, match="KeyError: 'SPY'"):
        check_signal(Names())
    with pytest.raises(ConformanceError, match=r"no exogenous series 'MOVE'.*in series="):
        check_signal(Names(), assets=("SPY", "TLT"))
    with pytest.raises(ConformanceError, match="'plain, its assets renamed': it raised KeyError: 'SPY'"):
        check_signal(Names(), assets=("SPY", "TLT"), series={"MOVE": "days:1"})


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (5, "series must be a table"),
        ("VIX", "series must be a table"),
        ([5], "5 is no name"),
        ([["VIX"]], "is no name"),
        ({"VIX": 5}, "'VIX' must have a release rule"),
        ({5: "close"}, "5 is no name"),
    ],
)
def test_series_that_are_none_are_named(series, words):
    with pytest.raises(ParameterError, match=words):
        made_markets(60, series=series)
