"""Bootstrapped paths: whole sessions of history, in an order that depends on the seed and the path alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.paths import Bootstrap
from scenarios.paths.draw import draw_rows, path_rng
from simulator import DataError, ExogenousSeries, MarketData, ParameterError
from simulator.features import Features
from tests.support import random_market, same

MARKET = replace(
    random_market(5, 900, 4, series=True),
    cash_rate=np.linspace(0.01, 0.05, 900),
    half_spread=np.random.default_rng(0).uniform(1e-4, 1e-3, (900, 4)),
)


def panels(market):
    return {name: getattr(market, name) for name in ("open", "high", "low", "close", "volume", "half_spread")}


def carried_returns(market):
    return (pd.DataFrame(market.close).ffill().pct_change(fill_method=None)).to_numpy()


def test_a_session_stays_whole():
    """Returns, ranges, spreads and the rate of session t are all those of the same session of history."""
    paths = Bootstrap(MARKET, 7)
    rows, path = paths.rows(1), paths.path(1)
    returns, was = carried_returns(path), carried_returns(MARKET)
    assert np.allclose(returns[1:], was[rows[1:]], rtol=0, atol=1e-12)
    assert same(np.isnan(path.close[1:]), np.isnan(MARKET.close[rows[1:]]))
    for name in ("open", "high", "low"):
        ratio, before = getattr(path, name) / path.close, getattr(MARKET, name) / MARKET.close
        assert np.allclose(ratio[1:], before[rows[1:]], rtol=1e-12, atol=0, equal_nan=True), name
    assert same(path.half_spread, MARKET.half_spread[rows])
    assert same(path.cash_rate, MARKET.cash_rate[rows])
    assert path.sessions is MARKET.sessions or same(path.sessions, MARKET.sessions)


@pytest.mark.parametrize("begin", [None, 870])
def test_a_path_of_a_stated_length_is_the_end_of_a_whole_one_to_the_bit(begin):
    """Gaps, births, a delisting, dividends and splits among its sessions, before them and across their first."""
    close, days = MARKET.close.copy(), MARKET.sessions
    close[:450, 1] = np.nan  # born before paths begin to be made
    close[:520, 2] = np.nan  # and after
    close[480:510, 0] = np.nan
    dividends, splits = np.zeros(close.shape), np.ones(close.shape)
    dividends[::63], splits[650, 3] = 0.2, 2.0
    gone = {MARKET.assets[3]: (days[890], 0.5)}
    market = replace(MARKET, close=close, dividends=dividends, splits=splits, delistings=gone)
    whole, short = Bootstrap(market, 7, begin=begin), Bootstrap(market, 7, begin=begin, sessions=400)
    for number in (1, 2):
        end, path = whole.path(number).between(500, 900), short.path(number)
        assert path.shape == (400, 4)
        assert np.isnan(path.close[:, [0, 2, 3]]).any(axis=0).all()  # a gap, a birth, a delisting
        assert path.fingerprint() == end.fingerprint()


def test_the_cross_section_keeps_its_correlation():
    rng = np.random.default_rng(1)
    common = rng.normal(0, 0.01, (1500, 1))
    close = pd.DataFrame(100 * np.exp((common + rng.normal(0, 0.002, (1500, 3))).cumsum(axis=0)))
    close.index = pd.bdate_range("2010-01-04", periods=1500)
    market = MarketData.from_frames(close.rename(columns=str))
    before = np.corrcoef(carried_returns(market)[1:].T)
    after = np.corrcoef(carried_returns(Bootstrap(market, 0).path(4))[1:].T)
    assert before[0, 1] > 0.9
    assert np.abs(before - after).max() < 0.02


def test_volume_is_relative_to_the_usual_one_of_its_date():
    """A hundred times the volume in the second half stays so on a path; a silent day is silent wherever it lands."""
    grown = replace(MARKET, volume=MARKET.volume * np.where(np.arange(900) < 450, 1.0, 100.0)[:, None])
    path = Bootstrap(grown, 7).path(1)
    early, late = np.nanmedian(path.notional[100:400]), np.nanmedian(path.notional[750:])
    was = np.nanmedian(grown.notional[100:400]), np.nanmedian(grown.notional[750:])
    assert late / early == pytest.approx(was[1] / was[0], rel=0.5)
    assert same(path.tradable[1:], grown.tradable[Bootstrap(grown, 7).rows(1)[1:]])


def test_path_0_is_history_and_paths_differ():
    paths = Bootstrap(MARKET, 7)
    assert paths.path(0) is MARKET
    assert not same(paths.rows(1), paths.rows(2))
    assert not same(paths.rows(1), Bootstrap(MARKET, 8).rows(1))


def test_a_path_does_not_depend_on_the_others():
    alone = Bootstrap(MARKET, 7).path(3)
    among = Bootstrap(MARKET, 7)
    for number in (5, 1, 2, 4):
        among.path(number)
    assert all(same(panel, panels(alone)[name]) for name, panel in panels(among.path(3)).items())
    assert path_rng(7, 3).random() == np.random.default_rng(np.random.SeedSequence(7, spawn_key=(0x9A7B, 3))).random()


def test_blocks_are_as_long_as_stated():
    sources = np.arange(5, 1000)
    rows = draw_rows(sources, 200_000, 21, path_rng(0, 1))
    assert (rows.min(), rows.max(), rows.size) == (5, 999, 200_000)
    breaks = (np.diff(rows) != 1) & ~((rows[:-1] == 999) & (rows[1:] == 5))
    assert 200_000 / breaks.sum() == pytest.approx(21, rel=0.05)
    assert np.abs(np.bincount(rows)[5:] / 200_000 * sources.size - 1.0).max() < 0.6


def test_assets_are_born_when_they_were():
    close = MARKET.close.copy()
    close[:300, 2] = np.nan
    young = replace(MARKET, close=close)
    paths = Bootstrap(young, 7)
    born = int(np.isfinite(close[:, 2]).argmax())
    assert paths.sources.min() > born
    path = paths.path(1)
    assert np.isnan(path.close[:born, 2]).all()
    assert path.close[born, 2] == close[born, 2]
    assert np.isfinite(path.close[:born, 0]).mean() > 0.9


def test_dividends_and_splits_come_with_their_session():
    """The total return of every session on a path is that of the session it was drawn from."""
    dividends, splits, close = np.zeros((900, 4)), np.ones((900, 4)), MARKET.close.copy()
    dividends[50::63] = 0.8
    splits[400, 1] = 2.0
    close[400:, 1] /= 2.0
    whole = pd.DataFrame(close).ffill().to_numpy()
    market = replace(MARKET, close=whole, dividends=dividends, splits=splits)
    paths = Bootstrap(market, 7)
    rows, path = paths.rows(2), paths.path(2)
    total, was = path.total_return(), market.total_return()
    assert np.allclose(total[1:] / total[:-1], (was[1:] / was[:-1])[rows[1:] - 1], rtol=1e-12)
    assert (path.splits != 1.0).sum() == (rows[1:] == 400).sum()


def test_a_dividend_of_a_session_without_a_price_comes_with_it():
    """Drawn with its session, at the yield on the price before, and reinvested on the path's next price."""
    close, dividends = pd.DataFrame(MARKET.close).ffill().to_numpy().copy(), np.zeros((900, 4))
    close[100:800:7, 1] = np.nan
    dividends[100:800:7, 1] = 0.5
    market = replace(MARKET, close=close, dividends=dividends)
    paths = Bootstrap(market, 7)
    rows, path = paths.rows(1), paths.path(1)
    drawn = np.flatnonzero(dividends[rows[1:], 1]) + 1
    assert drawn.size > 20
    assert np.isnan(path.close[drawn, 1]).all()
    before = pd.DataFrame(close).ffill().to_numpy()[rows[drawn] - 1, 1]
    now = pd.DataFrame(path.close).ffill().to_numpy()[drawn, 1]
    assert path.dividends[drawn, 1] == pytest.approx(0.5 * now / before)
    assert path.growth_factor[-1, 1] > 1.0 + 0.003 * drawn.size


def test_series_keep_their_values_and_their_age():
    paths = Bootstrap(MARKET, 7)
    rows, path = paths.rows(1), paths.path(1)
    weekly, was = (Features(world).series("STLFSI").to_numpy() for world in (path, MARKET))
    later = np.arange(900) > 20
    assert np.mean(weekly[later] == was[rows][later]) > 0.98
    shown = ~np.isnan(path.series["STLFSI"].values)
    assert shown.mean() < 0.35  # weekly, and where blocks begin
    assert all(str(series.rule) == "close" for series in path.series.values())


def test_an_index_is_chained_and_a_spread_is_not():
    rng = np.random.default_rng(2)
    index = np.exp(np.cumsum(rng.normal(0.0005, 0.01, 3000)))
    spread = 20 * np.exp(np.convolve(rng.normal(0, 0.1, 3100), 0.95 ** np.arange(101), "valid")) / index**3
    sessions = pd.bdate_range("2000-01-03", periods=3000)
    close = pd.DataFrame({"A": index}, sessions)
    series = {
        "INDEX": ExogenousSeries.from_pandas(pd.Series(index, sessions), "close", "INDEX"),
        "SPREAD": ExogenousSeries.from_pandas(pd.Series(spread, sessions), "close", "SPREAD"),
    }
    paths = Bootstrap(MarketData.from_frames(close, series=series), 1)
    path, rows = paths.path(1), paths.rows(1)
    drawn = path.series["INDEX"].values
    assert np.allclose(drawn / drawn[0], path.close[:, 0] / path.close[0, 0], rtol=1e-9)
    assert same(path.series["SPREAD"].values, spread[rows])
    assert "INDEX" in paths.notes()[1]
    assert "SPREAD" in paths.notes()[2]


def test_an_ended_series_ends_on_paths():
    one = MARKET.series["VIX"]
    ended = replace(MARKET, series={"VIX": replace(one, dates=one.dates[:300], values=one.values[:300])})
    paths = Bootstrap(ended, 7)
    rows, values = paths.rows(1), paths.path(1).series["VIX"].values
    assert np.isnan(values[rows >= 400]).all()
    assert np.isfinite(values[rows < 300]).all()


def test_what_cannot_be_drawn_from_is_refused():
    with pytest.raises(DataError, match="252 sessions on which every asset was listed; this market has 99"):
        Bootstrap(random_market(1, 100, 2, gaps=0.0), 0)
    with pytest.raises(ParameterError, match="mean block"):
        Bootstrap(MARKET, 0, 0)
