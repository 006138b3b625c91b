"""Runs on funds: the nine tools by ledgers worked by hand, and what a run is without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenarios.redemptions.run import _dearest
from simulator.core.errors import ParameterError
from simulator.redemptions import (
    TOOLS,
    Book,
    DilutionLevy,
    DualPricing,
    Gate,
    InKind,
    Investors,
    NoticeExtension,
    RedemptionFee,
    SidePocket,
    Suspension,
    SwingPricing,
    Tool,
    Trigger,
    compare_tools,
    raised,
    redemption_run,
)

#: 1m shares at 100, in one asset that costs 60 bp to sell.
FUND = Book(0.0, [100e6], [0.006], [0.0], [np.inf])
QUIET = [Investors(to_losses=0.0, convexity=0.0, to_others=0.0)]


def run(tool, *asked, book=FUND, **more):
    asked = np.array(asked)
    returns = np.zeros((asked.size, book.values.size))
    return redemption_run(book, returns, more.pop("investors", QUIET), tool, asked=asked, shares=1e6, **more)


def test_without_a_tool_stayers_pay():
    found = run(Tool(), 0.1)
    assert found.price[-1] == pytest.approx((90e6 - 60_000) / 0.9e6, abs=1e-10)  # 99.9333
    assert f"{found.price[-1]:.4f}" == "99.9333"
    assert found.dilution_bps == pytest.approx(6.6667, abs=1e-4)
    assert found.first_mover_bps == pytest.approx(6.6667, abs=1e-4)
    assert found.left[0] == 1.0


@pytest.mark.parametrize("tool", [SwingPricing(bps=60.0), SwingPricing(), DilutionLevy(), DualPricing()])
def test_swung_by_sixty_basis_points_leavers_pay(tool):
    found = run(tool, 0.1)
    assert found.price[-1] == pytest.approx((100e6 - 9.94e6 - 59_640) / 0.9e6, abs=1e-10)
    assert f"{found.price[-1]:.4f}" == "100.0004"
    assert found.left[0] == pytest.approx(0.994)
    assert found.first_mover_bps < 0.0


def test_a_fee_stays_in_the_fund():
    found = run(RedemptionFee(bps=200.0), 0.1)
    # 9.8m paid at a cost of 58,800
    assert found.price[-1] == pytest.approx((100e6 - 9.8e6 - 58_800) / 0.9e6, abs=1e-10)
    assert found.left[0] == pytest.approx(0.98)


def test_a_gate_pays_a_tenth_a_day_and_the_rest_waits():
    found = run(Gate(most=0.1), 0.2, 0.0, 0.0)
    first = (90e6 - 60_000) / 900_000  # 100,000 of 200,000 shares
    second_paid = 90_000 * first  # a tenth of 900,000; 10,000 wait
    second = (900_000 * first - second_paid * 1.006) / 810_000
    third = (810_000 * second - 10_000 * second * 1.006) / 800_000
    assert found.price.tolist() == pytest.approx([first, second, third], abs=1e-9)
    assert found.dealt.tolist() == pytest.approx([0.1, 0.09, 0.01])
    assert found.waiting.tolist() == pytest.approx([0.1, 0.01, 0.0])
    assert found.delay[0] == pytest.approx((0 * 0.1 + 1 * 0.09 + 2 * 0.01) / 0.2)
    assert found.left[0] * 100 == pytest.approx((100 * 0.1 + first * 0.09 + second * 0.01) / 0.2)


def test_in_kind_costs_the_fund_nothing_and_leavers_their_own_sale():
    found = run(InKind(), 0.1)
    assert found.price[-1] == 100.0
    assert found.cost[-1] == 0.0
    assert found.left[0] == pytest.approx(0.994)
    half = run(InKind(share=0.5), 0.1)
    assert half.price[-1] == pytest.approx((100e6 - 5e6 - 5e6 - 30_000) / 0.9e6)
    assert half.left[0] == pytest.approx(0.997)


def test_a_side_pocket_is_left_to_all_who_were_there():
    book = Book(0.0, [80e6, 20e6], [0.006, 0.05], 0.0, [np.inf, np.inf])
    found = run(SidePocket(), 0.1, book=book)
    # 80 a share is dealt: 8m paid at a cost of 48,000; the pocket is 20 a share for leavers and stayers alike
    assert found.price[-1] == pytest.approx((80e6 - 8e6 - 48_000) / 0.9e6 + 20.0)
    assert found.left[0] == pytest.approx(1.0)
    halved, asked = np.array([[0.0, 0.0], [0.0, -0.5]]), np.array([0.1, 0.0])
    moved = redemption_run(book, halved, QUIET, SidePocket(), asked=asked, shares=1e6)
    assert moved.price[-1] == pytest.approx((80e6 - 8e6 - 48_000) / 0.9e6 + 10.0)


def test_suspension_and_notice_delay():
    found = run(Suspension(sessions=3, trigger=Trigger(asked=0.1)), 0.05, 0.1, 0.0, 0.0, 0.0)
    assert found.dealt.tolist() == pytest.approx([0.05, 0.0, 0.0, 0.0, 0.095])
    assert found.triggered[:4].tolist() == [0.0, 1.0, 1.0, 1.0]
    later = run(NoticeExtension(sessions=2), 0.1, 0.0, 0.0)
    assert later.dealt.tolist() == pytest.approx([0.0, 0.0, 0.1])
    assert later.delay[0] == 2.0
    told = run(Tool(), 0.1, 0.0, 0.0, investors=[Investors(to_losses=0, convexity=0, to_others=0, notice=1)])
    assert told.dealt.tolist() == pytest.approx([0.0, 0.1, 0.0])


def test_requests_of_the_day_pull_the_extension_of_their_notice():
    """4% is dealt at once; a tenth of the 96% left is asked on the second day and dealt two sessions later."""
    found = run(NoticeExtension(sessions=2, trigger=Trigger(asked=0.05)), 0.04, 0.1, 0.0, 0.0)
    assert found.dealt.tolist() == pytest.approx([0.04, 0.0, 0.0, 0.096])
    assert found.triggered.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert found.delay_sessions == pytest.approx(2 * 0.096 / 0.136)


def test_a_tool_is_used_where_it_changes_something():
    # of 15% a tenth of the fund is dealt; the rest, 5.6% of what there is then, the day after
    gated = run(Gate(most=0.1), 0.05, 0.15, 0.0)
    assert gated.triggered.tolist() == [0.0, 1.0, 0.0]
    assert run(RedemptionFee(), 0.1, 0.0).triggered.tolist() == [1.0, 0.0]
    assert run(InKind(trigger=Trigger(asked=0.05)), 0.04, 0.06).triggered.tolist() == [0.0, 1.0]
    assert not run(Tool(), 0.1, 0.0).triggered.any()


def test_a_class_that_stays_pays_for_one_that_leaves():
    """The first class leaves whole at 100; what is left of the other's 90m has paid 60,000."""
    quick = Investors(share=0.1, usual=1.0, most=1.0)
    slow = Investors(share=0.9, to_losses=0.0, convexity=0.0, to_others=0.0)
    found = redemption_run(FUND, np.zeros((3, 1)), [quick, slow])
    assert found.asked_by.tolist() == [1.0, 0.0]
    assert found.had.tolist() == pytest.approx([1.0, 1.0 - 0.06 / 90.0])
    swung = redemption_run(FUND, np.zeros((3, 1)), [quick, slow], SwingPricing(bps=60.0))
    assert swung.had.tolist() == pytest.approx([0.994, (100.0 - 9.94 - 0.05964) / 90.0])


@pytest.mark.parametrize("tool", [kind for kind in TOOLS if kind not in (InKind, SidePocket)])
def test_what_classes_lose_is_what_selling_costs(tool):
    """Without a market what all of them have lost, by their shares, is the cost of sales over the fund."""
    who = [Investors(share=0.3, usual=0.05, notice=2, to_others=0.2), Investors(share=0.7, usual=0.01, count=30)]
    found = redemption_run(MIXED, np.zeros((30, 2)), who, tool(), rng=np.random.default_rng(3))
    lost = float((np.array([0.3, 0.7]) * (1.0 - found.had)).sum())
    assert found.cost.sum() > 0.0
    assert lost == pytest.approx(found.cost.sum() / MIXED.worth, rel=1e-9)


def test_counted_investors_are_of_one_mind_in_runs_that_differ():
    """Each day takes one number: who leaves under a larger share left under a smaller one, and the days keep step."""
    from simulator.redemptions.investors import leaving

    one, other = np.random.default_rng(8), np.random.default_rng(8)
    for day in range(200):
        few, more = leaving(0.1, 20, one), leaving(0.1 + 0.002 * (day % 5), 20, other)
        assert few <= more
        assert leaving(0.5, 0, one) == leaving(0.0, 20, other) == 0.0
    drawn = [leaving(0.1, 20, one) * 20 for _ in range(4000)]
    assert np.mean(drawn) == pytest.approx(2.0, abs=0.1)  # 20 x 0.1, four standard errors of 0.02
    assert np.var(drawn) == pytest.approx(1.8, abs=0.2)
    assert leaving(1.0, 20, one) == 1.0
    assert leaving(1e-20, 20, one) == 0.0


def test_a_trigger_leaves_small_days_alone():
    tool = SwingPricing(bps=60.0, trigger=Trigger(asked=0.05))
    assert run(tool, 0.04).charge[0] == 0.0
    assert run(tool, 0.05).charge[0] == pytest.approx(0.006)


def test_what_cannot_be_sold_waits():
    book = Book(1e6, [99e6], [0.0], [0.0], [4e6])
    found = run(Tool(), 0.1, 0.0, 0.0, book=book)
    assert found.dealt.tolist() == pytest.approx([0.05, 0.04, 0.01])
    assert found.price[-1] == pytest.approx(100.0)


def test_waterfalls_by_hand():
    book = Book(10.0, [40.0, 50.0], [0.01, 0.001], [0.0, 0.0], [np.inf, 30.0])
    first = raised(book, 50.0)
    assert first.sold.tolist() == [10.0, 30.0]  # 10 cash, then the cheap one as far as it goes
    assert first.cost == pytest.approx(0.1 + 0.03)
    assert first.left.cash == 0.0
    assert first.left.worth == pytest.approx(50.0 - 0.13)
    alike = raised(book, 50.0, "pro-rata")
    assert alike.sold.tolist() == pytest.approx([20.0, 25.0])
    assert alike.left.cash == pytest.approx(5.0 - 0.225)
    assert raised(book, 500.0).paid == pytest.approx(10 + 40 + 30)
    alike = Book(0.0, [50.0, 50.0], 0.001, [1e-3, 1e-5], np.inf)  # the second moves less as it is sold
    assert raised(alike, 20.0).sold.tolist() == [0.0, 20.0]
    assert raised(alike, 20.0).cost == pytest.approx(20 * (0.001 + 1e-5 * 20))


CONVEX = [Investors(to_losses=0.2, convexity=8.0, to_others=0.3, to_illiquidity=0.02)]
MIXED = Book(5e6, [35e6, 60e6], [0.0010, 0.0080], [1e-10, 4e-10], [20e6, 3e6])


def falling():
    returns = np.zeros((60, 2))
    returns[2:8] = [-0.02, -0.03]
    return returns


def test_a_convex_run_pays_those_who_move_first_and_swing_less():
    found = compare_tools(MIXED, falling(), CONVEX, [kind() for kind in TOOLS])
    none, swing = found["none"], found["swing"]
    assert none.first_mover_bps > 10.0
    assert swing.first_mover_bps < none.first_mover_bps
    assert swing.dilution_bps < none.dilution_bps
    assert found["gate"].delay_sessions >= none.delay_sessions
    assert found["suspension"].delay_sessions > none.delay_sessions
    assert len(found) == 10
    for run in found.values():
        assert np.isfinite(run.price).all()
        assert run.last + run.dealt.sum() == pytest.approx(1.0)
    lone = compare_tools(MIXED, falling(), CONVEX, [Tool()], "pro-rata")["none"]
    assert lone.liquid_share[10] > none.liquid_share[10]  # the mix stays for those who stay


def test_flows_are_convex_below_zero_and_answer_to_liquidity_and_to_others():
    from simulator.redemptions import Seen, asked_share

    who = Investors(to_losses=0.2, convexity=4.0, to_illiquidity=0.1, watched=0.5, to_others=0.3)
    asked = [asked_share(who, Seen(loss, 1.0, 0.0)) for loss in (0.1, 0.0, -0.1, -0.2)]
    assert asked == pytest.approx([0.0, 0.0, 0.06, 0.2])
    assert asked_share(who, Seen(0.0, 0.3, 0.1)) == pytest.approx(0.02 + 0.03)
    assert asked_share(who, Seen(-0.9, 1.0, 0.0)) == who.most


def test_nothing_sees_the_future():
    returns = falling()
    whole = redemption_run(MIXED, returns, CONVEX, SwingPricing())
    other = returns.copy()
    other[20:] = 0.05
    cut = redemption_run(MIXED, other, CONVEX, SwingPricing())
    np.testing.assert_array_equal(whole.price[:20], cut.price[:20])
    np.testing.assert_array_equal(whole.dealt[:20], cut.dealt[:20])


def test_few_investors_leave_whole():
    few = [Investors(count=4, usual=0.1, to_losses=0, convexity=0, to_others=0)]
    found = redemption_run(FUND, np.zeros((40, 1)), few, rng=np.random.default_rng(5))
    assert set(np.round(found.weight * 4, 9)) <= {0.0, 1.0, 2.0, 3.0, 4.0}
    assert found.weight.sum() > 0.0
    with pytest.raises(ParameterError, match="generator"):
        redemption_run(FUND, np.zeros((4, 1)), few)


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="the classes sum to"):
        redemption_run(FUND, np.zeros((4, 1)), [Investors(share=0.5)])
    with pytest.raises(ParameterError, match="returns must be"):
        redemption_run(FUND, np.zeros((4, 2)), QUIET)
    with pytest.raises(ParameterError):
        Gate(most=1.5)


def test_a_trigger_in_words():
    assert Trigger().words == "always"
    assert Trigger(asked=0.1).words == "once 10% of the fund is due on a day"
    either = Trigger(liquid_share=0.3, fall=0.125)
    assert either.words == "while 30% of it or less is liquid or after a fall of 12.5% from its highest"


def test_what_is_dearest_to_sell_is_so_over_the_days_that_it_takes():
    """100 of A at once: 0.001 + 0.01 * 10 + 0.0004 * 100 = 0.141. B, 4 a day: 0.001 + 0.02 * 2 + 0.02 * 4 = 0.121.

    C costs most and is not held; of D, 400 at once, 0.001 + 0.0003 * 400 = 0.121 a little less than A.
    """
    book = Book(
        cash=0.0,
        values=np.array([100.0, 900.0, 0.0, 400.0]),
        capacity=np.array([0.0, 4.0, 0.0, 500.0]),  # 0: what no day takes is priced at once
        half_spread=np.array([0.001, 0.001, 9.0, 0.001]),
        impact=np.array([0.01, 0.02, 9.0, 0.0]),
        permanent=np.array([0.0004, 0.02, 9.0, 0.0003]),
        delta=0.5,
    )
    assert _dearest(book) == 0
    calmer = replace(book, permanent=np.array([0.0001, 0.02, 9.0, 0.0002]))  # A 0.111, D 0.081
    assert _dearest(calmer) == 1
    assert _dearest(replace(calmer, half_spread=np.array([0.001, 0.001, 9.0, 0.05]))) == 3  # D 0.130
