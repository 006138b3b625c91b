"""Instruments made of others: a credit hedge and an inverse by hand, with all that holding them costs."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from scenarios.cli import main
from signals import Threshold
from simulator import AlmgrenChriss, Execution, MarketData, simulate
from simulator.core.errors import DataError, ParameterError
from simulator.core.instruments import Instrument
from simulator.core.series import ExogenousSeries
from simulator.data.made import inverse_prices, protection_prices, spread_on, with_made
from strategies import Hedge, Hold, Overlaid
from strategies.overlaid import hedge

#: Friday to Monday: three days of carry.
DAYS = np.array(["2020-03-05", "2020-03-06", "2020-03-09", "2020-03-10"], "datetime64[D]")


def test_protection_by_hand():
    """4% to 5% at 4 bp a bp is 4%, less a day of the 4% paid; a weekend of nothing but carry is three days of it."""
    spread = np.array([0.04, 0.05, 0.05, 0.045])
    rate = np.array([0.0, 0.01, 0.01, 0.0])
    prices = protection_prices(spread, rate, DAYS, dv01=4.0, fee=0.002)
    returns = prices[1:] / prices[:-1] - 1.0
    assert prices[0] == 100.0
    assert returns[0] == pytest.approx(4.0 * 0.01 - (0.04 + 0.002) / 360.0, rel=1e-12)
    assert returns[1] == pytest.approx((0.01 - 0.05 - 0.002) * 3.0 / 360.0, rel=1e-10)
    assert returns[2] == pytest.approx(-4.0 * 0.005 + (0.01 - 0.05 - 0.002) / 360.0, rel=1e-12)


def test_a_year_of_calm_costs_the_spread_less_what_collateral_earns():
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")
    prices = protection_prices(np.full(days.size, 0.04), np.full(days.size, 0.01), days, dv01=4.0)
    assert prices[-1] == pytest.approx(100.0 * (1.0 - 0.03 / 360.0) ** 365, rel=1e-12)


def test_an_inverse_by_hand():
    """Up 10% and back down: the asset is where it was, the fund lost 1% by being reset, and pays for that as well."""
    close = np.array([100.0, 110.0, 100.0, 100.0])
    plain = inverse_prices(close, np.zeros(4), DAYS, fee=0.0, reset_bps=0.0)
    assert plain == pytest.approx([100.0, 90.0, 90.0 * (1.0 + 10.0 / 110.0), 90.0 * (1.0 + 10.0 / 110.0)], rel=1e-12)
    twice = inverse_prices(close, np.full(4, 0.036), DAYS, times=2.0, fee=0.0072, borrow=0.0036, reset_bps=5.0)
    # 3 x 3.6% earned, 0.72% and 2 x 0.36% paid: 9.36% a year, 0.026% a day. Reset: 2 x 3 x 10% of it at 5 bp.
    assert twice[1] / twice[0] - 1.0 == pytest.approx(-0.2 + 0.00026 - 0.6 * 0.0005, rel=1e-12)
    # A weekend in which nothing moves is three days of carry.
    assert twice[2] / twice[1] - 1.0 == pytest.approx(20.0 / 110.0 + 3 * 0.00026 - 6.0 / 11.0 * 0.0005, rel=1e-12)
    assert twice[3] / twice[2] - 1.0 == pytest.approx(0.00026, rel=1e-9)


@given(seed=some.integers(0, 10**6), t=some.integers(1, 28))
def test_prices_up_to_a_day_rest_on_what_was_seen_by_then(seed, t):
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2020-01-01", periods=30).to_numpy().astype("datetime64[D]")
    values, other = rng.uniform(0.02, 0.1, (2, 30))
    other[: t + 1] = values[: t + 1]
    rates = np.full(30, 0.01)
    for make in (
        lambda spread: protection_prices(spread, rates, days, dv01=3.0),
        lambda close: inverse_prices(close, rates, days, times=0.1),
    ):
        assert (make(values)[: t + 1] == make(other)[: t + 1]).all()


def test_nothing_is_there_before_the_first_and_what_wipes_it_out_is_said():
    prices = protection_prices(np.array([np.nan, np.nan, 0.05, 0.06]), np.zeros(4), DAYS, dv01=1.0)
    assert np.isnan(prices[:2]).all()
    assert prices[2] == 100.0
    assert np.isnan(protection_prices(np.full(4, np.nan), np.zeros(4), DAYS, dv01=1.0)).all()
    with pytest.raises(DataError, match="spreads fall so far on 2020-03-09 that nothing is left"):
        protection_prices(np.array([0.2, 0.2, 0.05, 0.05]), np.zeros(4), DAYS, dv01=10.0)
    with pytest.raises(DataError, match="the asset rises so far on 2020-03-06 that nothing is left"):
        inverse_prices(np.array([1.0, 2.5, 1.0, 1.0]), np.zeros(4), DAYS)


def test_a_spread_is_that_of_its_day_and_carried_where_there_is_none():
    quoted = pd.Series([4.0, np.nan, 5.0], pd.to_datetime(["2020-03-04", "2020-03-06", "2020-03-09"]))
    series = ExogenousSeries.from_pandas(quoted, "business-days:1", "HY")
    assert spread_on(series, DAYS) == pytest.approx([0.04, 0.04, 0.05, 0.05])
    assert np.isnan(spread_on(series, np.array(["2020-03-03"], "datetime64[D]"))).all()


def market_of(spread: np.ndarray) -> MarketData:
    """A share that does nothing, and protection against a spread of percents."""
    days = pd.bdate_range("2020-01-01", periods=len(spread))
    close = pd.DataFrame(100.0, days, ["A"])
    volume = pd.DataFrame(1e6, days, ["A"])
    hy = ExogenousSeries.from_pandas(pd.Series(spread, days), "close", "HY")
    bars = {"open": close, "high": close, "low": close}
    market = MarketData.from_frames(close, **bars, volume=volume, cash_rate=0.0, series={"HY": hy})
    rate = np.zeros(len(days))
    prices = protection_prices(spread_on(hy, market.sessions), rate, market.sessions, dv01=4.0)
    return with_made(market, "CDX", prices, 1e8, Instrument("commodity", "other", 0.1))


def test_a_hedge_made_of_a_spread_pays_in_stress_and_costs_its_carry():
    """A tenth in protection while the spread is above 6%: it is bought at 8% and makes 4 x 4 points of a tenth."""
    spread = np.full(60, 4.0)
    spread[20:40] = np.concatenate([[8.0], np.full(19, 12.0)])
    market = market_of(spread)
    assert market.volume[:, 1] * market.close[:, 1] == pytest.approx(np.full(60, 1e8))
    signal = Threshold("HY", scale="level", enter=6.0, exit=5.0, name="wide")
    policy = Overlaid(Hold({"A": 0.5}), Hedge(signal, instrument="CDX", size=0.1))
    free = AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0)
    result = simulate(market, policy, costs=free, execution=Execution(lag=0), initial_cash=1e6)
    held = result.weights["CDX"].to_numpy()
    assert (held[:20] == 0.0).all()
    assert held[20] == pytest.approx(0.1, abs=1e-12)
    assert result.nav.iloc[21] / result.nav.iloc[20] - 1.0 == pytest.approx(0.1 * (0.16 - 0.08 / 360.0), rel=1e-9)
    lost = result.nav.iloc[39] / result.nav.iloc[21] - 1.0
    days = float((market.sessions[39] - market.sessions[21]).astype(int))
    assert lost == pytest.approx(-held[21] * 0.12 * days / 360.0, rel=0.01)


def test_what_nobody_can_hold_is_refused_with_the_reason():
    for name in ("VIX", "^VIX", "VIXCLS", "move"):
        with pytest.raises(
            ParameterError, match="index of implied volatility, which nobody can hold: its futures roll"
        ):
            hedge(Hold({"A": 1.0}), signal="x", instrument=name)
    market = market_of(np.full(30, 4.0))
    with pytest.raises(DataError, match="CDX is an asset of this market already"):
        with_made(market, "CDX", market.close[:, 0], 1.0, Instrument())


SCENARIO = """
[scenario]
name = "made"
[market]
source = "csv"
path = "prices"
cash_rate = 0.01
series = { HY = { path = "hy.csv", release = "close" }, VIX = { path = "vix.csv", release = "close" } }
[market.made.CDX]
kind = "credit-hedge"
series = "HY"
dv01 = 4.0
adv = 100_000_000
[market.made.SHORT]
kind = "inverse"
of = "A"
adv = 100_000_000
[portfolio.weights]
A = 0.9
CASH = 0.1
[signals.vol]
kind = "volatility"
lookback = 10
enter = 0.15
exit = 0.12
[policies.passive]
kind = "hold"
[policies.hedged]
kind = "hedge"
base = "passive"
signal = "vol"
instrument = "CDX"
[policies.short]
kind = "hedge"
base = "passive"
signal = "vol"
instrument = "SHORT"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("made")
    days = pd.bdate_range("2018-01-01", periods=300)
    rng = np.random.default_rng(1)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 300)))
    (home / "prices").mkdir()
    bars = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), close)
    pd.DataFrame({"Date": days, **bars, "Volume": 1e7}).to_csv(home / "prices" / "A.csv", index=False)
    for name, values in (("hy", rng.uniform(3.0, 6.0, 300)), ("vix", np.full(300, 20.0))):
        pd.DataFrame({"Date": days, "Value": values}).to_csv(home / f"{name}.csv", index=False)
    return home


def run(folder, tmp_path, text, *more):
    (tmp_path / "made.toml").write_text(text)
    return main(["run", str(tmp_path / "made.toml"), "--data", str(folder), "--out", str(tmp_path / "out"), *more])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('series = "HY"', 'series = "HYY"', "market.made.CDX: series: no series 'HYY'; did you mean 'HY'?"),
        (
            'series = "HY"',
            'series = "VIX"',
            "market.made.CDX: VIX is an index of implied volatility, which nobody can hold",
        ),
        ('of = "A"', 'of = "CDX2"', "CDX2"),
        ('of = "A"', 'of = "VIX"', "market.made.SHORT.of: VIX is an index of implied volatility"),
        ("dv01 = 4.0", "", "market.made.CDX.dv01 is missing"),
        ('kind = "inverse"', 'kind = "invers"', "market.made.SHORT: unknown kind 'invers'; did you mean 'inverse'?"),
        ('kind = "inverse"', "", "market.made.SHORT: 'kind' is missing; known: credit-hedge, inverse"),
        ("dv01 = 4.0", "dv01 = 100.0", "market.made.CDX: spreads fall so far on"),
        ("made.CDX", "made.HY", "market.made.HY: is the name of a series; give it another"),
        ("made.CDX", "made.A", "A is an asset of this market already"),
        (
            "[policies.passive]",
            '[execution]\nfill = "open"\n[policies.passive]',
            "has closing prices alone; fill at the close",
        ),
        ('instrument = "CDX"', 'instrument = "CDY"', "CDY"),
        (
            "[policies.passive]",
            '[[shocks]]\nkind = "price-gap"\nfrom = 2018-06-01\n[policies.passive]',
            "would move it by itself",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(folder, tmp_path, capsys, old, new, message):
    assert run(folder, tmp_path, SCENARIO.replace(old, new, 1)) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert message in said[-1]
    assert not (tmp_path / "out").exists()


def test_a_shock_of_what_nothing_is_made_of_strikes(folder, tmp_path, capsys):
    """Depth of a tenth leaves prices and spreads as they were, and so what is made of them; nav pays more to trade."""
    shock = '[[shocks]]\nkind = "depth-collapse"\nfrom = 2018-01-03\ndays = 400\nremaining = 0.1\n[policies.passive]'
    assert run(folder, tmp_path, SCENARIO.replace("[policies.passive]", shock, 1)) == 0
    out = capsys.readouterr().out
    assert "would move it by itself" not in out
    shocked = json.loads((tmp_path / "out" / "metrics.json").read_text())["shock_effect"]
    assert shocked


def test_a_run_says_what_was_made_of_what(folder, tmp_path, capsys):
    assert run(folder, tmp_path, SCENARIO) == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert "CDX is made of the spread HY (market.made): 4 bp a basis point" in page
    assert "SHORT is made of A (market.made): short 1 times its value" in page
    assert "assumed to be equity: A (" in page
