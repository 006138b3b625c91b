"""Transfer between markets: whose rows are learned from, and that none comes from the future."""

from __future__ import annotations

import numpy as np
import pytest

from signals.stress.models import MODELS
from signals.stress.scarce import label_of, single, stacked, transfer, transfer_splits
from signals.stress.validation import Bootstrap, forecasts
from simulator.core.errors import DataError, ParameterError
from tests.feature_markets import another_future, full_market
from tests.support import same

MARKET = full_market(3, 900, late=True)
FIRST = "2002"
SOURCES, TARGET = ("A", "B"), "C"


@pytest.fixture(scope="module")
def stack():
    return stacked(MARKET, (*SOURCES, TARGET))


def test_a_market_of_one_asset_keeps_its_sessions_and_series():
    one = single(MARKET, "B")
    assert one.assets == ("B",)
    assert np.array_equal(one.close[:, 0], MARKET.close[:, 1], equal_nan=True)
    assert one.series.keys() == MARKET.series.keys()
    assert np.array_equal(one.sessions, MARKET.sessions)
    with pytest.raises(DataError, match="no asset 'Z'"):
        single(MARKET, "Z")


def test_models_learn_from_the_sources_alone_and_from_labels_known_by_then(stack):
    sessions = MARKET.sessions.size
    plan = transfer_splits(stack, SOURCES, TARGET, FIRST, "Q", 10)
    home = transfer_splits(stack, (TARGET,), TARGET, FIRST, "Q", 10)
    assert len(plan) > 4
    for away, own in zip(plan, home, strict=True):
        assert np.array_equal(away.test, own.test)
        assert set(away.test // sessions) == {2}
        assert set(away.train // sessions) == {0, 1}
        assert set(own.train // sessions) == {2}
        refit = away.test[0] - 2 * sessions
        deadline = MARKET.sessions[refit - 10]
        for split in (away, own):
            known = stack.problem.label.known_at[split.train]
            assert (known <= deadline).all()
            assert known.max() == deadline  # and from every one of them
            assert not np.isnan(stack.problem.label.values[split.train]).any()


def test_features_and_label_of_a_market_are_its_own(stack):
    from signals.stress.stress_problem import stress_problem

    alone = stress_problem(single(MARKET, TARGET)).problem
    rows = stack.rows(TARGET, np.arange(MARKET.sessions.size))
    assert same(stack.problem.panel.values[rows], alone.panel.values)
    assert same(label_of(stack, TARGET).values, alone.label.values)
    other = stack.rows("A", np.arange(MARKET.sessions.size))
    assert not same(stack.problem.label.values[other], alone.label.values)


def said(market, stack):
    from signals.stress.validation import Candidate

    model = Candidate(MODELS["tree-coarse"], stack.columns["broad"])
    plan = transfer_splits(stack, SOURCES, TARGET, FIRST, "Q", 10)
    return forecasts([model], stack.problem, plan, workers=1)["tree-coarse"]


@pytest.mark.parametrize("t", [640, 777])
def test_another_future_of_any_market_changes_no_forecast_before_it(stack, t):
    ours = said(MARKET, stack)
    changed = another_future(MARKET, t, seed=t)
    theirs = said(changed, stacked(changed, (*SOURCES, TARGET)))
    day = MARKET.sessions[t]
    both = np.intersect1d(ours.dates[ours.dates <= day], theirs.dates)
    assert both.size > 50
    a, b = (forecast.probability[np.isin(forecast.dates, both)] for forecast in (ours, theirs))
    assert same(a, b)
    late = np.intersect1d(ours.dates[ours.dates > day], theirs.dates)
    if t == 640:
        a, b = (forecast.probability[np.isin(forecast.dates, late)] for forecast in (ours, theirs))
        assert not same(a, b)


def test_what_transfers_is_found_where_home_is_too_short():
    """The same law everywhere: with the sources' episodes a market forecasts better than from its own few."""
    from signals.stress.scarce.transfer import Stacked
    from signals.stress.validation import auc
    from tests.posed import as_problem, candidate

    rng = np.random.default_rng(0)
    n, x = 700, rng.standard_normal((3, 700, 6))
    chance = 1 / (1 + np.exp(3.0 - 2.0 * x[:, :, 0]))
    y = (rng.random((3, n)) < chance).astype(float)
    y[2, :400][np.arange(400) % 25 != 0] = 0.0  # home has hardly seen any
    one = as_problem(x.reshape(-1, 6), y.ravel())
    known = as_problem(x[2], y[2])
    label = one.label
    sessions, known_at = np.tile(known.label.sessions, 3), np.tile(known.label.known_at, 3)
    from dataclasses import replace

    values = np.concatenate([as_problem(x[k], y[k]).label.values for k in range(3)])
    label = replace(label, sessions=sessions, values=values, known_at=sessions + 10, observation=np.zeros(0, np.int64))
    assert known_at.size == sessions.size
    stack = Stacked(("A", "B", "C"), n, replace(one, label=label), {})
    first = str(known.label.sessions[400])
    scores = {}
    for name, sources in (("away", ("A", "B")), ("home", ("C",))):
        plan = transfer_splits(stack, sources, "C", first, "Y", 10)
        got = forecasts([candidate(one)], stack.problem, plan, workers=1)["logistic"]
        scores[name] = auc(got.probability[:, 1], got.actual > 0, np.ones((1, got.dates.size)))[0]
    assert scores["away"] > scores["home"] + 0.05


def test_a_whole_study_sets_every_school_beside_the_naive_rule():
    how = Bootstrap(draws=50)
    found = transfer(MARKET, SOURCES, (TARGET,), model=MODELS["tree-coarse"], first=FIRST, workers=1, how=how)
    one = found[TARGET]
    assert set(one.cards) == {"transferred", "home", "both", "last-state"}
    assert set(one.cards["transferred"].versus) == {"home", "last-state"}
    days = [scored.dates for scored in one.forecasts.values()]
    assert all(np.array_equal(days[0], other) for other in days)
    with pytest.raises(ParameterError, match="different markets"):
        transfer(MARKET, ("A",), ("A", "B"))
    with pytest.raises(ParameterError, match="cannot be transferred"):
        transfer(MARKET, ("A",), ("B",), model=MODELS["gru"])
