"""The catalogue of shocks: what stands in it is stated, and strikes any market from any day as hard as it says."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.build import make_shocks
from scenarios.crises import Named, composed, crises, lacking, lived_through
from scenarios.notices import _blind
from scenarios.shocks import Default, apply_shocks
from scenarios.sweep.grid import parse_axis
from simulator import ExogenousSeries, MarketData
from tests.support import random_market, same

MARKET = random_market(8, sessions=420, assets=5, gaps=0.0, silent=0.0, series=True)
START = str(MARKET.sessions[300])
NAMED = {
    *("financial-crisis-2008", "euro-2011", "dash-for-cash", "stocks-and-bonds-2022", "flash-crash", "money-fund-run"),
    *("treasury-dysfunction", "single-issuer-default", "data-blackout", "tariffs-2025"),
}
REGULATORY = {
    *("fed-severely-adverse-2024", "fed-severely-adverse-2025", "fed-severely-adverse-2026"),
    *("eba-adverse-2021", "boe-system-wide-2023"),
}
EVERY = NAMED | REGULATORY


class File:
    """As much of a scenario file as shocks are made from."""

    own = None
    market = SimpleNamespace(made={})
    signals = MappingProxyType({})

    def __init__(self, *tables):
        self.shocks = list(tables)


def shocks_of(name, market=MARKET, severity=1.0):
    return make_shocks(File({"kind": name, "from": START, "severity": severity}), market)


def struck(name, market=MARKET, severity=1.0, seed=0):
    return apply_shocks(market, shocks_of(name, market, severity), seed)


def test_the_catalogue_is_whole_and_says_where_it_comes_from():
    assert set(crises()) == EVERY
    assert {name for name, crisis in crises().items() if crisis.authority} == REGULATORY
    for crisis in crises().values():
        assert crisis.first <= crisis.last
        assert len(crisis.description) < 120
        for text in (crisis.source, crisis.severity, crisis.assumed):
            assert len(text) > 20
        days = [table["days"] for table in crisis.tables if "days" in table]
        weekdays = int(np.busday_count(crisis.first, crisis.last)) + 1
        assert all(day <= weekdays for day in days)


def test_falls_are_those_that_were_measured():
    world = struck("dash-for-cash")
    classes = {instrument.asset_class: number for number, instrument in enumerate(MARKET.instruments)}
    ratio = world.market.close[-1] / MARKET.close[-1]
    assert ratio[classes["equity"]] == pytest.approx(0.66)  # the only one of its class, so the market
    assert ratio[classes["hy-credit"]] == pytest.approx(0.78)
    assert np.log(ratio[classes["treasury"]]) == pytest.approx(-8 * 0.0064)  # 8 years, 0.64 points
    inside = slice(300, 324)
    assert world.market.volume[inside] / MARKET.volume[inside] == pytest.approx(3.8)
    assert world.market.depth[inside] == pytest.approx(0.1)
    assert world.market.spread_scale[inside] == pytest.approx(5.7)
    vix, was = world.market.series["VIX"], MARKET.series["VIX"]
    assert vix.values[301] / was.values[301] == pytest.approx(83 / 14, rel=2e-3)
    assert np.prod([1.0 + flow.share for flow in world.flows]) == pytest.approx(0.9)
    twice = struck("dash-for-cash", severity=2.0)
    assert twice.market.close[-1, classes["equity"]] / MARKET.close[-1, classes["equity"]] == pytest.approx(0.66**2)


@pytest.mark.parametrize(
    ("name", "series", "was", "most"),
    [
        ("financial-crisis-2008", "TEDRATE", 1.36, 4.58),
        ("financial-crisis-2008", "STLFSI4", 1.97, 9.63),
        ("financial-crisis-2008", "OFRFSI", 8.33, 29.32),
        ("financial-crisis-2008", "BAA10Y", 3.43, 5.92),
        ("money-fund-run", "TEDRATE", 1.36, 4.58),
        ("money-fund-run", "STLFSI2", 1.86, 9.20),
        ("money-fund-run", "BAA10Y", 3.43, 4.86),
        ("euro-2011", "TED", 0.20, 0.37),
        ("euro-2011", "STLFSI", -0.30, 1.31),
        ("euro-2011", "DGS10", 2.99, 1.81),
        ("dash-for-cash", "DGS10", 0.54, 1.18),
        ("treasury-dysfunction", "DGS10", 0.54, 1.18),
    ],
)
def test_series_move_as_they_were_measured(name, series, was, most):
    """From what it was the day before to its worst within the window; an index around zero moves by points."""
    market = flat_series(series, was)
    within = slice(300, 308)
    seen = struck(name, market).market.series[series].on(market.sessions)[0]
    assert (seen[:300] == was).all()
    assert max(seen[300:], key=lambda value: abs(value - was)) == pytest.approx(most, abs=0.02)
    assert (seen[within] != was).any()


def flat_series(name, level):
    """The market with a series that is the same every day, known at each close."""
    flat = pd.Series(np.full(MARKET.sessions.size, level), pd.DatetimeIndex(MARKET.sessions))
    return replace(MARKET, series={name: ExogenousSeries.from_pandas(flat, "close", name)})


def test_series_that_no_shock_moves_are_named_where_a_signal_may_look_at_them():
    market = flat_series("TED", 0.2)
    for name, kind, said in [
        ("dash-for-cash", "stress-forecast", True),
        ("dash-for-cash", "calendar", False),
        ("financial-crisis-2008", "stress-forecast", False),
    ]:
        file = SimpleNamespace(signals={"stress": {"kind": kind}})
        shocks = shocks_of(name, market)
        scenario = SimpleNamespace(market=market, shocks=shocks, file=file)
        replayed = SimpleNamespace(scenario=scenario, world=apply_shocks(market, shocks, 0).market)
        found = list(_blind(replayed))
        assert bool(found) == said, name
        assert not said or found[0].startswith("the shocks leave TED as it was: what stress makes of that is blind")


def test_a_flash_crash_is_back_at_the_close():
    market = struck("flash-crash").market
    equity = 0
    assert market.close[300, equity] / MARKET.close[300, equity] == pytest.approx(0.967)
    assert (market.low[300] / np.minimum(market.open, market.close)[300] < 0.94).all()
    assert market.low[300, equity] / MARKET.low[300, equity] == pytest.approx(0.967 * 0.9297)


def test_what_a_market_does_not_have_is_left_out_and_said():
    close = MARKET.frame("close")
    bare = MarketData.from_frames(close, assumed_adv=1e6)
    assert lacking(crises()["dash-for-cash"], bare) == ["rate-shift (no such bonds)", "ranges (no highs and lows)"]
    assert lacking(crises()["data-blackout"], bare) == ["data-outage (no series)"]
    assert struck("dash-for-cash", bare).market.depth is not None


def test_that_history_has_lived_through_it_is_known():
    euro = crises()["euro-2011"]
    market = random_market(1, sessions=4000, assets=1)
    assert lived_through(euro, None, market)
    assert lived_through(euro, "2011-08-15", market)
    assert not lived_through(euro, "2012-08-15", market)
    assert not lived_through(euro, None, MARKET)


def test_without_a_day_it_is_its_own_date():
    tables = composed(crises()["euro-2011"], Named(), MARKET)
    assert {str(table["from"]) for table in tables} == {"2011-07-22"}


PAIRS = [
    ("dash-for-cash", "single-issuer-default"),
    ("money-fund-run", "flash-crash"),
    ("stocks-and-bonds-2022", "data-blackout"),
    ("financial-crisis-2008", "tariffs-2025"),
]


@pytest.mark.parametrize("names", [*((name,) for name in sorted(EVERY)), *PAIRS], ids="+".join)
@pytest.mark.parametrize("severity", [0.0, 1.0, 5.0])
def test_alone_and_in_pairs_nothing_moves_before_and_prices_stay_positive(names, severity):
    made = [shock for name in names for shock in shocks_of(name, severity=severity)]
    world = apply_shocks(MARKET, made, 0)
    if severity == 0.0:
        assert world.market is MARKET
        assert world.observed is MARKET
        assert world.flows == ()
        return
    for market in (world.market, world.observed):
        for field in ("open", "high", "low", "close", "volume"):
            assert same(getattr(market, field)[:300], getattr(MARKET, field)[:300]), field
        close = market.close[~np.isnan(market.close)]
        assert (close > 0.0).all()
        assert np.isfinite(close).all()
        assert (market.low <= market.close * (1.0 + 1e-9)).all()
        assert (market.high >= market.close * (1.0 - 1e-9)).all()
    assert all(flow.date >= START and -1.0 < flow.share < 0.0 for flow in world.flows)


def test_how_much_data_there_are_changes_no_crisis():
    """Betas and sizes are those of the past: a market that ends sooner is struck the same."""
    short = MARKET.between(0, 305)
    for name in sorted(EVERY):
        whole, cut = (struck(name, market).market for market in (MARKET, short))
        assert same(whole.close[:305], cut.close), name


def test_the_weakest_is_named_by_the_past_alone():
    default = Default(start=START)
    later = replace(MARKET, close=np.where(np.arange(420)[:, None] < 300, MARKET.close, MARKET.close[::-1]))
    later = replace(later, open=None, high=None, low=None)
    plain = replace(MARKET, open=None, high=None, low=None)
    first, second = (apply_shocks(market, [default], 0).market.delistings for market in (plain, later))
    assert first == second


def test_severities_of_a_grid_are_a_dial():
    assert parse_axis("shocks.0.severity=0:3:7").texts == ("0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0")


def test_what_authorities_published_is_what_strikes():
    classes = {instrument.asset_class: number for number, instrument in enumerate(MARKET.instruments)}

    def moved(name, of, severity=1.0):
        return struck(name, severity=severity).market.close[-1, classes[of]] / MARKET.close[-1, classes[of]]

    sizes = {"fed-severely-adverse-2024": 21318.0 / 47787.5, "fed-severely-adverse-2025": 29199.6 / 58399.3}
    for name, size in sizes.items():
        assert crises()[name].tables[0]["size"] == pytest.approx(size - 1.0, abs=1e-3)
        assert moved(name, "equity") < 0.8  # what fits into the data of a fall over a year
    assert moved("boe-system-wide-2023", "treasury") == pytest.approx(np.exp(-8 * 0.0075))
    assert moved("boe-system-wide-2023", "treasury", 1.15 / 0.75) == pytest.approx(np.exp(-8 * 0.0115))
    assert moved("boe-system-wide-2023", "equity") == 1.0
    assert not any(lived_through(crises()[name], None, MARKET) for name in REGULATORY)
