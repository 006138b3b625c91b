"""Explanations against outside truth: Shapley values by brute force, planted columns, models that are trees."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from xgboost import XGBClassifier

from signals import StressForecast
from signals.stress.explain import (
    UnexplainedError,
    Walk,
    contributions,
    explain_day,
    permutation_importance,
    stability,
    surrogate,
    walk,
    warning,
)
from signals.stress.explain.permutation import _told, shuffled_blocks
from signals.stress.explain.stability import rank_correlation
from signals.stress.forecast import Lessons
from signals.stress.labels import Label
from signals.stress.models import maker
from signals.stress.saved import load, save
from signals.stress.walk_forward import Fitted, Fold, predict
from simulator import Features
from simulator.core.errors import ParameterError
from simulator.core.panels import FeaturePanel
from simulator.features import REGISTRY, own_past
from tests.support import random_market, same

MARKET = random_market(11, sessions=900, series=True, crises=True)
FEATURES = Features(MARKET)
MODULE = "signals.stress.explain.contributions"


def small(**options):
    given = {"min_train": 504, "refit_every": 63, "horizon": 5, "enter": 0.5, "exit": 0.2, **options}
    return StressForecast(**({"options": {"n_estimators": 30}} | given))


@pytest.fixture(scope="module")
def found():
    return walk(small(), FEATURES)


def rows_and_labels(seed=0, n=500, k=4):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, k))
    y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.5 * rng.standard_normal(n) > 0.8).astype(float)
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, y


# Contributions.


def conditional(tree, row, known, node):
    """What a tree says of a row of which only some columns are known: others follow the training rows."""
    one = tree.loc[node]
    if one["Feature"] == "Leaf":
        return float(one["Gain"])
    column = int(one["Feature"][1:])
    if column in known:
        value = row[column]
        side = "Missing" if np.isnan(value) else "Yes" if np.float32(value) < np.float32(one["Split"]) else "No"
        return conditional(tree, row, known, one[side])
    weights = [float(tree.loc[one[side]]["Cover"]) for side in ("Yes", "No")]
    values = [conditional(tree, row, known, one[side]) for side in ("Yes", "No")]
    return float(np.average(values, weights=weights))


def shapley(model, row):
    """Shapley values of the columns by their definition, over all subsets."""
    table = model.get_booster().trees_to_dataframe().set_index("ID")
    trees = [part for _, part in table.groupby("Tree")]
    every = range(len(row))
    said = {
        known: sum(conditional(tree, row, known, tree.index[0]) for tree in trees)
        for size in range(len(row) + 1)
        for known in itertools.combinations(every, size)
    }
    out = np.zeros(len(row))
    for k in every:
        others = [j for j in every if j != k]
        for size in range(len(row)):
            weight = math.factorial(size) * math.factorial(len(row) - size - 1) / math.factorial(len(row))
            for known in itertools.combinations(others, size):
                out[k] += weight * (said[tuple(sorted((*known, k)))] - said[known])
    return out


def test_contributions_of_trees_are_shapley_values():
    x, y = rows_and_labels()
    model = XGBClassifier(n_estimators=6, max_depth=3, learning_rate=0.3, n_jobs=1).fit(x, y)
    told = contributions(model, x[:25])
    for row, values in zip(x[:25], told.values, strict=True):
        assert values == pytest.approx(shapley(model, row), abs=2e-6)
    assert told.base == pytest.approx(told.base[0])


def test_every_explained_day_adds_up(found):
    for name in ("xgboost", "logistic"):
        one = found if name == "xgboost" else walk(small(model=name, options={}), FEATURES)
        days = 0
        for fit in one.fitted:
            told = contributions(fit.model, one.x[fit.test])
            days += len(told.probability)
            assert np.abs(expit(told.log_odds) - one.probability[fit.test]).max() < 1e-5
            assert same(told.probability, one.probability[fit.test])
            assert (told.calibration == 0.0).all()
        assert days == np.isfinite(one.probability).sum() == 396


def test_contributions_of_a_line_are_coefficient_times_distance_from_the_mean():
    x, y = rows_and_labels()
    model = maker("logistic", 0, {})()
    model.fit(x, y)
    told = contributions(model, x[:50])
    scaled = model[0].transform(x[:50])
    assert told.values == pytest.approx(scaled * model[1].coef_[0], abs=1e-12)
    middle = np.array([model[0].mean_])
    assert contributions(model, middle).values == pytest.approx(np.zeros((1, 4)), abs=1e-9)
    assert contributions(model, middle).probability == pytest.approx(expit(model[1].intercept_))


def test_early_stopped_trees_are_explained_as_they_forecast():
    x, y = rows_and_labels(n=800)
    model = XGBClassifier(n_estimators=400, learning_rate=0.5, early_stopping_rounds=3, n_jobs=1)
    model.fit(x[:500], y[:500], eval_set=[(x[500:], y[500:])], verbose=False)
    assert model.best_iteration < 390
    told = contributions(model, x[:100])
    assert expit(told.log_odds) == pytest.approx(model.predict_proba(x[:100])[:, 1], abs=1e-5)


def test_large_margins_are_judged_by_their_own_size():
    x, y = rows_and_labels()
    model = XGBClassifier(n_estimators=600, max_depth=6, min_child_weight=0.0, n_jobs=2).fit(x, y)
    assert np.abs(contributions(model, x).log_odds).max() > 5.0


class Wrapped:
    """Another model weighed or tuned, and perhaps calibrated, as wrappers of models keep it."""

    def __init__(self, model, calibrator=None):
        self.model_, self.calibrator_ = model, calibrator

    def predict_proba(self, x):
        chance = self.model_.predict_proba(x)[:, 1]
        chance = chance if self.calibrator_ is None else self.calibrator_(chance)
        return np.column_stack([1.0 - chance, chance])


def test_contributions_are_found_inside_wrappers():
    x, y = rows_and_labels()
    inner = maker("xgboost", 0, {"n_estimators": 20})()
    inner.fit(x, y)
    plain = contributions(inner, x)
    assert same(contributions(Wrapped(Wrapped(inner)), x).values, plain.values)
    curved = contributions(Wrapped(Wrapped(inner, lambda p: p**2)), x)
    assert same(curved.values, plain.values)
    assert curved.base + curved.values.sum(axis=1) + curved.calibration == pytest.approx(
        logit(plain.probability**2), abs=1e-5
    )
    certain = contributions(Wrapped(inner, np.round), x)
    assert set(certain.probability) == {0.0, 1.0}
    assert expit(certain.log_odds) == pytest.approx(certain.probability, abs=1e-5)
    behind = Pipeline([("standardise", maker("logistic", 0, {})()[0]), ("model", inner)])
    behind.fit(x, y)
    told = contributions(behind, x)
    assert expit(told.log_odds) == pytest.approx(behind.predict_proba(x)[:, 1], abs=1e-5)


def test_what_does_not_add_up_is_not_explained(found, monkeypatch):
    module = __import__(MODULE, fromlist=["_of_trees"])
    exact = module._of_trees
    fit = found.fitted[-1]
    open_ = np.argsort(np.abs(found.probability[fit.test] - 0.5))[:3]
    row = found.x[fit.test[open_]]

    def off(by_values, by_margin):
        def wrong(model, x):
            values, base, margin = exact(model, x)
            values = values.copy()
            values[0, 0] += by_values
            return values, base, margin + by_margin * (np.arange(len(margin)) == 0)

        return wrong

    for by_values, by_margin, words in ((2e-3, 0.0, "margin"), (2e-3, 2e-3, "forecast"), (np.nan, 0.0, "margin")):
        monkeypatch.setattr(module, "_of_trees", off(by_values, by_margin))
        with pytest.raises(UnexplainedError, match=f"contributions miss a.* {words}"):
            contributions(Wrapped(fit.model), row)
        monkeypatch.undo()
    wrong = Wrapped(fit.model)
    wrong.predict_proba = lambda x: fit.model.predict_proba(x) * 0.5
    with pytest.raises(UnexplainedError, match="miss a forecast"):
        contributions(wrong, row)


def test_models_whose_log_odds_are_no_sum_are_refused():
    x, y = rows_and_labels()
    x = np.nan_to_num(x)
    for name, kind in (
        ("random-forest", "RandomForestClassifier"),
        ("probit", "OrderedProbit"),
        ("mlp", "MLPClassifier"),
    ):
        model = maker(name, 0, {})()
        with pytest.raises(ParameterError, match=f"{kind} has no exact contributions"):
            contributions(model, x)
    rotated = Pipeline([("mix", PCA()), ("model", LogisticRegression())]).fit(x, y)
    with pytest.raises(ParameterError, match="has no exact contributions"):
        contributions(rotated, x)
    three = XGBClassifier(n_estimators=2).fit(x, np.arange(len(x)) % 3)
    with pytest.raises(ParameterError, match="two classes"):
        contributions(three, x)


# A walk-forward of stubs, of which everything is known.


class Stub:
    """A model that is a given function of the rows."""

    def __init__(self, chance):
        self.chance = chance

    def fit(self, x, y):
        raise AssertionError("is fitted already")

    def predict_proba(self, x):
        told = self.chance(x)
        return np.column_stack([1.0 - told, told])


KNOWN = REGISTRY | {feature.name: feature for feature in own_past("VIX")}
COLUMNS = ("volatility_21", "volatility_63", "return_21", "VIX_zscore", "VIX_change_5_zscore", "own")


def stubbed(*models, sessions=600, seed=0, gaps=0.0, hit=None):
    """Refits in equal parts of the last sessions; an event comes where the first column is high."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("2000-01-01") + np.arange(sessions)
    x = rng.standard_normal((sessions, len(COLUMNS)))
    x[rng.random(x.shape) < gaps] = np.nan
    came = (np.nan_to_num(x[:, 0]) > 0.8).astype(float) if hit is None else hit(x)
    label = Label("event", "an event", days, came, days)
    first = sessions // 3
    parts = np.array_split(np.arange(first, sessions), len(models))
    plan = [Fold(np.arange(part[0]), part) for part in parts]
    panel = FeaturePanel(days, COLUMNS, x, days)
    fitted = [Fitted(fold.test, model) for fold, model in zip(plan, models, strict=True)]
    rule = StressForecast(enter=0.5, exit=0.3, min_hold=0, min_train=252)
    return Walk(rule, Lessons(panel, label, label, plan), fitted, KNOWN)


def first_alone(x):
    return expit(4.0 * (np.nan_to_num(x[:, 0]) - 0.8))


def test_families_are_those_of_the_registry_and_series():
    one = stubbed(Stub(first_alone))
    assert {name: where.tolist() for name, where in one.groups().items()} == {
        "volatility": [0, 1],
        "trend": [2],
        "series": [3, 4],
        "other": [5],
    }
    assert list(one.groups("series")) == ["volatility", "trend", "VIX", "other"]
    assert list(one.groups("column")) == list(COLUMNS)


@pytest.mark.parametrize("loss", ["brier", "pr-auc"])
def test_the_family_that_forecasts_is_the_one_that_matters(loss):
    one = stubbed(Stub(first_alone), Stub(first_alone))
    told = permutation_importance(one, loss, repeats=8)
    worth = dict(zip(told.families, told.worse, strict=True))
    assert (worth["volatility"] > 0.1).all()
    for family in ("trend", "series", "other"):
        assert (worth[family] == 0.0).all()
    assert told.ranked()[0][0] == "volatility"
    assert told.columns == (2, 1, 2, 1)
    assert same(told.worse, permutation_importance(one, loss, repeats=8).worse)
    assert not same(told.worse, permutation_importance(one, loss, repeats=8, seed=1).worse)


def test_forecasts_with_columns_of_other_days_are_those_of_a_plain_loop():
    one = stubbed(Stub(first_alone), 0.25, Stub(lambda x: expit(x[:, 2] - x[:, 0])))
    rows = one.scored
    rng = np.random.default_rng(2)
    draws = np.stack([rows[shuffled_blocks(rows.size, 20, rng)] for _ in range(3)])
    told = _told(one, rows, draws, np.array([0, 3]))
    for draw, got in zip(draws, told, strict=True):
        x = one.x.copy()
        x[rows[:, None], [0, 3]] = one.x[draw][:, [0, 3]]
        assert same(got, predict(one.fitted, x)[rows])


def test_permutation_importance_by_hand():
    """Two blocks can only change places: what that costs can be worked out."""
    one = stubbed(Stub(lambda x: x[:, 0]), sessions=9, hit=lambda x: (np.arange(9) > 6).astype(float))
    chance = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    one.lessons.features.values.flags.writeable = True
    one.lessons.features.values[3:, 0] = chance
    came = np.array([0, 0, 0, 0, 1, 1.0])
    told = permutation_importance(one, "brier", block=5, repeats=30, seed=3)
    own = ((chance - came) ** 2).mean()
    assert told.score == pytest.approx(own)
    possible = [((np.roll(chance, -k) - came) ** 2).mean() - own for k in range(6)]
    for value in told.worse[0]:
        assert min(abs(value - level) for level in possible) < 1e-12
    assert len({round(value, 9) for value in told.worse[0]}) > 2


def test_blocks_change_places_and_stay_whole():
    for seed in range(20):
        order = shuffled_blocks(203, 20, np.random.default_rng(seed))
        assert sorted(order.tolist()) == list(range(203))
        assert (np.diff(order) != 1).sum() <= 11
    assert len({int(shuffled_blocks(203, 20, np.random.default_rng(seed))[0]) % 20 for seed in range(40)}) > 5


def test_importance_needs_blocks_events_and_a_known_loss():
    one = stubbed(Stub(first_alone))
    with pytest.raises(ParameterError, match="no loss 'logg'; known: brier, pr-auc"):
        permutation_importance(one, "logg")
    with pytest.raises(ParameterError, match="two blocks of 400 test days; there are 400"):
        permutation_importance(one, block=400)
    calm = stubbed(Stub(first_alone), hit=lambda x: np.zeros(len(x)))
    with pytest.raises(ParameterError, match="with and without an event"):
        permutation_importance(calm)


# The surrogate.


def steps(x):
    """A tree of depth two."""
    return np.where(x[:, 0] > 0.5, np.where(x[:, 2] > 0.0, 0.9, 0.6), 0.1)


def holds(condition, row):
    """Whether a condition as printed is true of a row."""
    text, _, unknown = condition.partition(" or ")
    words = text.split()
    column = next(word for word in words if word in COLUMNS)
    value = row[COLUMNS.index(column)]
    if np.isnan(value):
        return unknown == "unknown"
    return bool(eval(text.replace("≤", "<=").replace(column, repr(float(value)))))


def test_a_model_that_is_a_small_tree_is_imitated_exactly():
    one = stubbed(Stub(steps), Stub(steps), 0.2, sessions=1500)
    told = surrogate(one)
    assert told.r_squared > 0.97
    assert told.agreement > 0.97
    assert told.both_on > 0.9
    assert "a fair picture" in told.fidelity
    assert "no fair picture" not in told.fidelity
    assert told.rules(2) == []
    assert told.trees[2] is None
    assert {round(rule.probability, 2) for rule in told.rules(1)} <= {0.1, 0.6, 0.9}
    assert sum(rule.share for rule in told.rules(1)) == pytest.approx(1.0)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_exactly_one_rule_holds_on_a_day_and_says_what_the_tree_says(gaps):
    one = stubbed(Stub(lambda x: expit(np.nan_to_num(x) @ np.array([2.0, -1.0, 1.0, 0.5, 0.0, 0.3]))), gaps=gaps)
    told = surrogate(one)
    unknown = 0
    for row in one.fitted[0].test:
        x = one.x[row]
        true = [rule for rule in told.rules(0) if all(holds(part, x) for part in rule.conditions)]
        assert len(true) == 1
        assert true[0].probability == pytest.approx(told.probability[row], abs=1e-12)
        assert true[0].leaf == told.leaf_of(0, x)
        unknown += any("unknown" in part for part in true[0].conditions)
    assert (unknown > 0) == (gaps > 0.0)
    texts = [rule.text for rule in told.rules(0)]
    for rule in told.rules(0):
        asked = [next(word for word in part.split() if word in COLUMNS) for part in rule.conditions]
        assert len(set(asked)) == len(asked), "two conditions on one column"
    assert all("% if " in text and "of past days)" in text for text in texts)


def test_fidelity_is_measured_where_no_tree_has_learned():
    """Trees see training days alone: what comes later changes their fidelity, never the trees."""
    model = Stub(lambda x: expit(3.0 * x[:, 0]))
    one = stubbed(model)
    other = stubbed(model)
    other.lessons.features.values.flags.writeable = True
    other.lessons.features.values[one.fitted[0].test] += 5.0
    a, b = surrogate(one), surrogate(other)
    assert a.rules(0) == b.rules(0)
    assert a.r_squared != b.r_squared


def test_fidelity_of_a_bad_imitation_says_so():
    rng = np.random.default_rng(1)
    one = stubbed(Stub(lambda x: rng.random(len(x))))
    told = surrogate(one)
    assert told.r_squared < 0.1
    assert "no fair picture" in told.fidelity


def test_fidelity_by_hand(found):
    told = surrogate(found)
    test = np.isfinite(found.probability)
    ours, theirs = found.probability[test], told.probability[test]
    assert told.r_squared == pytest.approx(1.0 - ((ours - theirs) ** 2).mean() / ours.var())
    state = found.rule.state(told.probability)
    assert told.agreement == (state[test] == found.state[test]).mean()
    assert told.always_off == 1.0 - found.state[test].mean()
    for number, (fit, fold) in enumerate(zip(found.fitted, found.lessons.plan, strict=True)):
        assert told.trees[number].tree_.n_node_samples[0] == fold.train.size
        assert told.trees[number].get_depth() <= 3
        assert np.isfinite(told.probability[fit.test]).all()


# Stability.


def linear(*weights):
    x = np.random.default_rng(0).standard_normal((50, len(COLUMNS)))
    model = LogisticRegression().fit(x, np.arange(50) % 2)
    model.coef_ = np.array([weights], dtype=float)
    return model


def test_the_same_reasons_are_stable_and_others_are_not():
    one, two = linear(6, 5, 4, 3, 2, 1), linear(1, 2, 3, 4, 5, 6)
    told = stability(stubbed(one, one, two, 0.5, two, sessions=1200), top=3)
    assert told.rank_correlation[0] == 1.0
    assert told.rank_correlation[1] == pytest.approx(-1.0)
    assert np.isnan(told.rank_correlation[2:]).all()
    assert told.overlap[:2].tolist() == [1.0, 0.0]
    assert np.isnan(told.importance[3]).all()
    assert np.argsort(told.importance[0]).tolist() == [5, 4, 3, 2, 1, 0]
    assert "least -1.00" in told.text


def test_two_models_are_compared_on_days_that_both_have_learned_from():
    asked = []

    class Noting(LogisticRegression):
        def decision_function(self, x):
            asked.append(x)
            return super().decision_function(x)

    def noting():
        model = Noting()
        model.__dict__ |= linear(1, 2, 3, 4, 5, 6).__dict__
        return model

    one = stubbed(noting(), noting())
    stability(one)
    earlier = one.lessons.plan[0].train
    compared = [x for x in asked if len(x) == len(earlier[::5])]
    assert len(compared) >= 2
    assert all(same(x, one.x[earlier[::5]]) for x in compared)


def test_rank_correlation_is_spearmans():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(0, 6, (2, 30)).astype(float)
        assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert np.isnan(rank_correlation(np.ones(5), np.arange(5.0)))


def test_stability_of_the_real_thing(found):
    told = stability(found)
    assert told.refits.tolist() == [found.sessions[fit.test[0]] for fit in found.fitted]
    assert ((told.overlap >= 0.0) & (told.overlap <= 1.0)).all()
    assert (told.rank_correlation > 0.0).all()
    k = int(np.argmax(told.importance[2]))
    values = contributions(found.fitted[2].model, found.x[found.fitted[2].test]).values
    assert told.importance[2, k] == pytest.approx(np.abs(values[:, k]).mean())
    with pytest.raises(ParameterError, match="top must be at least 1"):
        stability(found, top=0)


# One day.


def on_day(found):
    """A session on which the signal has been on for some time."""
    return int(next(row for row in np.flatnonzero(found.state) if found.state[row - 2 : row].all()))


def test_a_day_is_explained_by_the_model_of_that_day(found):
    row = on_day(found)
    day = found.sessions[row]
    told = warning(small(), MARKET, str(day))
    number = found.refit_of(row)
    model, fold = found.fitted[number].model, found.lessons.plan[number]
    assert told.date == day
    assert told.refit == found.sessions[fold.test[0]]
    assert found.sessions[fold.test[0]] <= day
    assert number + 1 == len(found.fitted) or day < found.sessions[found.lessons.plan[number + 1].test[0]]
    assert told.probability == found.probability[row] == model.predict_proba(found.x[row : row + 1])[0, 1]
    assert expit(told.log_odds) == pytest.approx(told.probability, abs=1e-5)
    assert (told.rows, told.events) == (fold.train.size, found.lessons.target.values[fold.train].sum())
    assert [reason.column for reason in sorted(told.reasons, key=lambda one: -abs(one.contribution))] == [
        reason.column for reason in told.reasons
    ]
    assert {reason.column for reason in told.reasons} == set(found.columns)
    assert told.on
    assert found.state[np.searchsorted(found.sessions, told.since) : row + 1].all()
    assert not found.state[np.searchsorted(found.sessions, told.since) - 1]
    assert told.came == found.lessons.target.values[row]
    for part in (str(day), f"{told.probability:.1%}", "on, since", str(told.refit), f"fitted to {told.rows} days"):
        assert part in told.text


def test_a_reason_has_its_value_and_its_place_in_the_past(found):
    row = on_day(found)
    told = explain_day(found, row)
    panel = found.lessons.features
    for reason in told.reasons:
        k = found.columns.index(reason.column)
        past = found.x[: row + 1, k]
        past = past[~np.isnan(past)]
        assert same(reason.value, found.x[row, k])
        if not np.isnan(reason.value):
            assert reason.percentile == pytest.approx((past <= reason.value).mean())
            assert reason.known_at == panel.known_at[row, k] <= told.date
        assert reason.odds == pytest.approx(np.exp(reason.contribution))
        assert reason.text.startswith(reason.column)
        assert ("×" if reason.contribution >= 0 else "÷") in reason.text
    formulas = {reason.column: reason.formula for reason in told.reasons}
    assert formulas["volatility_21"] == REGISTRY["volatility_21"].formula
    assert "change of VIX over 5 sessions" in formulas["VIX_change_5_zscore"]
    extreme = told.reasons[0]._replace(value=3.0, percentile=0.97, contribution=np.log(2.0))
    assert extreme.text == f"{extreme.column} was 3 (at or above 97% of its past): odds × 2.00"
    assert "below 80% of its past): odds ÷ 2.00" in extreme._replace(percentile=0.2, contribution=-np.log(2.0)).text
    assert "was not known: odds" in extreme._replace(value=np.nan).text
    assert "too little past" in extreme._replace(percentile=np.nan).text


def test_what_comes_later_changes_no_reason(found):
    row = on_day(found)
    close, volume = MARKET.close.copy(), MARKET.volume.copy()
    close[row + 1 :] *= np.exp(np.random.default_rng(0).normal(0.0, 0.1, close[row + 1 :].shape))
    high, low = np.fmax(MARKET.high, close), np.fmin(MARKET.low, close)
    volume[row + 1 :] *= 3.0
    other = replace(MARKET, close=close, high=high, low=low, volume=volume)
    day = str(found.sessions[row])
    a, b = warning(small(), MARKET, day), warning(small(), other, day)
    assert [tuple(map(str, reason)) for reason in a.reasons] == [tuple(map(str, reason)) for reason in b.reasons]
    assert (a.probability, a.base, a.on, a.since) == (b.probability, b.base, b.on, b.since)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2002-06-01", "stress-5: 2002-06-01 is no session; the nearest session with a forecast is 2002-05-31"),
        ("2000-06-01", "stress-5: 2000-06-01 lies in the warm-up; the nearest session with a forecast is 2001-12-07"),
        ("1990-01-01", "is no session; the nearest session with a forecast is 2001-12-07"),
        ("2030-01-01", "is no session; the nearest session with a forecast is 2003-06-13"),
        ("2008-13-45", "'2008-13-45' is no date; write it as 2008-09-15"),
        ("soon", "'soon' is no date"),
        ("", "'' is no date"),
    ],
)
def test_a_day_without_a_forecast_names_the_nearest_before_anything_is_fitted(day, words):
    signal = small()
    signal.make = None
    with pytest.raises(ParameterError) as error:
        warning(signal, MARKET, day)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_columns_of_the_state_of_stress_are_a_family_with_formulas():
    found = walk(small(columns=["state", "volatility"]), FEATURES)
    assert set(found.groups()) == {"volatility", "state"}
    told = explain_day(found, int(found.scored[50]))
    assert all(reason.formula for reason in told.reasons)
    assert {reason.family for reason in told.reasons} == {"volatility", "state"}


def test_a_session_whose_model_knew_nothing_names_the_nearest_that_did():
    one = stubbed(float("nan"), Stub(first_alone), sessions=900)
    start = int(one.fitted[1].test[0])
    with pytest.raises(ParameterError, match=f"knew no label in time.*nearest .* is {one.sessions[start]}"):
        one.row_of(str(one.sessions[start - 3]))
    assert one.row_of(one.sessions[start]) == start
    assert one.row_of(one.sessions[start].astype(object)) == start


def test_a_model_that_is_one_constant_is_explained_in_a_sentence():
    one = stubbed(0.0, hit=lambda x: np.zeros(len(x)))
    told = explain_day(one, 300)
    assert told.reasons == ()
    assert "all alike, so it says the same of any day" in told.text


def test_a_model_without_contributions_says_so_and_has_all_the_rest():
    signal = small(model="tree-coarse", options={})
    one = walk(signal, FEATURES)
    row = int(one.scored[100])
    with pytest.raises(ParameterError, match="DecisionTreeClassifier has no exact contributions"):
        warning(signal, MARKET, str(one.sessions[row]))
    assert explain_day(one, row).reasons == ()
    assert surrogate(one).r_squared > 0.5
    assert permutation_importance(one, repeats=2).worse.shape == (len(one.groups()), 2)


def test_a_loaded_forecast_gives_the_same_reasons(found, tmp_path):
    frozen = small().frozen(FEATURES)
    save(frozen, FEATURES, tmp_path / "kept")
    day = str(found.sessions[on_day(found)])
    a, b = (warning(forecast, FEATURES, day) for forecast in (small(), load(tmp_path / "kept", FEATURES)))
    assert str(a) == str(b)
