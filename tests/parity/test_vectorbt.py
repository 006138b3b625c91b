"""Against vectorbt, on real prices, where semantics agree."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from signals import from_vectorbt
from simulator import AlmgrenChriss, Bounds, DataError, Execution, Features, Flow, MarketData, ParameterError, simulate
from simulator.core.market import Delisting
from simulator.testing import check_signal, made_markets
from strategies import Hold, Periodic, ThresholdBand
from tests.support import FREE, equal, same

POLICIES = {
    "hold": Hold(equal(20)),
    "periodic": Periodic(equal(20), every=21),
    "band": ThresholdBand(equal(20), 0.02),
}


@pytest.fixture(scope="module")
def close(large_caps):
    return large_caps.frame("close")


def plain_loop(close: np.ndarray, trade_days: np.ndarray | None, band: float | None) -> np.ndarray:
    """Free trading at the close, weights reset to equal: nothing but NumPy."""
    weights, cash = np.full(close.shape[1], 1.0 / close.shape[1]), 1e6
    shares, nav = np.zeros(close.shape[1]), np.empty(len(close))
    for t, price in enumerate(close):
        nav[t] = cash + shares @ price
        strayed = band is not None and np.abs(shares * price / nav[t] - weights).max() > band
        if t == 0 or strayed or (trade_days is not None and trade_days[t]):
            shares, cash = weights * nav[t] / price, 0.0
    return nav


@pytest.mark.parametrize("name", POLICIES)
def test_free_trading_equals_a_plain_loop(close, name):
    ours = simulate(MarketData.from_frames(close), POLICIES[name], costs=FREE, execution=Execution(lag=0))
    days = np.arange(len(close)) % 21 == 0 if name == "periodic" else None
    loop = plain_loop(close.to_numpy(), days, 0.02 if name == "band" else None)
    assert np.abs(ours.out.nav / loop - 1.0).max() < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_free_trading_equals_from_orders(close, name):
    import vectorbt as vbt

    ours = simulate(MarketData.from_frames(close), POLICIES[name], costs=FREE, execution=Execution(lag=0))
    size = np.full(close.shape, np.nan)
    size[ours.index.get_indexer(ours.decisions["date"])] = 1.0 / 20
    theirs = vbt.Portfolio.from_orders(
        close, size=size, size_type="targetpercent", cash_sharing=True, group_by=True, call_seq="auto", init_cash=1e6
    )
    assert np.abs(theirs.value().to_numpy() / ours.out.nav - 1.0).max() < 1e-9
    assert len(ours.decisions) >= 1


@pytest.mark.slow
def test_recorded_fills_give_the_same_nav_in_vectorbt(large_caps):
    execution = Execution(max_participation=0.10, max_turnover=0.25)
    ours = simulate(
        large_caps, ThresholdBand(equal(20), 0.02), execution=execution, initial_cash=1e7, start="2005-01-01"
    )
    assert same_nav(ours)
    assert ours.daily["interest"].sum() > 0.0


def same_nav(ours) -> bool:
    return bool(np.abs(ours.to_vectorbt().value().to_numpy() / ours.out.nav - 1.0).max() < 1e-9)


MADE = made_markets(320)
FLOWS = [
    Flow(date="2000-01-03", amount=2e5),
    Flow(date="2000-03-01", amount=3e5),
    Flow(date="2000-06-01", share=-0.5),
    Flow(date="2000-09-01", amount=-1e5),
]
EXECUTIONS = {
    "default": Execution(),
    "lag 0": Execution(lag=0),
    "capped": Execution(lag=2, fill="open", max_participation=0.02, max_turnover=0.2),
}


@pytest.mark.slow
@pytest.mark.parametrize("flows", [[], FLOWS], ids=["closed", "flows"])
@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("name", [name for name in MADE if name != "bare"])
def test_gaps_delistings_splits_dividends_and_flows_give_the_same_nav_in_vectorbt(name, execution, flows):
    market = MADE[name]
    policy = ThresholdBand(equal(len(market.assets), 0.999), 0.01)
    ours = simulate(market, policy, execution=EXECUTIONS[execution], flows=flows, start="2000-01-03")
    assert same_nav(ours)
    kinds = set(ours.events["kind"])
    if name == "raw":
        assert {"split", "dividend"} <= kinds
    if name == "born and delisted":
        assert "delisting" in kinds
    assert not flows or ours.daily["flows"][1:].min() < 0.0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "gaps", "born and delisted", "raw"])
def test_short_positions_give_the_same_nav_in_vectorbt(name):
    terms = {"bounds": Bounds(allow_short=True, max_leverage=3.0), "flows": FLOWS}
    weights = {"A": 0.6, "B": -0.3, "C": 0.3, "D": -0.2, "E": -0.2}
    ours = simulate(MADE[name], Periodic(weights, every=10), **terms)
    assert same_nav(ours)
    assert ours.total_costs["borrow"] > 0.0
    assert (ours.shares.min() < 0.0).any()


@pytest.mark.slow
def test_a_sale_that_costs_more_than_it_brings_is_known_to_vectorbt():
    """A little more sold short on a day with a large fee on what is borrowed already."""
    costs = AlmgrenChriss(borrow_bps=20_000)
    terms = {"bounds": Bounds(allow_short=True, max_leverage=3.0), "costs": costs}
    ours = simulate(MADE["plain"], Periodic({"A": 0.6, "B": -0.5}, every=1), **terms)
    sold = ours.trades[(ours.trades["asset"] == "B") & (ours.trades["quantity"] < 0.0)]
    fees = ours.costs["borrow"].reindex(sold["date"]).to_numpy()
    assert (fees > -sold["notional"]).any()
    assert same_nav(ours)


@pytest.mark.slow
@pytest.mark.parametrize("recovery", [0.0, 1e-12, 0.7])
def test_a_delisting_pays_its_recovery_in_vectorbt_too(recovery):
    market = MADE["born and delisted"]
    one = replace(market, delistings={"E": Delisting(market.delistings["E"].date, recovery)})
    assert same_nav(simulate(one, Hold(equal(5))))


@pytest.mark.slow
def test_a_run_that_starts_late_knows_its_own_splits_alone():
    split = str(MADE["raw"].sessions[160])
    for start in ("2000-03-01", split, "2000-11-01"):
        assert same_nav(simulate(MADE["raw"], Periodic(equal(5), every=7), start=start))


def test_what_vectorbt_cannot_say_is_refused():
    market = MADE["plain"]
    levered = simulate(market, Hold([1.5, 0.0, 0.0, 0.0, 0.0]), bounds=Bounds(max_leverage=2.0))
    with pytest.raises(ParameterError, match="lends no cash, and this book borrows on 2000-01-04"):
        levered.to_vectorbt()
    with pytest.raises(ParameterError, match="save='full'"):
        simulate(market, Hold(equal(5)), save="daily").to_vectorbt()
    impacted = simulate(market, Hold(equal(5)), execution=Execution(marks="impacted"))
    with pytest.raises(ParameterError, match="marks='market'"):
        impacted.to_vectorbt()


@pytest.fixture(scope="module")
def bars():
    """Bars by symbol, as vectorbt keeps them."""
    market = MADE["plain"]
    fields = ("open", "high", "low", "close", "volume")
    return {
        asset: pd.DataFrame({field.title(): market.frame(field)[asset] for field in fields}) for asset in market.assets
    }


def vectorbt_data(bars, symbols):
    import vectorbt as vbt

    class Bars(vbt.Data):
        @classmethod
        def download_symbol(cls, symbol, **_):
            return bars[symbol]

    return Bars.download(symbols)


@pytest.mark.slow
def test_a_market_from_vectorbt_data(bars):
    market = MarketData.from_frames(vectorbt_data(bars, list(bars)), cash_rate=0.03)
    assert market.assets == MADE["plain"].assets
    for field in ("open", "high", "low", "close", "volume", "sessions"):
        assert same(getattr(market, field), getattr(MADE["plain"], field))
    assert MarketData.from_frames(vectorbt_data(bars, "B")).assets == ("B",)
    quiet = MADE["plain"].frame("volume") * 2.0
    assert same(MarketData.from_frames(vectorbt_data(bars, list(bars)), volume=quiet).volume, quiet)


@pytest.mark.slow
def test_vectorbt_data_in_local_time_with_what_is_there(bars):
    closes = {bar: frame["Close"] for bar, frame in bars.items()}
    assert MarketData.from_frames(vectorbt_data(closes, list(closes))).volume is None
    afternoon = {
        bar: frame.set_axis(frame.index.tz_localize("Asia/Tokyo") + pd.Timedelta(hours=15))
        for bar, frame in bars.items()
    }
    assert same(
        MarketData.from_frames(SimpleNamespace(data=afternoon, symbols="ABCDE")).sessions, MADE["plain"].sessions
    )
    with pytest.raises(DataError, match="the bars of A have no column 'Close'; there is: Open"):
        MarketData.from_frames(SimpleNamespace(data={"A": bars["A"][["Open"]]}, symbols=["A"]))
    with pytest.raises(DataError, match="holds no symbol"):
        MarketData.from_frames(SimpleNamespace(data={}, symbols=[]))


@pytest.mark.slow
def test_indicators_of_vectorbt_are_signals():
    import vectorbt as vbt

    close = MADE["plain"].frame("close")
    features = Features(MADE["plain"])
    rsi = vbt.RSI.run(close["A"])
    panel = from_vectorbt(rsi, name="rsi", lag=1, enter=30, exit=50).compute(features)
    assert panel.columns == ("rsi", "state")
    assert same(panel.values[1:, 0], rsi.rsi.to_numpy()[:-1])
    assert 0 < panel.state().sum() < 320
    assert from_vectorbt(vbt.BBANDS.run(close["A"]), name="b").compute(features).columns == ("middle", "upper", "lower")
    assert from_vectorbt(vbt.RSI.run(close).rsi, name="r").compute(features).columns == tuple("ABCDE")
    fast, slow = vbt.MA.run(close["A"], 5), vbt.MA.run(close["A"], 20)
    assert from_vectorbt(fast.ma_above(slow), name="cross").compute(features).columns == ("state",)
    anew = from_vectorbt(lambda close: vbt.RSI.run(close).rsi, name="rsi", warmup=14)
    check_signal(anew, nan_ok=True, cuts=3)
