"""Models: RUSBoost against its published recursion, others against other software, all by the same interface."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import AdaBoostClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from signals.stress.models import (
    MODELS,
    PRESETS,
    AdaBoostM2,
    BalancedForest,
    EasyEnsemble,
    HiddenMarkov,
    KernelBayes,
    OrderedProbit,
    RidgeNowcast,
    Standardise,
    StatusRule,
    Vectors,
    answer,
    maker,
    model_spec,
    own_model,
    pseudo_loss,
    standard,
    windows,
)
from signals.stress.models.boosting import balanced_rows
from signals.stress.models.extras import held
from simulator.core.errors import ParameterError, PluginError


def tiered(seed=0, n=900, columns=6, noise=0.4):
    """Rows, classes in the shares 85, 10 and 5%, the level behind them and its thresholds."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, columns))
    level = x[:, 0] + 0.5 * x[:, 1] + noise * rng.standard_normal(n)
    bounds = np.tile(np.quantile(level, [0.85, 0.95]), (n, 1))
    return x, (level[:, None] > bounds).sum(axis=1).astype(float), level, bounds


def asked(name, seed=1, gaps=True):
    """A model's answer on the last third of :func:`tiered`."""
    x, y, level, bounds = tiered()
    if gaps:
        x = np.where(np.random.default_rng(5).random(x.shape) < 0.02, np.nan, x)
    spec = MODELS[name]
    if spec.family == "naive":
        x = y[:, None]
    if spec.family == "control":
        x = np.arange(y.size, dtype=float)[:, None]
    if spec.extra and not held(spec.extra):
        pytest.skip(f"the extra {spec.extra} is not installed")
    if spec.classes == 2:
        y = np.minimum(y, 1.0)
    side = {"level": level, "bounds": bounds}
    names = list(spec.needs)
    if spec.window:
        side["window"] = windows(x, np.arange(len(x)), spec.window)
        names.append("window")
    train, test = slice(0, 600), slice(600, None)
    model = spec.make(seed)
    got = answer(
        model,
        x[train],
        y[train],
        x[test],
        spec.classes or 3,
        {key: side[key][train] for key in names},
        {key: side[key][test] for key in names},
    )
    return got, y[test]


# --- RUSBoost


def test_the_pseudo_loss_is_the_published_one():
    confidence = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]])
    truth = np.array([0, 2])
    blame = np.array([[0.0, 0.3, 0.2], [0.1, 0.4, 0.0]])
    by_hand = 0.5 * (0.3 * (1 - 0.7 + 0.2) + 0.2 * (1 - 0.7 + 0.1) + 0.1 * (1 - 0.4 + 0.3) + 0.4 * (1 - 0.4 + 0.3))
    assert pseudo_loss(confidence, truth, blame) == pytest.approx(by_hand, abs=1e-15)
    chance = np.full((2, 3), 1 / 3)
    assert pseudo_loss(chance, truth, blame) == pytest.approx(0.5)


def test_two_rounds_by_hand():
    """AdaBoost.M2 on seven rows with a stump: weights, says and votes worked out step by step."""
    x = np.arange(7.0)[:, None]
    y = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
    model = AdaBoostM2(rounds=2, max_splits=1, learning_rate=0.5).fit(x, y)
    blame = np.full(7, 1 / 7)  # two classes: one wrong class a row
    votes, says = np.zeros((7, 2)), []
    truth = y.astype(int)
    for _ in range(2):
        stump = DecisionTreeClassifier(max_leaf_nodes=2, random_state=0).fit(x, truth, sample_weight=blame)
        h = stump.predict_proba(x)
        right, wrong = h[np.arange(7), truth], h[np.arange(7), 1 - truth]
        loss = 0.5 * np.sum(blame * (1 - right + wrong))
        beta = loss / (1 - loss)
        says.append(0.5 * np.log(1 / beta))
        votes += says[-1] * h
        blame = blame * beta ** (0.5 * 0.5 * (1 + right - wrong))
        blame /= blame.sum()
    assert model.says_ == pytest.approx(says, rel=1e-12)
    assert model.predict_proba(x) == pytest.approx(votes / sum(says), rel=1e-12)


def test_balanced_rows_hold_as_many_of_each_class():
    y = np.array([0] * 50 + [1] * 7 + [2] * 3)
    rows = balanced_rows(y, np.random.default_rng(0))
    assert np.bincount(y[rows]).tolist() == [3, 3, 3]
    assert np.unique(rows).size == 9
    assert set(np.flatnonzero(y == 2)) <= set(rows)


def test_undersampling_trades_precision_for_recall():
    x, y, _, _ = tiered(n=2000, noise=0.8)
    train, test = slice(0, 1400), slice(1400, None)
    plain, under = (AdaBoostM2(undersample=on).fit(x[train], y[train]).predict(x[test]) for on in (False, True))
    red = y[test] == 2
    assert (under[red] == 2).mean() > (plain[red] == 2).mean() + 0.1
    assert (under == y[test]).mean() < (plain == y[test]).mean()


def test_a_low_rate_survives_where_stumps_at_rate_one_do_not():
    """The trap of other defaults: the ensemble does not end at the first round worse than chance."""
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((300, 3)), rng.choice(3, 300, p=[0.85, 0.1, 0.05]).astype(float)
    model = AdaBoostM2(rounds=30, undersample=True).fit(x, y)
    assert len(model.trees_) == 30
    assert all(say > 0.0 for say in model.says_)


def test_trees_have_the_stated_size():
    x, y, _, _ = tiered()
    model = AdaBoostM2(rounds=3, max_splits=20).fit(x, y)
    assert max(tree.get_n_leaves() for tree in model.trees_) == 21


def test_boosting_without_any_signal_is_undecided():
    x, y = np.ones((40, 2)), np.tile([0.0, 1.0], 20)
    model = AdaBoostM2().fit(x, y)
    assert model.trees_ == []
    assert model.predict_proba(x) == pytest.approx(0.5)


def test_boosting_agrees_with_another_implementation_where_both_apply():
    x, y, _, _ = tiered(n=1500, noise=0.2)
    ours = AdaBoostM2(rounds=50, max_splits=8, learning_rate=0.5).fit(x[:1000], y[:1000]).predict(x[1000:])
    tree = DecisionTreeClassifier(max_leaf_nodes=9)
    theirs = AdaBoostClassifier(tree, n_estimators=50, learning_rate=0.5, random_state=0).fit(x[:1000], y[:1000])
    assert (ours == theirs.predict(x[1000:])).mean() > 0.93


# --- the interface


def test_the_paper_s_presets_are_all_there():
    families = [preset.family for preset in PRESETS]
    counts = {name: families.count(name) for name in dict.fromkeys(families)}
    assert counts == {"tree": 3, "discriminant": 2, "bayes": 2, "svm": 6, "neighbours": 6, "ensemble": 5}
    assert all(MODELS[preset.name] is preset for preset in PRESETS)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers_with_probabilities_and_repeats_itself(name):
    got, actual = asked(name)
    again, _ = asked(name)
    assert got.probability.shape == (300, MODELS[name].classes or 3)
    assert got.probability.sum(axis=1) == pytest.approx(1.0)
    assert np.array_equal(got.probability, again.probability)
    assert np.array_equal(got.status, again.status)
    assert set(np.unique(got.status)) <= {0.0, 1.0, 2.0}
    assert (got.status == actual).mean() > (0.7 if MODELS[name].family == "regimes" else 0.75)


@pytest.mark.parametrize(
    "name", ["rusboost", "bagged-trees", "random-forest", "easy-ensemble", "balanced-forest", "xgboost-platt", "gru"]
)
def test_the_seed_matters_where_there_is_chance(name):
    assert not np.array_equal(asked(name, 1)[0].probability, asked(name, 2)[0].probability)


@pytest.mark.parametrize(
    "model",
    [AdaBoostM2(), EasyEnsemble(), BalancedForest(), KernelBayes(), OrderedProbit(), HiddenMarkov(), Vectors()],
    ids=lambda one: type(one).__name__,
)
def test_models_are_cloned_by_their_parameters(model):
    assert clone(model).get_params() == model.get_params()


def test_two_classes_do_as_well_as_three():
    x, y, _, _ = tiered()
    for name in ("rusboost", "easy-ensemble", "probit", "svm-quadratic", "bayes-kernel", "hidden-markov", "xgboost"):
        got = answer(MODELS[name].make(0), x[:600], np.minimum(y, 1.0)[:600], x[600:], 2, {}, {})
        assert got.probability.shape == (300, 2)


def test_one_class_in_training_is_answered_for_certain():
    x = np.zeros((5, 2))
    got = answer(MODELS["rusboost"].make(0), x, np.full(5, 1.0), x, 3, {}, {})
    assert got.status.tolist() == [1.0] * 5
    assert got.probability.tolist() == [[0.0, 1.0, 0.0]] * 5
    nothing = answer(MODELS["rusboost"].make(0), x[:0], np.zeros(0), x, 3, {}, {})
    assert nothing.status.tolist() == [0.0] * 5


def test_a_class_absent_from_training_has_no_probability():
    x, y, _, _ = tiered()
    got = answer(MODELS["tree-medium"].make(0), x, np.where(y == 1.0, 2.0, y), x[:50], 3, {}, {})
    assert (got.probability[:, 1] == 0.0).all()
    assert 2.0 in got.status


def test_models_are_found_by_name():
    with pytest.raises(ParameterError, match="did you mean 'rusboost'"):
        model_spec("rusbost")
    assert maker("xgboost", 3, {"n_estimators": 7})().n_estimators == 7
    with pytest.raises(ParameterError, match="needs more than columns"):
        maker("ridge-nowcast", 0, {})
    for name in ("last-published", "var", "markov-switching"):
        with pytest.raises(ParameterError, match="needs more than columns"):
            maker(name, 0, {})


def test_studies_run_what_is_quick_and_fits_their_classes():
    assert set(MODELS) - set(standard(3)) == {name for name, model in MODELS.items() if model.slow} | {"hazard"}
    assert "hazard" in standard(2)
    assert {preset.name for preset in PRESETS} < set(standard(3))
    assert {"gru", "lstm", "xgboost-tuned", "stacked"} <= {name for name, model in MODELS.items() if model.slow}
    with pytest.raises(ParameterError, match="'hazard' tells 2 classes apart, not 3"):
        MODELS["hazard"].check(3)


def test_a_model_whose_extra_is_absent_says_what_to_install(monkeypatch):
    monkeypatch.setattr("signals.stress.models.extras.find_spec", lambda name: None)
    for name, extra in (("gru", "deep"), ("lstm", "deep"), ("xgboost-optuna", "tune")):
        for ask in (lambda: MODELS[name].check(3), lambda: MODELS[name].make(0)):  # noqa: B023 - used at once
            with pytest.raises(ParameterError, match=rf"{name}' needs the extra: pip install 'undertow\[{extra}\]'"):
                ask()


class Prior(ClassifierMixin, BaseEstimator):
    """An estimator of a user's own: the shares of the classes in training."""

    def __init__(self, wrong=False, random_state=None):
        self.wrong = wrong
        self.random_state = random_state

    def fit(self, x, y):
        assert not np.isnan(x).any()
        self.classes_, self.counts_ = np.unique(y, return_counts=True)
        return self

    def predict_proba(self, x):
        return np.tile(self.counts_ / (1.0 if self.wrong else self.counts_.sum()), (len(x), 1))

    def predict(self, x):
        return np.full(len(x), self.classes_[self.counts_.argmax()])


def test_an_estimator_of_one_s_own_joins():
    x, y, _, _ = tiered()
    x[3, 2] = np.nan
    spec = own_model("mine:Prior", Prior)
    assert spec.make(7)[-1].random_state == 7
    got = answer(spec.make(7), x, y, x[:4], 3, {}, {})
    assert got.probability[0] == pytest.approx([0.85, 0.10, 0.05], abs=0.01)
    with pytest.raises(PluginError, match="no probabilities"):
        answer(own_model("mine:Prior", Prior).make(7, wrong=True), x, y, x[:4], 3, {}, {})


# --- single models


def test_standardise_learns_from_training_rows_alone():
    train = np.array([[1.0, np.nan, 5.0], [3.0, np.nan, 5.0], [np.nan, np.nan, 5.0]])
    step = Standardise().fit(train)
    out = step.transform(np.array([[np.nan, 1.0, 9.0], [1e9, np.nan, 5.0]]))
    assert step.median_.tolist() == [2.0, 0.0, 5.0]
    assert out[0].tolist() == [0.0, 0.0, 0.0]  # the median; a column never seen; a column that never varied
    assert out[1, 0] == 8.0


def test_the_nowcast_is_a_regression_cut_at_the_thresholds_of_the_day():
    x, y, level, bounds = tiered(noise=0.05)
    model = RidgeNowcast(alpha=1e-6).fit(x, y, level=level, bounds=bounds)
    design = np.column_stack([np.ones(len(x)), x])
    expected = design @ np.linalg.lstsq(design, level, rcond=None)[0]
    assert model.predict_level(x) == pytest.approx(expected, abs=1e-6)
    high = bounds + 100.0
    assert model.predict(x, bounds=high).max() == 0.0
    assert model.predict_proba(x, bounds=high)[:, 0] == pytest.approx(1.0)
    middle = np.column_stack([expected - 1.0, expected])
    chance = model.predict_proba(x, bounds=middle)
    assert chance[:, 2] == pytest.approx(0.5, abs=1e-4)  # the estimate lies on the upper threshold
    assert model.error_ == pytest.approx(0.05, rel=0.2)


def test_kernel_bayes_is_gaussian_on_gaussian_data():
    rng = np.random.default_rng(0)
    y = np.repeat([0.0, 1.0], 2000)
    x = rng.standard_normal((4000, 2)) + y[:, None] * np.array([1.5, -1.0])
    ours, theirs = (model.fit(x, y).predict_proba(x) for model in (KernelBayes(), GaussianNB()))
    assert np.abs(ours - theirs).mean() < 0.02


def test_kernel_bayes_by_hand():
    x, y = np.array([[0.0], [2.0], [10.0], [14.0]]), np.array([0.0, 0.0, 1.0, 1.0])
    factor = (4 / (3 * 2)) ** 0.2 / 0.6745
    widths = np.array([1.0, 2.0]) * factor
    densities = [
        np.mean(np.exp(-0.5 * ((5.0 - rows) / width) ** 2)) / width
        for rows, width in zip((x[:2, 0], x[2:, 0]), widths, strict=True)
    ]
    got = KernelBayes().fit(x, y).predict_proba(np.array([[5.0]]))
    assert got[0, 0] == pytest.approx(densities[0] / sum(densities), rel=1e-12)


def test_the_probit_is_that_of_statsmodels():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, y, _, _ = tiered(columns=3)
    ours = OrderedProbit(penalty=0.0).fit(x, y)
    theirs = OrderedModel(y.astype(int), x, distr="probit").fit(method="bfgs", disp=False)
    assert ours.coefficients_ == pytest.approx(np.asarray(theirs.params)[:3], rel=1e-2)
    assert ours.predict_proba(x[:50]) == pytest.approx(np.asarray(theirs.predict(x[:50])), abs=2e-3)


def test_the_probit_gradient_is_that_of_its_loss():
    from scipy.optimize import check_grad

    x, y, _, _ = tiered(n=200, columns=3)
    model, truth, w = OrderedProbit(penalty=2.0), y.astype(int), 1.0 + y
    point = np.array([0.3, -0.2, 0.1, 0.9, -0.4])
    off = check_grad(lambda p: model._loss(p, x, truth, w)[0], lambda p: model._loss(p, x, truth, w)[1], point)
    assert off < 1e-3


def test_the_filter_is_that_of_statsmodels():
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    from signals.stress.models.hidden import _Chain, _filtered

    rng = np.random.default_rng(0)
    z = np.where(np.arange(200) % 100 < 50, rng.normal(0, 1, 200), rng.normal(3, 2, 200))
    move = np.array([[0.95, 0.05], [0.1, 0.9]])
    model = MarkovRegression(z, k_regimes=2, switching_variance=True)
    result = model.filter([0.95, 0.1, 0.0, 3.0, 1.0, 4.0], transformed=True)
    start = np.array([2 / 3, 1 / 3])  # the stationary distribution, from which theirs starts
    chain = _Chain(start, move, np.array([[0.0], [3.0]]), np.array([[1.0], [4.0]]))
    filtered, log_likelihood = _filtered(z[:, None], chain)
    assert filtered == pytest.approx(np.asarray(result.filtered_marginal_probabilities), abs=1e-10)
    assert log_likelihood == pytest.approx(result.llf, rel=1e-10)


def test_hidden_regimes_are_found_and_named():
    rng = np.random.default_rng(1)
    spell = np.repeat([0, 1, 0, 1, 0], 200)
    x = rng.standard_normal((1000, 2)) * (1 + 2 * spell[:, None]) + 4.0 * spell[:, None]
    model = HiddenMarkov(states=2, components=1).fit(x, spell.astype(float))
    assert (model.predict(x) == spell).mean() > 0.97
    assert np.diag(model.chain_.move).min() > 0.95


def test_forecasts_start_from_the_long_run_shares_of_the_regimes():
    from signals.stress.models.hidden import _stationary

    move = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.5, 0.5]])
    shares = _stationary(move)
    assert shares @ move == pytest.approx(shares)
    assert shares.sum() == pytest.approx(1.0)
    x, y, _, _ = tiered()
    model = HiddenMarkov(states=2, components=1).fit(x, y)
    model.chain_ = model.chain_._replace(mean=np.zeros((2, 1)), variance=np.ones((2, 1)))  # rows say nothing
    assert model.predict_proba(x[:1])[0] == pytest.approx(_stationary(model.chain_.move) @ model.shares_)


def test_the_regimes_know_no_later_row():
    x, y, _, _ = tiered()
    model = HiddenMarkov().fit(x, y)
    assert np.array_equal(model.predict_proba(x[:300]), model.predict_proba(x)[:300])


def test_a_rule_says_what_its_column_says():
    said, came = np.array([0.0, 0.0, 0.0, 2.0, 2.0]), np.array([0.0, 0.0, 1.0, 2.0, 2.0])
    rule = StatusRule().fit(said[:, None], came)
    assert rule.predict(np.array([[2.0], [np.nan], [1.0]])).tolist() == [2.0, 0.0, 1.0]
    # one count of each class is added: (2 + 1, 1 + 1, 0 + 1) / 6 after green
    assert rule.predict_proba(np.array([[0.0]]))[0] == pytest.approx([3 / 6, 2 / 6, 1 / 6])
