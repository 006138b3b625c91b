"""Faults of inputs worked by hand, and what they cost models whose weakness is known."""

from __future__ import annotations

import numpy as np
import pytest

from signals.stress.scarce import KINDS, Fault, faults, fitted, robustness, worst
from signals.stress.scarce.inputs import families, series
from signals.stress.scarce.perturb import ended, gaps, missing, noise, stale, units
from signals.stress.validation import Bootstrap, forecasts, forward
from simulator.core.errors import ParameterError
from tests.posed import candidate, posed
from tests.support import same

COLUMNS = ("volatility_21", "illiquidity", "VIX_zscore", "VIX_HIGH_change_5_zscore", "TEDRATE_zscore")
QUICK = Bootstrap(draws=100)


def rng():
    return np.random.default_rng(0)


def grid(n=40):
    return np.arange(5.0 * n).reshape(n, 5)


def test_columns_that_fail_together():
    assert families(COLUMNS) == {"volatility": [0], "impact": [1], "series": [2, 3, 4]}
    assert series(COLUMNS) == {"VIX": [2, 3], "TEDRATE": [4]}
    assert series(("libor_minus_policy", "term_spread"))  # features of the registry rest on series too


def test_faults_by_hand():
    x, ones = grid(), np.ones((40, 5))
    assert np.isnan(missing([1, 3])(x, ones, rng())[:, [1, 3]]).all()
    assert same(missing([1])(x, ones, rng())[:, [0, 2, 3, 4]], x[:, [0, 2, 3, 4]])
    half = ended([2])(x, ones, rng())
    assert same(half[:20], x[:20])
    assert np.isnan(half[20:, 2]).all()
    held = stale([0], 5)(x, ones, rng())
    assert held[:11, 0].tolist() == [0.0] * 5 + [25.0] * 5 + [50.0]
    assert same(held[:, 1:], x[:, 1:])
    assert same(units([4])(x, ones, rng())[:, 4], 100.0 * x[:, 4])
    big = np.zeros((4000, 2))
    assert noise(0.5)(big, np.full((4000, 2), 2.0), rng()).std() == pytest.approx(1.0, rel=0.03)
    assert np.isnan(gaps(0.2)(big, big, rng())).mean() == pytest.approx(0.2, abs=0.02)
    assert same(x, grid())  # nothing is changed in place


@pytest.mark.parametrize("fault", list(faults(COLUMNS)), ids=lambda one: f"{one.kind} {one.name}")
def test_no_fault_lets_a_row_see_a_later_one(fault):
    x, ones = grid(), np.ones((40, 5))
    changed = x.copy()
    changed[25:] = -7.0
    ours, theirs = (fault.change(columns, ones, np.random.default_rng(1)) for columns in (x, changed))
    assert same(ours[:25], theirs[:25])


def test_every_kind_of_the_table_occurs():
    assert {fault.kind for fault in faults(COLUMNS)} | {"adversary"} == set(KINDS)


def test_an_adversary_finds_the_worst_corner_of_a_linear_model():
    way = np.array([2.0, -1.0, 0.5, 0.0])

    def ask(x):
        return 1.0 / (1.0 + np.exp(-(x @ way)))

    x = rng().standard_normal((200, 4))
    actual = rng().random(200) < 0.5
    moved = worst(ask, x, actual, np.full(x.shape, 0.3), rng(), draws=64)
    exact = ask(x + np.where(actual, -1.0, 1.0)[:, None] * 0.3 * np.sign(way))
    assert np.abs(ask(moved) - exact).max() < 1e-12
    assert np.abs(moved - x).max() == pytest.approx(0.3)


def test_an_adversary_never_helps_and_more_reach_hurts_more():
    one = posed(900)
    walk = fitted(candidate(one, "tree-coarse"), one, forward(one.label, "2006", "Q", 5))
    plain = walk.ask(walk.x)
    towards = np.where(walk.actual, -1.0, 1.0)
    harm = [
        towards * (walk.ask(worst(walk.ask, walk.x, walk.actual, size * walk.scale, rng())) - plain)
        for size in (0.0, 0.1, 0.5)
    ]
    assert (harm[0] == 0.0).all()
    assert min(losses.min() for losses in harm) >= 0.0
    assert harm[2].mean() > harm[1].mean() > 0.0


def depends_on(column):
    return lambda x: 1.0 / (1.0 + np.exp(-np.nan_to_num(x[:, column])))


def planted(n=1200):
    x = rng().standard_normal((n, 5))
    actual = rng().random(n) < 1.0 / (1.0 + np.exp(-3.0 * x[:, 2]))
    return x, actual


def test_the_input_a_model_leans_on_is_found():
    x, actual = planted()
    found = robustness(depends_on(2), x, actual, np.ones(x.shape), COLUMNS, how=QUICK)
    table = found.frame().set_index(["kind", "fault"])
    assert found.plain.scores["roc_auc"] > 0.85
    assert table.loc[("family missing", "series"), "roc_auc"] == pytest.approx(0.5)
    assert table.loc[("family missing", "volatility"), "roc_auc_change"] == 0.0
    assert table.loc[("series ended", "TEDRATE"), "flipped"] == 0.0
    assert table.loc[("series ended", "VIX"), "roc_auc_change"] < -0.05
    assert table.loc[("units", "VIX"), "flipped"] == 0.0  # the sign stays, the ranking almost
    noisy = [table.loc[("noise", f"{size} sd"), "roc_auc"] for size in ("0.1", "0.5", "1")]
    assert noisy == sorted(noisy, reverse=True)
    gone = [table.loc[("gaps", share), "flipped"] for share in ("5%", "20%", "50%")]
    assert gone == sorted(gone)
    assert gone[2] == pytest.approx(0.25, abs=0.06)  # half the cells, half of them above before
    lost = next(fault for fault in found.faults if (fault.kind, fault.name) == ("family missing", "series"))
    assert lost.changes["roc_auc"].high < 0.0


def test_a_model_that_looks_at_nothing_cannot_be_hurt():
    x, actual = planted(300)
    found = robustness(lambda one: np.full(len(one), 0.3), x, actual, np.ones(x.shape), COLUMNS, how=QUICK)
    assert all(gap.value == 0.0 for fault in found.faults for gap in fault.changes.values())
    assert all(fault.flipped == 0.0 for fault in found.faults)


def test_the_same_seed_gives_the_same_table_and_own_faults_join():
    x, actual = planted(300)
    extra = Fault("mine", "upside down", lambda x, scale, rng: -x)
    one, two = (
        robustness(depends_on(2), x, actual, np.ones(x.shape), COLUMNS, extra=[extra], how=QUICK) for _ in range(2)
    )
    assert one.frame().equals(two.frame())
    mine = next(each for each in one.faults if each.kind == "mine")
    assert mine.scores["roc_auc"] == pytest.approx(1.0 - one.plain.scores["roc_auc"])


def test_a_walk_forward_asked_again_says_what_it_said():
    one = posed(900)
    splits = forward(one.label, "2006", "Q", 5)
    walk = fitted(candidate(one), one, splits)
    said = forecasts([candidate(one)], one, splits, workers=1)["logistic"]
    assert np.allclose(walk.ask(walk.x), said.probability[:, 1], atol=1e-9)
    assert np.array_equal(walk.actual, said.actual > 0)
    first, last = splits[0], splits[-1]
    values = one.panel.values[:, :-1]
    assert np.allclose(walk.scale[0], values[first.train].std(axis=0))
    assert np.allclose(walk.scale[-1], values[last.train].std(axis=0))


def test_models_that_need_more_than_columns_are_refused():
    one = posed(400)
    with pytest.raises(ParameterError, match="cannot be perturbed"):
        fitted(candidate(one, "ridge-nowcast"), one, forward(one.label, "2006", "Q", 5))
    with pytest.raises(ParameterError, match="sessions in a row"):
        fitted(candidate(one, "gru"), one, forward(one.label, "2006", "Q", 5))
