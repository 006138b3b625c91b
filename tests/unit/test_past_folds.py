"""Calibration, combinations and tuning: against their parts taken by hand, and never from a later row."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss
from sklearn.model_selection import TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from signals.stress.models import (
    MODELS,
    Averaged,
    Between,
    Calibrated,
    OneOf,
    RidgeNowcast,
    Stacked,
    Standardise,
    Tuned,
    answer,
    calibrated,
    own_model,
)
from signals.stress.models.combine import pool_weights
from signals.stress.models.extras import held
from signals.stress.models.inner import inner_folds, log_odds, past_forecasts
from signals.stress.models.tune import brier, precision
from simulator.core.errors import ParameterError
from tests.unit.test_stress_models import tiered


class Recorder(ClassifierMixin, BaseEstimator):
    """Says the shares of the classes, and keeps what it was fitted on and asked (the first column holds the time)."""

    seen: list = []  # noqa: RUF012 - shared by all clones on purpose

    def __init__(self, setting=0):
        self.setting = setting

    def fit(self, x, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        self.last_, self.rows_ = x[:, 0].max(), len(x)
        return self

    def predict_proba(self, x):
        Recorder.seen.append((self.rows_, self.last_, x[:, 0].min(), x[:, 0].max()))
        return np.tile(self.shares_, (len(x), 1))

    def predict(self, x):
        return np.full(len(x), self.classes_[self.shares_.argmax()])


def binary(n=1200, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 4))
    return x, (x[:, 0] + noise * rng.standard_normal(n) > 1.0).astype(float)


def by_hand(model, x, y, folds=3, gap=20):
    """Past forecasts, once more."""
    rows, out = [], []
    for train, test in TimeSeriesSplit(folds, gap=gap).split(x):
        rows.append(test)
        out.append(clone(model).fit(x[train], y[train]).predict_proba(x[test]))
    return np.concatenate(rows), np.concatenate(out)


# --- folds


@pytest.mark.parametrize("kind", [Calibrated, Tuned, lambda one: Averaged([one], "brier"), lambda one: Stacked([one])])
def test_whatever_is_learned_inside_is_learned_from_the_past(kind):
    """Every inner forecast comes from a model whose rows end a gap before it, and the answer from one that saw all."""
    Recorder.seen = []
    y = np.tile([0.0, 1.0], 200)
    x = np.arange(400.0)[:, None]
    model = kind(Recorder()) if kind is not Tuned else Tuned(Recorder(), {"setting": OneOf((1, 2))}, trials=3)
    model.fit(x, y)
    assert len(Recorder.seen) == (9 if kind is Tuned else 3)
    for rows, last, first, end in Recorder.seen:
        assert last + 20 < first
        assert rows == last + 1
        assert end < 400
    Recorder.seen = []
    model.predict_proba(x + 400.0)
    assert Recorder.seen[0][:2] == (400, 399.0)


def test_inner_folds_are_fewer_of_few_rows():
    assert [len(inner_folds(n, 3, 20)) for n in (400, 84, 83, 63, 62, 5, 0)] == [3, 3, 2, 2, 0, 0, 0]
    for train, test in inner_folds(100, 3, 20):
        assert train.size
        assert train[-1] + 20 < test[0]


def test_a_fold_that_has_not_seen_every_class_is_left_out():
    x, y = binary(400)
    y[:150] = 0.0
    past = past_forecasts(GaussianNB(), x, y, {}, np.array([0.0, 1.0]))
    assert past.rows[0] == 200  # the fold of rows 100 to 199 learned from rows without an event
    assert past.probability.shape == (200, 2)


def test_a_fold_without_the_middle_class_does_not_stop_boosting():
    x, y, _, _ = tiered()
    y = np.where((np.arange(y.size) < 300) & (y == 1.0), 0.0, y)  # the first fold's model would see 0 and 2 alone
    assert set(np.unique(y[:205])) == {0.0, 2.0}
    got = answer(MODELS["xgboost-platt"].make(0), x[:700], y[:700], x[700:], 3, {}, {})
    assert (got.status == y[700:]).mean() > 0.8


# --- calibration


@pytest.mark.parametrize("classes", [2, 3])
def test_isotonic_is_one_rising_curve_a_class(classes):
    x, y, _, _ = tiered(n=1500)
    y = np.minimum(y, classes - 1.0)
    base = GaussianNB()
    got = Calibrated(base, "isotonic").fit(x[:1200], y[:1200]).predict_proba(x[1200:])
    rows, past = by_hand(base, x[:1200], y[:1200])
    raw = clone(base).fit(x[:1200], y[:1200]).predict_proba(x[1200:])
    curves = [
        IsotonicRegression(out_of_bounds="clip").fit(past[:, k], y[rows] == k).predict(raw[:, k])
        for k in range(classes)
    ]
    expected = np.column_stack(curves) if classes > 2 else np.column_stack([1.0 - curves[1], curves[1]])
    assert got == pytest.approx(expected / expected.sum(axis=1, keepdims=True), abs=1e-12)


def test_platt_is_a_logistic_curve_of_the_log_odds():
    x, y = binary()
    base = GaussianNB()
    got = Calibrated(base, "platt").fit(x[:900], y[:900]).predict_proba(x[900:])[:, 1]
    rows, past = by_hand(base, x[:900], y[:900])
    odds, came = log_odds(past)[:, 1], y[rows] == 1.0
    high, low = (came.sum() + 1) / (came.sum() + 2), 1 / ((~came).sum() + 2)  # Platt's targets
    target = np.where(came, high, low)

    def loss(p):
        chance = 1 / (1 + np.exp(-(p[0] * odds + p[1])))
        return -(target * np.log(chance) + (1 - target) * np.log(1 - chance)).sum()

    slope, cut = minimize(loss, [1.0, 0.0]).x
    raw = log_odds(clone(base).fit(x[:900], y[:900]).predict_proba(x[900:]))[:, 1]
    assert got == pytest.approx(1 / (1 + np.exp(-(slope * raw + cut))), abs=1e-4)


def test_temperature_is_one_number_and_keeps_the_order():
    x, y, _, _ = tiered(n=1500)
    base = GaussianNB()
    model = Calibrated(base, "temperature").fit(x[:1200], y[:1200])
    rows, past = by_hand(base, x[:1200], y[:1200])

    def scaled(p, beta):
        raised = np.exp(beta * np.log(p + 1e-12))
        return raised / raised.sum(axis=1, keepdims=True)

    betas = np.linspace(0.2, 3.0, 2801)
    best = betas[np.argmin([log_loss(y[rows], scaled(past, beta)) for beta in betas])]
    raw = model.model_.predict_proba(x[1200:])
    assert model.predict_proba(x[1200:]) == pytest.approx(scaled(raw, best), abs=1e-3)
    assert np.array_equal(model.predict(x[1200:]), model.model_.predict(x[1200:]))


@pytest.mark.parametrize("method", ["isotonic", "platt", "temperature"])
def test_probabilities_that_boast_are_corrected(method):
    """A deep tree is sure of everything; so is naive Bayes shown one column five times."""
    x, y = binary(4000)
    x = np.repeat(x[:, :1], 5, axis=1) + 0.01 * x[:, [1, 2, 3, 1, 2]]
    raw = GaussianNB().fit(x[:3000], y[:3000]).predict_proba(x[3000:])[:, 1]
    got = Calibrated(GaussianNB(), method).fit(x[:3000], y[:3000]).predict_proba(x[3000:])[:, 1]
    assert brier_score_loss(y[3000:], got) < 0.95 * brier_score_loss(y[3000:], raw)
    if method != "temperature":  # which keeps an event as likely as its contrary where it was
        assert got.mean() == pytest.approx(y.mean(), abs=0.04)


def test_platt_undoes_balanced_classes():
    x, y, _, _ = tiered(n=3000, noise=1.0)
    balanced, corrected = (MODELS[name].make(0) for name in ("logistic", "logistic-platt"))
    raw, got = (model.fit(x[:2000], y[:2000]).predict_proba(x[2000:]) for model in (balanced, corrected))
    assert raw[:, 2].mean() > 2 * (y == 2).mean()
    assert got.mean(axis=0) == pytest.approx([0.85, 0.10, 0.05], abs=0.04)


@pytest.mark.parametrize("method", ["isotonic", "platt", "temperature"])
def test_without_past_forecasts_probabilities_stay_as_they_are(method):
    x, y, _, _ = tiered()
    late = np.where(np.arange(y.size) < 700, 0.0, y)  # one class on every fold but the last, whose model saw one
    for rows, came in ((slice(0, 30), y), (slice(None), late)):
        model = Calibrated(DecisionTreeClassifier(random_state=0), method).fit(x[rows], came[rows])
        assert model.calibrator_ is None
        assert np.array_equal(model.predict_proba(x), model.model_.predict_proba(x))
        assert np.array_equal(model.predict(x), model.model_.predict(x))
    early = np.where(np.arange(y.size) > 200, 0.0, y)  # the classes came before the folds, and never on them
    model = Calibrated(DecisionTreeClassifier(random_state=0), method).fit(x, early)
    assert model.calibrator_ is None


def test_a_model_that_needs_more_than_columns_is_calibrated_too():
    x, y, level, bounds = tiered(n=1500)
    train, test = slice(0, 1000), slice(1000, None)
    model = calibrated(RidgeNowcast(), "platt", gap=10)
    assert model.needs == ("level", "bounds")
    got = answer(
        model,
        x[train],
        y[train],
        x[test],
        3,
        {"level": level[train], "bounds": bounds[train]},
        {"bounds": bounds[test]},
    )
    assert model.calibrator_ is not None
    assert (got.status == y[test]).mean() > 0.87


def test_a_calibrated_model_of_one_s_own_joins():
    x, y, _, _ = tiered()
    x[::7, 2] = np.nan

    def mine():
        return calibrated(DecisionTreeClassifier(max_depth=4, max_features=2), "isotonic", gap=5)

    spec = own_model("mine:Tree", mine)
    model = spec.make(7)
    assert model.model[-1].random_state == 7
    assert isinstance(model.model[0], Standardise)  # inside each fold, not around all of them
    got, again = (answer(spec.make(seed), x[:600], y[:600], x[600:], 3, {}, {}) for seed in (7, 7))
    assert np.array_equal(got.probability, again.probability)
    assert (got.status == y[600:]).mean() > 0.8


@pytest.mark.parametrize(
    "name", ["xgboost-isotonic", "xgboost-platt", "xgboost-temperature", "rusboost-isotonic", "stacked"]
)
def test_a_model_that_cannot_learn_gives_base_rates(name):
    _, y, _, _ = tiered(n=1500)
    got = MODELS[name].make(0).fit(np.ones((1500, 3)), y).predict_proba(np.ones((1, 3)))
    bound = 0.35 if name == "xgboost-temperature" else 0.02
    assert got[0] == pytest.approx(np.bincount(y.astype(int)) / 1500, abs=bound)


def test_unknown_methods_are_named():
    x, y = binary(100)
    for model, words in (
        (Calibrated(GaussianNB(), "isotone"), "did you mean 'isotonic'"),
        (Averaged([GaussianNB()], "briar"), "did you mean 'brier'"),
        (Tuned(GaussianNB(), {}, score="briers"), "did you mean 'brier'"),
        (Tuned(GaussianNB(), {}, search="radnom"), "did you mean 'random'"),
    ):
        with pytest.raises(ParameterError, match=words):
            model.fit(x, y)


# --- combinations

PAIR = (GaussianNB(), DecisionTreeClassifier(max_depth=3, random_state=0))


def test_an_average_is_the_mean():
    x, y, _, _ = tiered()
    model = Averaged(PAIR).fit(x[:600], y[:600])
    parts = [clone(member).fit(x[:600], y[:600]).predict_proba(x[600:]) for member in PAIR]
    assert model.predict_proba(x[600:]) == pytest.approx((parts[0] + parts[1]) / 2)


def test_weights_by_brier_are_those_of_bates_and_granger():
    x, y = binary()
    losses = []
    for member in PAIR:
        rows, past = by_hand(member, x, y)
        losses.append(2 * brier_score_loss(y[rows], past[:, 1]))
    expected = (1 / np.array(losses)) / (1 / np.array(losses)).sum()
    assert Averaged(PAIR, "brier").fit(x, y).weights_ == pytest.approx(expected)


def test_the_optimal_pool_has_the_best_past_log_score():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=800)
    knows = rng.random((3, 800, 1)) < np.array([0.6, 0.4, 0.0])[:, None, None]  # each knows of days of its own
    each = rng.dirichlet(np.ones(3), (3, 800)) + 1.5 * knows * np.eye(3)[truth]
    each /= each.sum(axis=2, keepdims=True)
    chance = each[:, np.arange(800), truth]
    found = minimize(
        lambda w: -np.log(w @ chance).mean(),
        np.full(3, 1 / 3),
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    weights = pool_weights(each, truth)
    assert weights[1] > 0.1
    assert weights == pytest.approx(found.x, abs=2e-3)
    assert np.log(weights @ chance).mean() >= np.log(chance).mean(axis=1).max()


def test_a_member_that_knows_nothing_loses_its_say():
    x, y = binary(noise=0.3)
    noise = Recorder()
    Recorder.seen = []
    pool = Averaged([GaussianNB(), noise], "log-score").fit(x, y)
    assert pool.weights_[0] > 0.9
    assert Averaged([GaussianNB(), noise], "brier").fit(x, y).weights_[0] > 0.6


def test_stacking_is_a_ridge_logistic_on_past_log_odds():
    x, y, _, _ = tiered(n=1200)
    got = Stacked(PAIR, strength=0.1).fit(x[:900], y[:900]).predict_proba(x[900:])
    parts = [by_hand(member, x[:900], y[:900]) for member in PAIR]
    design = np.column_stack([log_odds(past) for _, past in parts])
    step = Standardise().fit(design)
    blender = LogisticRegression(C=0.1, max_iter=500).fit(step.transform(design), y[parts[0][0]])
    raw = np.column_stack([log_odds(clone(member).fit(x[:900], y[:900]).predict_proba(x[900:])) for member in PAIR])
    assert got == pytest.approx(blender.predict_proba(step.transform(raw)), abs=1e-6)


def test_combinations_without_a_past_are_plain_means():
    x, y = binary(35)
    for model in (Averaged(PAIR, "brier"), Averaged(PAIR, "log-score"), Stacked(PAIR)):
        assert model.fit(x, y).predict_proba(x) == pytest.approx(Averaged(PAIR).fit(x, y).predict_proba(x))


def test_members_are_named_and_need_columns_only():
    model = MODELS["average"].make(3, members=("probit", "rusboost"))
    assert [type(member[-1] if hasattr(member, "steps") else member).__name__ for member in model.models] == [
        "OrderedProbit",
        "AdaBoostM2",
    ]
    for members, words in (
        (("probits",), "did you mean 'probit'"),
        (("ridge-nowcast",), "needs more than columns"),
        (("var",), "needs more than columns"),
        ((), "needs members"),
    ):
        with pytest.raises(ParameterError, match=words):
            MODELS["stacked"].make(0, members=members)


# --- tuning


def crossed(n=900, seed=0):
    """An event is a matter of two signs together: one split knows nothing, two know all."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2))
    return x, ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(float)


@pytest.mark.parametrize("score", ["brier", "average-precision"])
@pytest.mark.parametrize("search", ["random", "optuna"])
def test_tuning_finds_the_setting_that_foresees(search, score):
    if search == "optuna" and not held("tune"):
        pytest.skip("optuna is not installed")
    x, y = crossed()
    base = DecisionTreeClassifier(max_depth=1, random_state=0)
    space = {"max_depth": OneOf((1, 6)), "min_samples_leaf": Between(5, 9, whole=True)}
    first, second = (
        Tuned(base, space, trials=6, score=score, search=search, random_state=4).fit(x, y) for _ in range(2)
    )
    assert first.best_["max_depth"] == 6
    assert first.model_.max_depth == 6
    assert first.settings_ == second.settings_
    assert first.losses_ == second.losses_
    assert len(first.losses_) == 6
    assert first.settings_[0] == {}
    assert (first.predict(x) == y).mean() > 0.9


def test_a_model_s_own_settings_are_kept_without_folds_or_against_equals():
    x, y = crossed(30)
    model = Tuned(DecisionTreeClassifier(max_depth=2), {"max_depth": OneOf((6,))}, trials=4).fit(x, y)
    assert model.best_ == {}
    assert model.losses_ == [np.inf]
    x, y = crossed()
    same = Tuned(DecisionTreeClassifier(max_depth=6, random_state=0), {"max_depth": OneOf((6,))}, trials=4)
    assert same.fit(x, y).best_ == {}


def test_draws_keep_to_their_ranges():
    rng = np.random.default_rng(0)
    draws = np.array([Between(0.01, 100.0, log=True).draw(rng) for _ in range(2000)])
    assert draws.min() >= 0.01
    assert draws.max() <= 100.0
    assert np.median(draws) == pytest.approx(1.0, rel=0.3)
    whole = [Between(2, 5, whole=True).draw(rng) for _ in range(200)]
    assert set(whole) == {2, 3, 4, 5}
    assert all(isinstance(value, int) for value in whole)


def test_scores_to_tune_by_are_sklearn_s():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=300)
    p = rng.random(300)
    both = np.column_stack([1 - p, p])
    assert brier(both, y) == pytest.approx(2 * brier_score_loss(y, p))
    assert precision(both, y) == pytest.approx(average_precision_score(y, p))
    assert precision(both, np.zeros(300, int)) == 0.0


def test_tuned_boosting_is_of_the_registry():
    x, y = binary(300)
    model = MODELS["xgboost-tuned"].make(5, trials=3, score="average-precision").fit(x, y)
    assert len(model.settings_) == 3
    assert set(model.settings_[1]) == set(model.space)
    assert model.model_.random_state == 5
