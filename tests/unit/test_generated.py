"""Markets made of what generators draw: what they keep of history and borrow from it, and that nothing later is in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.paths import Bootstrap, asked_for
from scenarios.paths.conditional import Conditional
from scenarios.paths.drawn import Drawn, copied, joined
from scenarios.paths.generated import Generated
from scenarios.paths.history import History
from scenarios.paths.made import Making
from scenarios.paths.matched import matched_rows, roughness
from scenarios.paths.response import _lasting, _root
from scenarios.paths.splice import Splice
from simulator import DataError, ExogenousSeries, ParameterError, ScenarioError, simulate
from simulator.core.release import ReleaseRule
from simulator.ledger import reconcile
from strategies import Periodic
from tests.support import random_market, same

MARKET = replace(
    random_market(5, 900, 4, series=True, gaps=0.01, crises=True),
    cash_rate=np.linspace(0.01, 0.05, 900),
    half_spread=np.random.default_rng(0).uniform(1e-4, 1e-3, (900, 4)),
)
KINDS = ("circular", "regimes:states=2", "garch", "garch:correlation=dcc", "jumps", "conditional:base=jumps",
         "splice:first=2001-01-02,last=2001-02-01,base=garch")  # fmt: skip
_KNOWN: dict[str, Generated] = {}


def paths(text, market=MARKET):
    if market is not MARKET:
        return asked_for(text).paths(market, 7)
    return _KNOWN.setdefault(text, asked_for(text).paths(market, 7))


def total(market):
    return pd.DataFrame(np.log(market.total_return())).ffill().to_numpy()


@pytest.mark.parametrize("text", KINDS)
def test_books_balance_on_every_kind_of_path(text):
    """Prices positive, ranges around the close, and a replay whose ledger is reconciled."""
    path = paths(text).path(3)
    assert path.shape == MARKET.shape
    assert (path.close[path.alive & np.isfinite(path.close)] > 0.0).all()
    known = np.isfinite(path.close)
    assert (path.high >= np.maximum(path.open, path.close) * (1 - 1e-12))[known].all()
    assert (path.low <= np.minimum(path.open, path.close) * (1 + 1e-12))[known].all()
    assert (path.half_spread > 0.0).all()
    result = simulate(path, Periodic([0.5, 0.3, 0.0, 0.1], every=21), initial_cash=1e6)
    reconcile(result.sessions, result.marks, result.daily, result.stream)
    assert result.nav.iloc[-1] != 1e6


@pytest.mark.parametrize("text", KINDS)
def test_a_path_is_that_of_its_number_alone(text):
    alone, among = asked_for(text).paths(MARKET, 7).path(3), paths(text)
    assert among.path(0) is MARKET
    other = among.path(2)
    again = among.path(3)
    for name in ("open", "high", "low", "close", "volume", "half_spread", "cash_rate"):
        assert same(getattr(alone, name), getattr(again, name)), name
        assert same(alone.series["STLFSI"].values, again.series["STLFSI"].values)
    assert not same(alone.close, other.close)
    assert not same(alone.close, asked_for(text).paths(MARKET, 8).path(3).close)


@pytest.mark.parametrize("text", ["bootstrap", *KINDS[:5], "conditional:base=regimes,states=2,at=2002-02-01",
                                  "splice:first=2001-01-02,last=2001-02-01,at=2002-02-01"])  # fmt: skip
def test_nothing_later_is_in_a_path_that_begins_on_a_date(text):
    """History until the session before; another future changes no bit of the rest but the calendar's."""
    begin = 500
    text = f"{text}{',' if ':' in text else ':'}from={MARKET.sessions[begin]}"
    rng = np.random.default_rng(1)

    def after(panel):
        changed = panel.copy()
        changed[begin:] *= rng.uniform(1.5, 3.0, panel[begin:].shape)
        return changed

    series = {name: replace(series, values=np.where(series.dates < MARKET.sessions[begin], series.values, 9.0))
              for name, series in MARKET.series.items()}  # fmt: skip
    panels = {name: after(getattr(MARKET, name)) for name in ("open", "high", "low", "close", "volume", "half_spread")}
    other = replace(MARKET, **panels, cash_rate=after(MARKET.cash_rate), series=series)
    own, changed = asked_for(text).paths(MARKET, 7).path(2), asked_for(text).paths(other, 7).path(2)
    for name in (*panels, "cash_rate"):
        assert same(getattr(own, name), getattr(changed, name)), name
        was = getattr(MARKET, name)[:begin]
        priced = np.isfinite(MARKET.close[:begin]) if was.ndim == 2 else np.ones(begin, np.bool_)
        assert np.allclose(getattr(own, name)[:begin][priced], was[priced], rtol=1e-9, equal_nan=True), name
    for name, series in own.series.items():
        assert same(series.values, changed.series[name].values), name
    assert not np.allclose(own.close[begin:], MARKET.close[begin:], equal_nan=True)


def test_returns_and_volumes_of_a_market_are_those_drawn():
    made = paths("regimes:states=2")
    drawn, _ = made.drawn(4)
    path = made.path(4)
    assert np.allclose(np.diff(total(path), axis=0), drawn.returns[1:], atol=1e-12)
    usual = Bootstrap(MARKET, 7)._usual_notional
    assert np.allclose(np.log(path.notional / usual), drawn.volume, atol=1e-9)
    assert np.allclose(np.log(path.half_spread), drawn.spread)


def test_sessions_of_history_come_back_whole():
    """Drawn as sessions of history, returns, ranges, volumes, spreads, rates and series are those of these sessions."""
    history = History.of(MARKET)
    rng = np.random.default_rng(2)
    rows = np.concatenate([np.arange(100, 400), np.arange(300), np.arange(200, 500)])
    path = Making(history).made(copied(history, rows), rng)
    of = history.rows[rows]
    assert np.allclose(np.diff(total(path), axis=0), history.returns[rows][1:], atol=1e-12)
    priced = np.isfinite(MARKET.close[of])
    for name in ("open", "high", "low"):
        now, was = getattr(path, name) / path.close, getattr(MARKET, name)[of] / MARKET.close[of]
        assert np.allclose(now[priced], was[priced], rtol=1e-12), name
    assert np.allclose(path.half_spread, MARKET.half_spread[of], rtol=1e-12)
    assert same(path.cash_rate, MARKET.cash_rate[of])
    assert np.allclose(
        path.notional / Bootstrap(MARKET, 7)._usual_notional, np.exp(history.volume[rows]), equal_nan=True
    )


def test_rates_and_series_are_borrowed_from_sessions_as_rough():
    history = History.of(MARKET)
    rng = np.random.default_rng(3)
    returns = rng.normal(0.0, 0.02, (800, 4)) * np.where(np.arange(800) % 200 < 100, 1.0, 3.0)[:, None]
    rows = matched_rows(history, returns, np.full(800, -1), rng)
    here, there = roughness(returns, history.scale), roughness(history.returns, history.scale)[rows]
    assert np.corrcoef(here, there)[0, 1] > 0.8
    assert np.mean(np.diff(rows) == 1) > 0.6  # in stretches
    assert matched_rows(history, returns, np.arange(800), rng).tolist() == list(range(800))


def test_dividends_are_part_of_the_total_return():
    close = pd.DataFrame(MARKET.close).ffill().to_numpy()
    dividends = np.zeros(close.shape)
    dividends[40::63] = 0.5
    market = replace(MARKET, close=close, dividends=dividends, splits=np.ones(close.shape), adjustment=None)
    made = asked_for("jumps").paths(market, 7)
    drawn, _ = made.drawn(1)
    path = made.path(1)
    assert np.allclose(np.diff(total(path), axis=0), drawn.returns[1:], atol=1e-12)
    paid = path.dividends / path.close
    assert np.allclose(paid[1:], (dividends / close)[1:], rtol=1e-9)
    assert (path.splits == 1.0).all()


def test_an_index_moves_with_the_assets_of_its_path():
    index = np.exp(np.nan_to_num(total(MARKET)).mean(axis=1))
    series = ExogenousSeries("INDEX", MARKET.sessions, index, ReleaseRule())
    market = replace(MARKET, series={"INDEX": series})
    path = asked_for("jumps").paths(market, 7).path(1)
    now = np.diff(np.log(path.series["INDEX"].values))
    assert np.corrcoef(now, np.diff(total(path).mean(axis=1)))[0, 1] > 0.95


def test_a_fall_is_one_on_every_path():
    """At least 20% in 30 sessions, by the assets named: selected where it happens, else bridged exactly."""
    asked = asked_for("conditional:base=jumps,assets=A+B,move=-0.2,days=30,at=2002-02-01,tries=20")
    made = asked.paths(MARKET, 7)
    begin = int(np.searchsorted(MARKET.sessions, np.datetime64("2002-02-01")))
    falls, bridged = [], []
    for number in range(1, 25):
        drawn, told = made.drawn(number)
        falls.append(drawn.returns[begin : begin + 30, :2].mean(axis=1).sum())
        bridged.append(told["bridged"])
        assert 1 <= told["tries"] <= 20
    falls, bridged = np.array(falls), np.array(bridged)
    assert (falls <= np.log(0.8) + 1e-12).all()
    assert (bridged < 0.0).any()
    assert (bridged == 0.0).any()
    assert falls[bridged < 0.0] == pytest.approx(np.log(0.8))
    path = made.path(1)
    moved = np.diff(total(path), axis=0)[begin - 1 : begin + 29, :2].mean(axis=1).sum()
    assert moved == pytest.approx(falls[0])


def test_a_bridge_moves_assets_by_their_betas():
    rng = np.random.default_rng(4)
    common = rng.normal(0.0, 0.01, (600, 1))
    returns = common * np.array([1.0, 1.0, 2.0, 0.0]) + rng.normal(0.0, 1e-4, (600, 4))
    history = replace(History.of(MARKET), returns=returns, rows=np.arange(600))
    event = Conditional(assets=["A", "B"], move=-0.5, days=10, tries=3).on(history)
    assert event.beta == pytest.approx([1.0, 1.0, 2.0, 0.0], abs=0.01)

    class Still:
        def draw(self, state, sessions, rng):
            return Drawn(np.zeros((sessions, 4)), None, None, np.zeros(sessions, np.int64)), state

    window, _, told = event.drawn(Still(), None, rng)
    assert np.allclose(window.returns.sum(axis=0), np.log(0.5) * event.beta)
    assert told == {"tries": 3, "bridged": pytest.approx(np.log(0.5))}
    assert (window.rows == -1).all()
    up = Conditional(assets=["A"], move=0.1, days=5, tries=1).on(history)
    assert up.drawn(Still(), None, rng)[0].returns[:, 0].sum() == pytest.approx(np.log(1.1))


def test_a_crisis_is_spliced_in_as_it_was():
    made = paths("splice:first=2001-01-02,last=2001-02-01,base=regimes,states=2,at=2002-03-01")
    days = MARKET.sessions
    at = int(np.searchsorted(days, np.datetime64("2002-03-01")))
    crisis = np.flatnonzero((days >= np.datetime64("2001-01-02")) & (days <= np.datetime64("2001-02-01")))
    path = made.path(5)
    now, was = np.diff(total(path), axis=0), np.diff(total(MARKET), axis=0)
    assert np.allclose(now[at - 1 : at - 1 + crisis.size], was[crisis - 1], atol=1e-12)
    assert same(path.cash_rate[at : at + crisis.size], MARKET.cash_rate[crisis])
    assert np.allclose(path.half_spread[at : at + crisis.size], MARKET.half_spread[crisis], rtol=1e-12)
    starts = {int(np.flatnonzero(paths("splice:first=2001-01-02,last=2001-02-01,base=garch").drawn(n)[0].rows >= 0)[0])
              for n in range(1, 8)}  # fmt: skip
    assert len(starts) > 3  # without a day, on one drawn for each path


def test_a_path_goes_on_from_where_a_crisis_left_the_market():
    made = paths("splice:first=2001-01-02,last=2001-02-01,base=garch")
    _, state, _ = made.event.drawn(made.fitted, None, np.random.default_rng(0))
    last = int(np.searchsorted(MARKET.sessions[made.history.rows], np.datetime64("2001-02-01"), side="right")) - 1
    assert same(state[0], made.fitted.variances[last + 1])
    assert same(state[2][0], made.fitted.responses.volume.residuals[last])


@pytest.mark.parametrize("text", ["circular", "regimes:states=2", "garch", "garch:correlation=dcc", "jumps",
                                  "conditional:base=garch", "splice:first=2001-06-01,last=2001-07-02"])  # fmt: skip
def test_a_market_may_be_one_asset_of_closes_or_have_a_young_one(text):
    bare = random_market(9, 600, 1, gaps=0.0)
    bare = replace(bare, open=None, high=None, low=None, volume=None, assumed_adv=1e6)
    path = asked_for(text).paths(bare, 7).path(1)
    assert np.isfinite(path.close).all()
    assert path.volume is None
    assert path.open is None
    close = MARKET.close.copy()
    close[:300, 2] = np.nan
    young = replace(MARKET, close=close)
    path = asked_for(text).paths(young, 7).path(1)
    born = int(np.isfinite(close[:, 2]).argmax())
    assert np.isnan(path.close[:born, 2]).all()
    assert path.close[born, 2] == pytest.approx(close[born, 2])
    assert np.isfinite(path.close[born + 1 :, 2]).mean() > 0.9


def test_blocks_of_a_circular_bootstrap_have_one_length():
    made = asked_for("circular:block=21").paths(MARKET, 7)
    sources = made.sources
    place = np.searchsorted(sources, made.rows(1))[: sources.size]  # as many as are drawn at a time
    breaks = np.flatnonzero((np.diff(place) % sources.size) != 1) + 1
    assert (breaks % 21 == 0).sum() == breaks.size
    assert breaks.size > 30


def test_parts_of_what_is_drawn_join():
    history = History.of(MARKET)
    whole = copied(history, np.arange(50))
    again = joined([whole.part(0, 20), whole.part(20, 50)])
    assert same(again.returns, whole.returns)
    assert same(again.rows, whole.rows)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("regimess", "--generator: no generator 'regimess'; did you mean 'regimes'?"),
        ("regimes:states", "--generator 'regimes:states': write KIND:key=value,key=value"),
        ("regimes:states=2,states=3", "--generator 'regimes:states=2,states=3': states is stated twice"),
        ("regimes:states=5", "--generator regimes: states must be at most 4, not 5"),
        ("regimes:from=soon", "--generator regimes.from: must be a date, not 'soon'"),
        ("conditional:base=splice", "--generator conditional: base: 'splice' stands on another itself; name that one"),
        ("conditional:move=0", "--generator conditional: move must not be 0; leave the condition out"),
        ("conditional:moves=1", "--generator conditional: unknown key 'moves'; did you mean 'move'?"),
        ("splice", "--generator splice: say which crisis, or both its first and last day"),
        ("splice:crisis=euro", "--generator splice: no crisis 'euro'; "),
        (
            "splice:first=2001-02-01,last=2001-01-02",
            "--generator splice: last, 2001-01-02, is before first, 2001-02-01; swap them",
        ),
    ],
)
def test_what_cannot_be_read_is_named(text, says):
    with pytest.raises((ScenarioError, ParameterError)) as caught:
        asked_for(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_blocks_are_those_of_bootstraps():
    assert asked_for("circular", 21).generator.block == 21
    assert asked_for("circular:block=5", 21).generator.block == 5
    assert asked_for("conditional", 21).generator.block == 21
    with pytest.raises(ScenarioError, match="--block is the length of blocks, and this has none; leave it out"):
        asked_for("jumps", 21)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("regimes:from=1999-01-01", "the sessions of the market are those from 2000-01-03 to"),
        ("regimes:from=2000-05-01", "before 2000-05-01, on which the paths begin"),
        ("bootstrap:from=2000-05-01", "paths need 252 sessions on which every asset was listed"),
        ("conditional:at=1999-01-01,days=1000", "1000 sessions from 2000-01-03 do not lie between"),
        ("conditional:assets=X", "--generator conditional: no asset 'X'; "),
        ("splice:crisis=financial-crisis-2008", "financial-crisis-2008 lasted from 2008-09-12 to 2008-11-20"),
        ("splice:first=2000-01-08,last=2000-01-09", "there is no session from 2000-01-08 to 2000-01-09"),
    ],
)
def test_what_cannot_be_drawn_from_a_market_is_named(text, says):
    with pytest.raises((ScenarioError, ParameterError, DataError)) as caught:
        asked_for(text).paths(MARKET, 7)
    assert says in str(caught.value)


def test_a_day_may_be_one_without_a_session():
    assert Splice(first=date(2001, 1, 1), last=date(2001, 2, 3)).on(History.of(MARKET)).sessions > 20


def test_what_lasts_of_residuals_and_the_root_of_their_covariance_by_hand():
    assert _lasting(np.array([2.0, 1.0, np.nan, 4.0, 2.0])) == (2.0 + 8.0) / (4.0 + 16.0)
    assert _lasting(np.array([2.0, -1.0])) == _lasting(np.array([0.0, 1.0])) == _lasting(np.array([1.0])) == 0.0
    assert _root(np.array([[1.0, 2.0], [3.0, 8.0]])).tolist() == [[1.0, 0.0], [0.0, 3.0]]
    assert _root(np.array([[1.0, 2.0]])).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    rows = np.random.default_rng(1).normal(size=(9, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    root = _root(rows)
    np.testing.assert_allclose(root @ root.T, np.cov(rows.T), rtol=1e-12)


def test_what_is_compared_with_history_begins_as_it_does_and_has_its_event_anywhere():
    told = SimpleNamespace(
        seed=1,
        fitted=SimpleNamespace(start=lambda rng: "start"),
        history=SimpleNamespace(rows=np.arange(30)),
        _told=lambda state, sessions, where, rng: (state, sessions, where),
    )
    assert Generated.like_history(told, 4) == ("start", 30, (0, None))
