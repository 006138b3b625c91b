"""Rolling and expanding statistics: by hand, against pandas to the bit, and the same day whatever follows it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.core.carry import carried
from simulator.features import past_percentile, past_quantile
from simulator.features.reduce import row_mean, row_std, row_sum
from simulator.features.windows import (
    rolling_highest,
    rolling_mean,
    rolling_median,
    rolling_std,
    rolling_sum,
    rolling_variance,
    shifted,
)

ROLLING = {
    "mean": rolling_mean,
    "sum": rolling_sum,
    "var": rolling_variance,
    "std": rolling_std,
    "median": rolling_median,
}


def columns(kind: str) -> np.ndarray:
    """(400, 4) values: gaps, ties, scales that differ a millionfold, a column that starts late and one that rests."""
    rng = np.random.default_rng(11)
    values = rng.normal(0.0003, 0.01, (400, 4)).cumsum(axis=0) if kind == "walk" else np.exp(rng.normal(0, 3, (400, 4)))
    values[rng.random((400, 4)) < 0.08] = np.nan
    values[:120, 1] = np.nan
    values[150:260, 2] = 1.5
    values[:, 3] = np.round(values[:, 3], 1)
    values[300, 0] = np.inf
    return values


def test_by_hand():
    values = np.array([4.0, np.nan, 1.0, 3.0, 8.0])
    nan = np.nan
    np.testing.assert_array_equal(rolling_sum(values, 3, 2), [nan, nan, 5.0, 4.0, 12.0])
    np.testing.assert_array_equal(rolling_mean(values, 3, 2), [nan, nan, 2.5, 2.0, 4.0])
    np.testing.assert_array_equal(rolling_median(values, 3, 2), [nan, nan, 2.5, 2.0, 3.0])
    np.testing.assert_array_equal(rolling_highest(values, 2), [4.0, 4.0, 1.0, 3.0, 8.0])
    np.testing.assert_allclose(rolling_variance(values, 3, 2), [nan, nan, 4.5, 2.0, 13.0], rtol=1e-15)
    np.testing.assert_array_equal(past_percentile(values, 2), [nan, nan, 1 / 2, 2 / 3, 1.0])
    np.testing.assert_array_equal(past_quantile(values, 0.5, 2), [nan, nan, nan, 2.5, 3.0])
    np.testing.assert_array_equal(shifted(values, 2), [nan, nan, 4.0, nan, 1.0])
    np.testing.assert_array_equal(row_mean(np.array([[1.0, nan, 2.0], [nan, nan, nan]])), [1.5, nan])


@pytest.mark.parametrize("kind", ["walk", "scales"])
@pytest.mark.parametrize(("window", "least"), [(2, 1), (5, 4), (21, 21), (63, 21), (252, 126)])
def test_they_are_those_of_pandas_to_the_bit(kind, window, least):
    values = columns(kind)
    rolling = pd.DataFrame(values).rolling(window, min_periods=least)
    for name, function in ROLLING.items():
        expected = getattr(rolling, name)().to_numpy()
        np.testing.assert_array_equal(function(values, window, least), expected, err_msg=name)
        np.testing.assert_array_equal(function(values[:, 0], window, least), expected[:, 0], err_msg=f"{name} of one")


@pytest.mark.parametrize("window", [1, 5, 252])
def test_so_is_the_highest_of_a_window(window):
    values = columns("walk")
    expected = pd.DataFrame(values).rolling(window, min_periods=1).max().to_numpy()
    np.testing.assert_array_equal(rolling_highest(values, window), expected)
    deep = values.reshape(len(values), 2, 2)
    np.testing.assert_array_equal(rolling_highest(deep, window).reshape(values.shape), expected)


@pytest.mark.parametrize("kind", ["walk", "scales"])
@pytest.mark.parametrize("least", [1, 252])
def test_so_are_those_of_all_of_the_past(kind, least):
    for values in columns(kind).T:
        past = pd.Series(values).expanding(min_periods=least)
        np.testing.assert_array_equal(past_percentile(values, least), past.rank(method="max", pct=True).to_numpy())
        for share in (0.0, 0.15, 0.9, 1.0):
            expected = past.quantile(share).shift(1).to_numpy()
            np.testing.assert_array_equal(past_quantile(values, share, least), expected, err_msg=str(share))


def test_what_follows_changes_no_day():
    values = columns("scales")
    other = values.copy()
    other[200:] = -1e9
    for name, function in ROLLING.items():
        np.testing.assert_array_equal(function(values, 21, 10)[:200], function(other, 21, 10)[:200], err_msg=name)
        np.testing.assert_array_equal(function(values[:200], 21, 10), function(values, 21, 10)[:200], err_msg=name)
    for function in (past_percentile, lambda column, least: past_quantile(column, 0.95, least)):
        np.testing.assert_array_equal(function(values[:, 0], 50)[:200], function(other[:, 0], 50)[:200])


def test_gaps_are_filled_with_what_was_before_and_nothing_else_is():
    nan = np.nan
    values = np.array([[nan, 1.0], [2.0, nan], [nan, nan], [3.0, 4.0], [nan, 5.0]])
    np.testing.assert_array_equal(carried(values), [[nan, 1.0], [2.0, 1.0], [2.0, 1.0], [3.0, 4.0], [3.0, 5.0]])
    np.testing.assert_array_equal(carried(values[:, 0]), [nan, 2.0, 2.0, 3.0, 3.0])
    late = np.array([[nan, 1.0], [nan, 2.0], [1.0, 3.0]])
    assert carried(late) is late
    for kind in ("walk", "scales"):
        np.testing.assert_array_equal(carried(columns(kind)), pd.DataFrame(columns(kind)).ffill().to_numpy())


@pytest.mark.parametrize("order", ["C", "F"])
def test_figures_over_assets_are_those_of_pandas_to_the_bit(order):
    rng = np.random.default_rng(3)
    for assets in (1, 2, 7, 10, 33, 150):
        values = np.asarray(rng.normal(size=(50, assets)), order=order)
        values[rng.random(values.shape) < 0.2] = np.nan
        frame = pd.DataFrame(values)
        np.testing.assert_array_equal(row_mean(values), frame.mean(axis=1).to_numpy())
        np.testing.assert_array_equal(row_sum(values), frame.sum(axis=1, min_count=1).to_numpy())
        np.testing.assert_array_equal(row_std(values), frame.std(axis=1).to_numpy())


def test_a_market_shorter_than_the_window_is_unknown():
    for name, function in ROLLING.items():
        assert np.isnan(function(np.array([1.0, 2.0]), 5)).all(), name


def test_many_columns_are_those_of_each_whoever_makes_them(monkeypatch):
    values = np.hstack([columns("walk"), columns("scales")] * 5)[:, :37]  # three blocks, the last one partly filled
    alone = {name: function(values, 21, 10) for name, function in ROLLING.items()}
    monkeypatch.setattr("simulator.features.windows._WIDE", 0)
    for name, function in ROLLING.items():
        np.testing.assert_array_equal(function(values, 21, 10), alone[name], err_msg=name)
        np.testing.assert_array_equal(function(values[:, 0], 21, 10), alone[name][:, 0], err_msg=name)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    np.testing.assert_array_equal(rolling_median(values, 21, 10), alone["median"])
