"""Crises put onto a book through betas of the past: known betas come back, and tomorrow changes none of them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.build import make_shocks
from scenarios.crises import Named, composed, counts, crises, lacking, one_sided
from scenarios.shocks import FactorMove, apply_shocks
from simulator import Instrument, MarketData
from simulator.core.series import ExogenousSeries
from tests.support import same

START, LAST = 300, 400
BETAS = np.array([[1.0, 0.0], [0.6, -0.04], [-0.2, -0.07], [1.4, 0.0]])
NAMES, CLASSES = ("SPY", "HYG", "IEF", "NEW"), ("equity", "hy-credit", "treasury", "hy-credit")


def made(*, noise=0.0, listed=0, seed=5, classes=CLASSES):
    """A market whose log returns are BETAS times SPY's and changes of DGS10; NEW begins at listed."""
    rng = np.random.default_rng(seed)
    factors = np.column_stack([rng.normal(0.0, 0.01, LAST), rng.normal(0.0, 0.05, LAST)])
    returns = factors @ BETAS.T + 0.0002 + noise * rng.normal(0.0, 0.01, (LAST, 4)) * [0.0, 1.0, 1.0, 1.0]
    index = pd.bdate_range("2010-01-04", periods=LAST)
    close = pd.DataFrame(100.0 * np.exp(np.cumsum(returns, axis=0)), index, list(NAMES))
    close.iloc[:listed, 3] = np.nan
    yields = pd.Series(3.0 + np.cumsum(factors[:, 1]), index, name="DGS10")
    market = MarketData.from_frames(close, assumed_adv=1e8)
    instruments = tuple(Instrument(name) for name in classes)
    series = {"DGS10": ExogenousSeries.from_pandas(yields, "business-days:1")}
    return replace(market, instruments=instruments, series=series)


def move(**terms):
    return FactorMove(**{"start": day(START), "days": 20, "size": -0.34, "factors": {"DGS10": 0.64}, **terms})


def day(number):
    return str(pd.bdate_range("2010-01-04", periods=LAST)[number].date())


def test_known_betas_times_the_move_come_back():
    market = made()
    found = move().exposures(market, START)
    assert found.factors == ("market", "DGS10")
    assert found.betas == pytest.approx(BETAS, abs=1e-9)
    assert found.r2 == pytest.approx(1.0)
    assert found.days.tolist() == [251] * 4  # of 252 changes, that of the last day is not published by its close
    world = apply_shocks(market, [move()], 0)
    moved = np.log(world.market.close[-1] / market.close[-1])
    assert moved == pytest.approx(BETAS @ [np.log(0.66), 0.64])
    assert same(world.market.close[:START], market.close[:START])
    twice = apply_shocks(market, [move(severity=2.0)], 0)
    assert np.log(twice.market.close[-1] / market.close[-1]) == pytest.approx(2.0 * moved)


def test_betas_and_their_fit_are_those_of_an_ordinary_regression():
    sm = pytest.importorskip("statsmodels.api")
    market = made(noise=1.0)
    found = move(lookback=120).exposures(market, START)
    rows = slice(START - 121, START)
    returns = np.diff(np.log(market.close[rows]), axis=0)[:-1]
    yields = np.diff(market.series["DGS10"].values[rows])[:-1]
    for number in range(1, 4):
        fit = sm.OLS(returns[:, number], sm.add_constant(np.column_stack([returns[:, 0], yields]))).fit()
        assert found.betas[number] == pytest.approx(fit.params[1:], rel=1e-8)
        assert found.r2[number] == pytest.approx(fit.rsquared, rel=1e-8)
        assert 0.0 < found.r2[number] < 1.0


def test_nothing_of_the_strike_date_or_later_is_used():
    market = made(noise=1.0)
    close, yields = market.close.copy(), market.series["DGS10"].values.copy()
    close[START:] *= np.random.default_rng(1).lognormal(0.0, 0.2, close[START:].shape)
    yields[START - 1 :] += 1.0  # that of the day before is published on the day of the strike
    later = replace(market, close=close, open=None, high=None, low=None)
    later = replace(later, series={"DGS10": market.series["DGS10"].with_values(yields)})
    first, second = (move().exposures(history, START) for history in (market, later))
    for field in ("betas", "r2", "days", "moves"):
        assert same(getattr(first, field), getattr(second, field)), field
    close[START - 2] *= [1.0, 1.1, 1.2, 0.9]  # the last day with a published yield is: the test can fail
    third = move().exposures(replace(later, close=close), START)
    assert not same(first.betas, third.betas)


def test_an_asset_without_a_past_takes_that_of_its_class_and_says_so():
    found = move().exposures(made(listed=START - 30), START)
    assert found.betas[3] == pytest.approx(BETAS[1], abs=1e-9)
    assert found.taken == ("", "", "", "mean betas of hy-credit: HYG")
    assert np.isnan(found.r2[3])
    alone = made(listed=START - 30, classes=("equity", "ig-credit", "treasury", "hy-credit"))
    stated = move(by_class={"hy-credit": -0.22}).exposures(alone, START)
    assert (stated.moves[3], stated.taken[3]) == (pytest.approx(np.log(0.78)), "the move measured for hy-credit")
    assert np.isnan(stated.betas[3]).all() == np.isnan(stated.r2[3])
    unknown = move().exposures(alone, START)
    assert unknown.moves[3] == pytest.approx(np.log(0.66))
    assert unknown.taken[3] == "beta 1: nothing known of hy-credit"


def test_a_series_that_is_missing_or_too_short_is_no_factor():
    market = made()
    bare = move(factors={"DGS10": 0.64, "BAMLH0A0HYM2": 7.3}).exposures(market, START)
    assert (bare.factors, bare.dropped) == (("market", "DGS10"), ("BAMLH0A0HYM2",))
    early = move(start=day(40)).exposures(market, 40)
    assert early.dropped == ("DGS10",)
    assert set(early.taken) == {"beta 1: nothing known of " + name for name in CLASSES}
    assert early.moves == pytest.approx(np.log(0.66))


def test_a_crisis_through_betas_has_one_move_in_place_of_its_fall_and_its_yields():
    market, crisis = made(), crises()["dash-for-cash"]
    tables = composed(crisis, Named(start=day(START), moves="betas"), market)
    kinds = [table["kind"] for table in tables]
    assert kinds == ["factor-move", "volume", "depth-collapse", "spread-widening", "redemption"]
    assert tables[0]["factors"] == {"DGS10": 0.64}
    assert tables[0]["by_class"]["treasury"] == pytest.approx(np.exp(-8.0 * 0.0064) - 1.0)
    assert tables[0]["by_class"]["hy-credit"] == -0.22
    table = {"kind": "dash-for-cash", "from": day(START), "moves": "betas"}
    assert counts([table], market) == [5]
    assert "factor BAMLH0A0HYM2 (no such series)" in lacking(crisis, market, "betas")
    world = apply_shocks(market, make_shocks(File(table), market), 0)
    assert np.log(world.market.close[-1] / market.close[-1]) == pytest.approx(BETAS @ [np.log(0.66), 0.64])


def test_safe_bonds_that_follow_spreads_alone_are_named():
    market, crisis = made(), crises()["dash-for-cash"]
    spread = {"BAMLH0A0HYM2": market.series["DGS10"]}
    said = one_sided(crisis, replace(market, series=spread), "betas")
    bonds = [name for name, one in zip(market.assets, market.instruments, strict=True) if one.asset_class == "treasury"]
    assert f"without DGS10 +0.64 among market.series, {bonds[0]}" in said
    assert "move by betas to the market and BAMLH0A0HYM2 alone" in said
    assert one_sided(crisis, replace(market, series=spread), "measured") == ""
    assert one_sided(crisis, replace(market, series=spread | market.series), "betas") == ""
    assert one_sided(crisis, replace(market, series={}), "betas") == ""
    assert "Prices do not move as measured but by each asset's betas" in crisis.told("betas")
    assert "betas of the past" not in crisis.told()


def test_every_crisis_strikes_through_betas():
    market = made(noise=1.0)
    for name, crisis in crises().items():
        for severity in (0.0, 1.0, 5.0):
            table = {"kind": name, "from": day(START), "moves": "betas", "severity": severity}
            world = apply_shocks(market, make_shocks(File(table), market), 0)
            assert same(world.market.close[:START], market.close[:START]), name
            assert (world.market is market) == (severity == 0.0 or not composed(crisis, Named(), market)), name


class File:
    """As much of a scenario file as shocks are made from."""

    own = None
    market = SimpleNamespace(made={})
    signals = MappingProxyType({})

    def __init__(self, *tables):
        self.shocks = list(tables)
