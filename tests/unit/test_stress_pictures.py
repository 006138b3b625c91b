"""What a stress test draws of its shocks: the multiples that were worked by hand, and nothing where nothing moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from scenarios.shocks import World
from scenarios.stress.pictures import pictures
from simulator import MarketData

DAYS = pd.bdate_range("2024-01-01", periods=6)
CLOSE = pd.DataFrame({"A": [10.0] * 6, "B": [20.0] * 6}, DAYS)
MARKET = MarketData.from_frames(CLOSE, volume=CLOSE * 100.0)
HALF = np.where(np.arange(6)[:, None] >= 3, 0.5, 1.0)


def seen(market=MARKET, observed=None, before=MARKET, first=1, stop=6):
    """Values of every line, by picture and line."""
    after = World(market, market if observed is None else observed)
    found = pictures(World(before, before), after, first, stop)
    return {picture.title: {trace.name: trace.values.tolist() for trace in picture.traces} for picture in found}


def test_nothing_moves_and_nothing_is_drawn():
    assert seen() == {}


def test_what_moves_is_a_multiple_of_what_was_and_assets_alike_share_a_line():
    line = {"all assets": [1.0, 1.0, 0.5, 0.5, 0.5]}
    assert seen(replace(MARKET, depth=np.broadcast_to(HALF, (6, 2)).copy())) == {"Depth": line}
    assert seen(replace(MARKET, volume=MARKET.volume * HALF)) == {"Volumes": line}
    assert seen(replace(MARKET, spread_scale=np.broadcast_to(HALF, (6, 2)).copy())) == {"Spreads": line}


def test_depth_that_is_stated_is_what_shocks_are_relative_to():
    stated = replace(MARKET, depth=np.full((6, 2), 0.4))
    deeper = replace(MARKET, depth=np.full((6, 2), 0.1))
    assert seen(deeper, before=stated) == {"Depth": {"all assets": [0.25] * 5}}


def test_assets_that_differ_have_lines_of_their_own_and_one_asset_its_name():
    only = MARKET.volume.copy()
    only[3:, 1] *= 2.0
    assert seen(replace(MARKET, volume=only)) == {"Volumes": {"A": [1.0] * 5, "B": [1.0, 1.0, 2.0, 2.0, 2.0]}}
    alone = MarketData.from_frames(CLOSE[["A"]], volume=CLOSE[["A"]] * 100.0)
    halved = replace(alone, volume=alone.volume * HALF)
    assert seen(halved, before=alone) == {"Volumes": {"A": [1.0, 1.0, 0.5, 0.5, 0.5]}}


def test_ranges_are_compared_in_logs():
    wide = MarketData.from_frames(CLOSE, high=CLOSE * 1.1, low=CLOSE / 1.1, volume=CLOSE)
    wider = MarketData.from_frames(CLOSE, high=CLOSE * 1.21, low=CLOSE / 1.21, volume=CLOSE)
    found = seen(wider, before=wide)["Ranges"]["all assets"]
    np.testing.assert_allclose(found, 2.0)


def test_what_is_seen_is_over_what_is_and_nothing_where_it_is_missing():
    close = MARKET.close.copy()
    close[2] = np.nan
    close[4] *= 10.0  # a unit wrong
    found = seen(observed=replace(MARKET, close=close))
    assert found == {"What is seen (0: nothing)": {"all assets": [1.0, 0.0, 1.0, 10.0, 1.0]}}
    assert seen(observed=replace(MARKET, close=close), first=5) == {}  # by then it is seen as it is
