"""Corrections for judging several things at once, by hand and against arch."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.metrics import holm, step_down


def test_holm_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1.0, 1.0])
    assert holm(np.array([0.02])) == pytest.approx([0.02])


def test_stepping_down_by_hand():
    """Two differences over four histories: deviations (in spreads) 2, 0, 0, -2 and 0, 1, -1, 0."""
    first, second = np.array([2.0, 0.0, 0.0, -2.0]), np.array([0.0, 1.0, -1.0, 0.0])
    first, second = first / first.std(ddof=1), second / second.std(ddof=1)
    values = np.array([1.0, 0.9])
    drawn = values + np.column_stack([first, second])
    # The larger against the luckiest of both: 1.22, 1.22, 0, 0 -> two of four reach 1; the other against its own: one.
    assert step_down(values, drawn) == pytest.approx([3 / 5, 3 / 5])
    assert step_down(values[1:], drawn[:, 1:]) == pytest.approx([2 / 5])


def test_what_moves_together_is_not_paid_for_twice():
    rng = np.random.default_rng(0)
    luck = rng.normal(size=(4000, 1))
    alone = step_down(np.array([2.0]), 2.0 + luck)[0]
    twins = step_down(np.full(20, 2.0), 2.0 + np.repeat(luck, 20, axis=1))
    strangers = step_down(np.full(20, 2.0), 2.0 + rng.normal(size=(4000, 20)))
    assert twins == pytest.approx(alone)
    assert strangers.min() > 10 * alone


def test_nothing_known_is_no_advantage():
    drawn = np.column_stack([np.full(50, np.nan), np.random.default_rng(1).normal(3.0, 1.0, 50)])
    chances = step_down(np.array([np.nan, 3.0]), drawn)
    assert chances[0] == 1.0
    assert chances[1] < 0.1
    assert step_down(np.array([0.0]), np.zeros((9, 1)))[0] == 1.0


def test_at_most_the_stated_share_of_families_without_merit_is_called_better():
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(200):
        common = rng.normal(size=(300, 1))
        luck = 0.7 * common + 0.7 * rng.normal(size=(300, 8))
        values = 0.7 * rng.normal() + 0.7 * rng.normal(size=8)
        called += step_down(values, values + luck).min() <= 0.05
    assert called <= 20
