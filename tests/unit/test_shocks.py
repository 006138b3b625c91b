"""Shocks change what they say, from the day they say, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.shocks import PriceGap, SpreadWidening, VolatilityMultiplier, VolumeCollapse, apply_shocks
from simulator import AlmgrenChriss, DataError, MarketData, ParameterError, simulate
from simulator.features import log_returns
from strategies import Periodic
from tests.support import closes, equal, random_market, same

MARKET = random_market(1, sessions=120, gaps=0.0, silent=0.0, series=True)
START, T0 = "2000-03-01", int(np.searchsorted(MARKET.sessions, np.datetime64("2000-03-01")))
ALL = {
    "gap": PriceGap(start=START, size=-0.2),
    "gap recovered": PriceGap(start=START, size=-0.2, days=10),
    "volatility": VolatilityMultiplier(start=START, days=20, multiplier=3.0),
    "volume": VolumeCollapse(start=START, days=20, remaining=0.1),
    "spread": SpreadWidening(start=START, days=20, multiplier=4.0),
}
PANELS = ("open", "high", "low", "close", "volume")


def shocked(*shocks, market=MARKET, seed=0):
    return apply_shocks(market, shocks, seed).market


@pytest.mark.parametrize("name", ALL)
def test_nothing_changes_before_the_first_day(name):
    after = shocked(ALL[name])
    for panel in PANELS:
        assert same(getattr(after, panel)[:T0], getattr(MARKET, panel)[:T0])
    assert after.fingerprint() != MARKET.fingerprint()


@pytest.mark.parametrize("name", ALL)
def test_severity_zero_changes_nothing_to_the_bit(name):
    from dataclasses import replace

    assert shocked(replace(ALL[name], severity=0.0, dispersion=0.5)).fingerprint() == MARKET.fingerprint()


@pytest.mark.parametrize("name", ALL)
def test_a_shock_is_the_same_every_time_and_seeded(name):
    from dataclasses import replace

    noisy = replace(ALL[name], dispersion=0.3)
    assert shocked(noisy, seed=1).fingerprint() == shocked(noisy, seed=1).fingerprint()
    assert shocked(noisy, seed=1).fingerprint() != shocked(noisy, seed=2).fingerprint()


def test_severity_scales_in_logs():
    for severity in (0.5, 1.0, 2.0):
        gap = shocked(PriceGap(start=START, size=-0.2, severity=severity))
        assert np.allclose(gap.close[T0:] / MARKET.close[T0:], 0.8**severity)
        volume = shocked(VolumeCollapse(start=START, remaining=0.1, severity=severity))
        assert np.allclose(volume.volume[T0:] / MARKET.volume[T0:], 0.1**severity)


def test_a_gap_recovers_in_equal_log_steps():
    ratio = np.log(shocked(ALL["gap recovered"]).close / MARKET.close)[:, 0]
    assert np.allclose(ratio[T0 : T0 + 10], np.log(0.8) * (1.0 - np.arange(10) / 10))
    assert np.allclose(ratio[T0 + 10 :], 0.0)


def test_volatility_multiplies_returns_and_ranges_and_then_leaves_returns_alone():
    after = shocked(ALL["volatility"])
    before, now = log_returns(MARKET.close), log_returns(after.close)
    assert np.allclose(now[T0 : T0 + 20], 3.0 * before[T0 : T0 + 20])
    assert np.allclose(now[T0 + 20 :], before[T0 + 20 :])
    ranges = np.log(after.high / after.low)[T0 : T0 + 20]
    assert np.allclose(ranges, 3.0 * np.log(MARKET.high / MARKET.low)[T0 : T0 + 20])
    assert (after.high >= np.maximum(after.open, after.close) - 1e-9).all()


def test_only_the_named_assets_are_hit():
    after = shocked(PriceGap(start=START, size=-0.2, assets=["B"]))
    assert same(after.close[:, [0, 2, 3, 4]], MARKET.close[:, [0, 2, 3, 4]])
    assert not same(after.close[:, 1], MARKET.close[:, 1])


def test_spreads_widen_whoever_states_them():
    policy, costs = Periodic(equal(5), every=5), AlmgrenChriss(half_spread_bps=10, eta=0, gamma=0)
    calm = simulate(MARKET, policy, costs=costs).costs["spread"]
    wide = simulate(shocked(ALL["spread"]), policy, costs=costs).costs["spread"]
    quoted = MarketData.from_frames(closes(MARKET), half_spread=closes(MARKET) * 0 + 0.001)
    quoted_wide = simulate(shocked(ALL["spread"], market=quoted), policy, costs=costs).costs["spread"]
    day = int(np.flatnonzero((calm.to_numpy() > 0) & (np.arange(120) > T0))[0])
    assert wide.iloc[day] / calm.iloc[day] == pytest.approx(4.0, rel=0.02)
    assert quoted_wide.iloc[day] == pytest.approx(wide.iloc[day], rel=0.05)


def test_assumed_volume_collapses_too():
    assumed = MarketData.from_frames(closes(MARKET), assumed_adv=1e6)
    after = shocked(ALL["volume"], market=assumed)
    assert after.volume is None
    assert after.notional[T0, 0] == pytest.approx(1e5)
    assert after.notional[T0 - 1, 0] == 1e6
    with pytest.raises(DataError, match="state assumed_adv"):
        shocked(ALL["volume"], market=MarketData.from_frames(closes(MARKET)))


def test_named_series_move_and_the_others_do_not():
    after = shocked(VolumeCollapse(start=START, days=20, series={"VIX": 2.0}))
    before = MARKET.series["VIX"]
    within = (before.dates >= np.datetime64(START)) & (before.dates <= MARKET.sessions[T0 + 19])
    assert np.allclose(after.series["VIX"].values[within], 2.0 * before.values[within])
    assert same(after.series["VIX"].values[~within], before.values[~within])
    assert after.series["STLFSI"] is MARKET.series["STLFSI"]


def test_shocks_combine():
    both = shocked(ALL["gap"], ALL["volume"])
    assert same(both.volume, shocked(ALL["volume"]).volume)
    assert same(both.close, shocked(ALL["gap"]).close)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PriceGap(start=START, size=-1.0), "size must be above -1"),
        (lambda: PriceGap(start=START, end="2000-02-01"), "before it starts"),
        (lambda: PriceGap(start=START, end="2000-04-01", days=3), "either to"),
        (lambda: PriceGap(start=START, days=0), "days must be at least 1"),
        (lambda: PriceGap(start="soon").first_day, "'soon' is no date"),
        (lambda: VolumeCollapse(start=START, remaining=0.0), "remaining must lie in"),
        (lambda: SpreadWidening(start=START, severity=-1.0), "severity must be zero or more"),
        (lambda: shocked(PriceGap(start="2040-01-01")), "the market runs from"),
        (lambda: shocked(PriceGap(start=START, assets=["Z"])), "no asset 'Z'"),
        (lambda: shocked(PriceGap(start=START, series={"Z": 2.0})), "no series 'Z'"),
    ],
)
def test_bad_shocks_are_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
