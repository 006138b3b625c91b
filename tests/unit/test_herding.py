"""Fire sales, overlaps and the market's answer, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.core.errors import ConvergenceError, ParameterError
from simulator.herding import (
    answer,
    fire_sale,
    indirect_exposure,
    leverage_targeting,
    one_sided_threshold,
    overlap,
    similarity,
)


def test_a_levered_fund_sells_nine_and_loses_nine_basis_points_more():
    held, equity = [[100.0]], [10.0]
    sale = fire_sale(held, [-0.01], [1e-4], leverage_targeting(held, equity), rounds=1)
    assert sale.sold.sum() == pytest.approx(9.0, abs=1e-12)
    assert sale.returns[0] + 0.01 == pytest.approx(-0.0009, abs=1e-15)
    assert sale.first_loss[0] == pytest.approx(1.0, abs=1e-12)
    assert sale.second_loss[0] == pytest.approx(0.09, abs=1e-12)
    assert sale.amplification == pytest.approx(1.09, abs=1e-12)
    settled = fire_sale(held, [-0.01], [1e-4], leverage_targeting(held, equity))
    assert settled.sold.sum() == pytest.approx(9.0 / 0.91, rel=1e-9)  # s = 9 + 0.09 s
    assert (np.diff(settled.changes) < 0).all()


def test_sales_that_beget_larger_sales_are_an_error():
    held, equity = [[100.0]], [10.0]
    with pytest.raises(ConvergenceError, match="do not settle"):
        fire_sale(held, [-0.01], [2e-3], leverage_targeting(held, equity))  # each round 1.8 of the one before
    with pytest.raises(ConvergenceError, match="within 5 rounds"):
        fire_sale(held, [-0.01], [1e-3], leverage_targeting(held, equity), most_rounds=5)


def test_a_threshold_is_one_sided():
    held, equity = [[100.0]], [10.0]
    react = one_sided_threshold(held, equity, most=12.0, back_to=10.0)
    assert react(np.array([0.05])).sum() == react(np.array([-0.01])).sum() == 0.0  # 99 / 9 = 11: it bears that
    # -2%: 98 / 8 = 12.25; 80 is 10 times the 8 left, so 18 of 98 are sold, 18 / 98 of what was 100
    assert react(np.array([-0.02])).sum() == pytest.approx(100.0 * 18.0 / 98.0)
    assert react(np.array([-0.15])).sum() == pytest.approx(100.0)  # nothing is left of the equity
    small = one_sided_threshold([[0.1]], [0.01], most=12.0, back_to=10.0)  # the unit of money changes nothing
    assert small(np.array([-0.02])).sum() == pytest.approx(0.1 * 18.0 / 98.0)
    with pytest.raises(ParameterError, match="back_to"):
        one_sided_threshold(held, equity, most=5.0, back_to=6.0)


def test_amplification_rises_with_identical_funds_and_falls_with_diversity():
    def amplified(held):
        held = np.array(held)
        return fire_sale(
            held, [-0.01, 0.0], [1e-4, 1e-4], leverage_targeting(held, held.sum(axis=1) / 10)
        ).amplification

    alone, two, three = (amplified([[100.0, 0.0]] * n) for n in (1, 2, 3))
    assert alone < two < three
    apart = amplified([[100.0, 0.0], [0.0, 100.0]])
    mixed = amplified([[100.0, 0.0], [50.0, 50.0]])
    assert apart < mixed < two
    assert apart == pytest.approx(alone)


def test_overlap_is_what_one_loses_when_the_other_sells():
    held, impact = np.array([[100.0, 0.0], [50.0, 50.0], [0.0, 80.0]]), np.array([1e-4, 4e-4])
    shared = overlap(held, impact)
    assert shared[0].tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert shared[1, 2] == pytest.approx(50 * 80 * 4e-4)
    assert np.diag(similarity(held, impact)).tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert similarity(held, impact)[0, 1] == pytest.approx(0.5 / np.sqrt(1.0 * (0.25 + 1.0)))
    assert np.isnan(similarity([[0.0], [1.0]], [1.0])[0, 1])


def test_a_fund_is_exposed_to_what_it_does_not_hold():
    held = np.array([[100.0, 0.0], [50.0, 50.0]])
    react = leverage_targeting(held, [50.0, 10.0])
    found = indirect_exposure(held, [1e-4, 1e-4], react, rounds=1)
    assert found.direct[0, 1] == 0.0
    # asset 2 falls by 1%: the second fund loses 0.5 and sells 9 x 0.5 = 4.5, half of it asset 1, which costs fund 1
    # 100 x 2.25e-4 = 0.0225: 2.25 a unit of fall
    assert found.indirect[0, 1] == pytest.approx(2.25)


def test_the_market_answers_to_what_is_traded():
    bought, sold = np.array([[0.0], [0.0], [0.0]]), np.array([[10.0], [0.0], [20.0]])
    said = answer(bought, sold, np.array([[100.0], [100.0], [0.0]]), np.full((3, 1), 0.02), 0.5, 1.0)
    assert said.displacement[:, 0].tolist() == pytest.approx([-0.002, -0.001, -0.0005])  # no volume moves nothing
    assert said.before[:, 0].tolist() == pytest.approx([0.0, -0.001, -0.0005])
    assert said.volume[:, 0].tolist() == pytest.approx([1.1, 1.0, 1.0])
    assert said.depth[:, 0].tolist() == pytest.approx([1 / 1.1, 1 / 1.05, 1 / 1.025])
    again = answer(bought[:2], np.array([[10.0], [10.0]]), np.full((2, 1), 100.0), np.full((2, 1), 0.02), 0.5, 1.0)
    assert again.displacement[1, 0] == pytest.approx(-0.001 - 0.002 * 1.1)  # into what depth was left
