"""What the checks perturb: everything after a session, nothing up to it, and the market stays one."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Features
from simulator.testing import cuts, made_markets, poison_after, truncate
from simulator.testing.perturb import renamed, reordered, same

MARKETS = made_markets(320, series={"MINE": "days:6"})
PANELS = (
    *("open", "high", "low", "close", "volume", "depth", "adjustment", "half_spread", "spread_scale"),
    *("dividends", "splits", "halted", "cash_rate", "assumed_adv"),
)


def cases():
    for name, market in MARKETS.items():
        for t in cuts(market, 6, np.random.default_rng(5)):
            yield pytest.param(market, t, id=f"{name}-{t}")


@pytest.mark.parametrize(("market", "t"), [*cases()])
def test_everything_after_a_session_changes_and_nothing_before(market, t):
    cut, other = truncate(market, t), poison_after(market, t, np.random.default_rng(t))
    assert cut.sessions.size == t + 1
    assert same(other.sessions, market.sessions)
    for name in PANELS:
        panel = getattr(market, name)
        if panel is None:
            assert getattr(other, name) is None
            continue
        assert same(getattr(cut, name), panel[: t + 1])
        assert same(getattr(other, name)[: t + 1], panel[: t + 1])
        assert not same(getattr(other, name)[t + 1 :], panel[t + 1 :]), name
    for changed in (cut, other):
        assert same(changed.alive[: t + 1], market.alive[: t + 1])
        assert same(changed.tradable[: t + 1], market.tradable[: t + 1])
        ours, theirs = Features(market).series("MINE"), Features(changed).series("MINE")
        assert same(ours[: t + 1], theirs[: t + 1])
    late = market.series["MINE"].known_at > market.sessions[t]
    assert late.any()
    assert (other.series["MINE"].values[late] != market.series["MINE"].values[late]).all()
    assert cut.series["MINE"].values.size == (~late).sum()


@pytest.mark.parametrize("name", MARKETS)
def test_another_future_is_a_market_still(name):
    market = MARKETS[name]
    for seed in range(5):
        other = poison_after(market, 100, np.random.default_rng(seed), keep_next_open=seed % 2 == 0)
        assert not (other.close <= 0.0).any()
        for field in ("open", "close"):
            if market.high is None:
                continue
            panel = getattr(other, field)
            assert not (panel > other.high).any()
            assert not (panel < other.low).any()


def test_an_open_may_be_kept():
    market, rng = MARKETS["plain"], np.random.default_rng(0)
    kept = poison_after(market, 100, rng, keep_next_open=True)
    assert same(kept.open[:102], market.open[:102])
    assert not same(kept.open[102:], market.open[102:])
    assert not same(kept.close[101], market.close[101])


def test_delistings_are_known_on_their_day_only():
    market = MARKETS["born and delisted"]
    gone = int(np.searchsorted(market.sessions, market.delistings["E"].date))
    assert truncate(market, gone - 1).delistings == {}
    assert truncate(market, gone).delistings == market.delistings
    futures = [poison_after(market, gone - 1, np.random.default_rng(seed)).delistings for seed in range(9)]
    assert any(future.get("E") != market.delistings["E"] for future in futures)
    assert any(set(future) - {"E"} for future in futures)
    later = [poison_after(market, gone, np.random.default_rng(seed)).delistings for seed in range(9)]
    assert all(delistings["E"] == market.delistings["E"] for delistings in later)


def test_cuts_fall_where_leaks_show():
    market = MARKETS["gaps"]
    for seed in range(5):
        found = cuts(market, 6, np.random.default_rng(seed))
        assert len(found) == len(set(found)) == 6
        months = market.sessions.astype("datetime64[M]")
        years = market.sessions.astype("datetime64[Y]")
        assert any(years[t] != years[t + 1] for t in found)
        assert any(months[t] != months[t + 1] and years[t] == years[t + 1] for t in found)
        assert any(np.isnan(market.close[t]).any() for t in found)
    assert 105 in cuts(MARKETS["born and delisted"], 6, np.random.default_rng(0))
    assert min(cuts(MARKETS["flat"], 6, np.random.default_rng(0), first=200)) >= 200


def test_assets_in_another_order_and_under_other_names():
    market = MARKETS["born and delisted"]
    back = reordered(reordered(market, np.array([4, 2, 0, 1, 3])), np.array([2, 3, 1, 4, 0]))
    assert back.fingerprint() == market.fingerprint()
    other = renamed(market, ("V", "W", "X", "Y", "Z"))
    assert other.delistings == {"Z": market.delistings["E"]}
    assert same(other.alive, market.alive)


def test_made_markets_are_the_same_every_time():
    again = made_markets(320, series={"MINE": "days:6"})
    assert {name: made.fingerprint() for name, made in again.items()} == {
        name: market.fingerprint() for name, market in MARKETS.items()
    }
    assert made_markets(320, seed=1)["plain"].fingerprint() != MARKETS["plain"].fingerprint()
