"""Indicator outputs as signals: lag, state, warm-up, and the refusal of a market they were not computed for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from signals import from_vectorbt
from simulator import DataError, Features, MarketData, ParameterError, PluginError, simulate
from simulator.testing import ConformanceError, check_signal, check_strategy, truncate
from strategies import DeRisk, Hold
from tests.support import closes, random_market, same

MARKET = random_market(3, sessions=120)
CLOSE = closes(MARKET)
FEATURES = Features(MARKET)


def momentum(close: pd.DataFrame) -> pd.Series:
    return close["A"].pct_change(5)


class Indicator:
    """What an indicator of vectorbt looks like to the adapter."""

    output_names = ("fast", "slow")

    def __init__(self, close):
        self.fast, self.slow = close["A"].rolling(3).mean(), close[["A", "B"]].rolling(8).mean()


@pytest.mark.parametrize("lag", [0, 1, 4])
def test_a_value_is_used_its_lag_later(lag):
    signal = from_vectorbt(momentum(CLOSE), name="m", lag=lag)
    panel = signal.compute(FEATURES)
    assert panel.columns == ("value",)
    assert np.isnan(panel.values[: 5 + lag]).all()
    assert same(panel.values[5 + lag :, 0], momentum(CLOSE).to_numpy()[5 : 120 - lag])
    assert same(panel.known_at, MARKET.sessions)
    assert signal.warmup == 5 + lag
    assert from_vectorbt(momentum, name="m", lag=lag, warmup=5).warmup == 5 + lag
    assert same(from_vectorbt(momentum, name="m", lag=lag, warmup=5).compute(FEATURES).values, panel.values)


def test_the_default_lag_is_a_session():
    assert from_vectorbt(momentum(CLOSE), name="m").compute(FEATURES).values[6, 0] == momentum(CLOSE).iloc[5]


def test_a_lag_longer_than_history_leaves_nothing():
    assert np.isnan(from_vectorbt(momentum(CLOSE), name="m", lag=500).compute(FEATURES).values).all()


@pytest.mark.parametrize(
    ("enter", "leave", "expected"),
    [
        (70.0, 50.0, [0, 0, 1, 1, 0, 0, 0]),  # on above 70, off below 50
        (30.0, 50.0, [0, 0, 0, 0, 0, 1, 1]),  # on below 30, off above 50
        (60.0, None, [0, 0, 1, 1, 0, 0, 0]),
    ],
)
def test_enter_and_exit_make_a_state(enter, leave, expected):
    sessions = pd.bdate_range("2024-01-01", periods=7)
    market = MarketData.from_frames(pd.DataFrame({"A": 1.0}, sessions))
    levels = pd.Series([np.nan, 50.0, 80.0, 65.0, 45.0, 20.0, 45.0], sessions)
    panel = from_vectorbt(levels, name="rsi", lag=0, enter=enter, exit=leave).compute(Features(market))
    assert panel.columns == ("value", "state")
    assert panel.column("state").tolist() == expected
    assert panel.state().tolist() == [bool(state) for state in expected]


def test_truth_values_are_a_state():
    panel = from_vectorbt(CLOSE["A"] > CLOSE["B"], name="above", lag=0).compute(FEATURES)
    assert panel.columns == ("state",)
    assert panel.state().tolist() == (CLOSE["A"] > CLOSE["B"]).tolist()


def test_columns_are_named_plainly():
    wide = CLOSE[["A", "B"]].copy()
    assert from_vectorbt(wide, name="x").compute(FEATURES).columns == ("A", "B")
    wide.columns = pd.MultiIndex.from_tuples([(14, "A"), (14, "B")], names=["rsi_window", None])
    assert from_vectorbt(wide, name="x").compute(FEATURES).columns == ("A", "B")
    wide.columns = pd.MultiIndex.from_tuples([(7, "A"), (14, "A")])
    assert from_vectorbt(wide, name="x").compute(FEATURES).columns == ("7/A", "14/A")
    signal = from_vectorbt(Indicator(CLOSE), name="x", enter=100.0, column="slow/B")
    panel = signal.compute(FEATURES)
    assert panel.columns == ("fast", "slow/A", "slow/B", "state")
    assert signal.warmup == 8
    assert same(panel.state()[9:], (panel.column("slow/B") > 100.0)[9:])


def test_an_output_is_refused_on_another_market():
    signal = from_vectorbt(momentum(CLOSE), name="m")
    with pytest.raises(DataError, match=r"120 sessions.*this market has 80.*give from_vectorbt a function"):
        signal.compute(Features(truncate(MARKET, 79)))
    other = random_market(4, sessions=120)
    signal.compute(Features(other))  # the same sessions: only the closes can tell
    known = from_vectorbt(momentum(CLOSE), name="m", close=MARKET.frame("close"))
    known.compute(FEATURES)
    with pytest.raises(DataError, match="another close of A on 2000-01-03"):
        known.compute(Features(other))
    with pytest.raises(DataError, match="computed from 'C', which this market does not have"):
        known.compute(Features(MarketData.from_frames(MARKET.frame("close")[["A", "B"]])))


def test_what_can_be_computed_anew_conforms_and_what_cannot_is_not_certified():
    summary = check_signal(from_vectorbt(momentum, name="m", warmup=5, enter=0.05, exit=0.0), nan_ok=["value"])
    assert len(summary.markets) == 7
    without = Features(MarketData.from_frames(CLOSE[["B", "C"]]))
    with pytest.raises(ParameterError, match="asks for 'A', and this market has no such asset"):
        from_vectorbt(momentum, name="m", warmup=5).compute(without)
    with pytest.raises(ConformanceError, match="refuses the market when history ends"):
        check_signal(from_vectorbt(momentum(CLOSE), name="m"), market=MARKET)
    leaky = from_vectorbt(lambda close: close["A"].shift(-2).ffill(), name="leak", lag=1, warmup=0)
    with pytest.raises(ConformanceError, match="no look-ahead"):
        check_signal(leaky, nan_ok=True)
    honest = from_vectorbt(lambda close: close["A"].shift(-2).ffill(), name="late", lag=2, warmup=0)
    check_signal(honest, nan_ok=True, market=MARKET)


def test_every_input_is_there_and_a_copy():
    seen = {}

    def keep(*frames):
        seen.update(zip(("open", "high", "low", "close", "volume"), frames, strict=True))
        frames[3].iloc[:] = 1.0
        return frames[4]["A"]

    before = FEATURES.prices().to_numpy().copy()
    inputs = ("open", "high", "low", "close", "volume")
    from_vectorbt(keep, name="x", inputs=inputs, warmup=0).compute(FEATURES)
    assert same(FEATURES.prices().to_numpy(), before)
    assert same(seen["high"], MARKET.frame("high").ffill())
    assert same(seen["volume"], MARKET.volume)
    bare = Features(MarketData.from_frames(CLOSE))
    with pytest.raises(DataError, match="no 'volume'"):
        from_vectorbt(lambda v: v["A"], name="x", inputs=["volume"], warmup=0).compute(bare)


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"lag": -1}, "less would see the future"),
        ({"exit": 1.0}, "exit needs enter"),
        ({"min_hold": -1}, "min_hold"),
        ({"inputs": ("closes",)}, "did you mean 'close'"),
        ({"source": momentum}, "needs warmup"),
        ({"source": CLOSE["A"] * np.nan}, "no value at all"),
    ],
)
def test_contradictions_are_refused(terms, says):
    with pytest.raises(ParameterError, match=says):
        from_vectorbt(terms.pop("source", CLOSE["A"]), name="x", **terms)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (3.0, "an indicator, a Series or a frame was expected, not float"),
        (CLOSE["A"].reset_index(drop=True), "indexed by dates"),
        (CLOSE["A"].astype(str), "numbers or truth values"),
        (CLOSE["A"].iloc[5:], "not one a session"),
        (np.zeros(3), "not ndarray"),
    ],
)
def test_a_function_must_return_an_output(result, says):
    with pytest.raises(PluginError, match=says):
        from_vectorbt(lambda close: result, name="x", warmup=0).compute(FEATURES)


def test_levels_need_one_column():
    wide = CLOSE[["A", "B"]]
    with pytest.raises(ParameterError, match="column=, one of: A, B"):
        from_vectorbt(wide, name="x", enter=1.0).compute(FEATURES)
    with pytest.raises(ParameterError, match="no column 'C'"):
        from_vectorbt(wide, name="x", enter=1.0, column="C").compute(FEATURES)
    with pytest.raises(ParameterError, match="'state' already"):
        from_vectorbt(CLOSE["A"] > 1.0, name="x", enter=1.0).compute(FEATURES)


def test_a_policy_acts_on_it():
    signal = from_vectorbt(momentum, name="falling", warmup=5, enter=-0.03, exit=0.0)
    run = simulate(MARKET, DeRisk(Hold({"A": 0.5, "B": 0.5}), signal))
    assert len(run.decisions) > 3
    assert "beforehand" not in signal.notes()[0]
    assert "beforehand" in from_vectorbt(CLOSE["A"], name="x").notes()[0]
    check_strategy(DeRisk(Hold({"A": 0.5, "B": 0.5}), signal), cuts=2)
