"""Augmentation: what it adds, that it never touches what a model is asked, and that its bias is told."""

from __future__ import annotations

import numpy as np
import pytest

from signals.stress.models import MODELS, own_model
from signals.stress.scarce import HOW, Augmented, augmented, bias, draw, effect, told_apart
from signals.stress.scarce.drawn import made_up
from signals.stress.scarce.stretches import GAP, RUN_UP, stretches
from signals.stress.validation import Bootstrap, forecasts, forward
from simulator.core.errors import ParameterError
from tests.posed import candidate, posed

SPELLS = ((100, 140), (300, 310), (500, 505))


def rows(n=700, columns=3, seed=0):
    """Training rows with three episodes of different length; stress lies higher and rises within an episode."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, columns)), np.zeros(n)
    for number, (first, end) in enumerate(SPELLS):
        y[first:end] = 1.0
        x[first:end] += 2.0 + number + np.linspace(0.0, 1.0, end - first)[:, None]
    x[::50, 1] = np.nan
    return x, y


@pytest.mark.parametrize("how", HOW)
def test_the_same_seed_gives_the_same_rows_and_stress_its_share(how):
    x, y = rows()
    before = x.copy()
    one, again, other = (draw(how, x, y, 0.3, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.x, again.x, equal_nan=True)
    assert np.array_equal(x, before, equal_nan=True)
    if how != "weights":
        assert not np.array_equal(one.x, other.x, equal_nan=True)
    share = one.weight[one.y > 0].sum() / one.weight.sum()
    assert share == pytest.approx(0.3, abs=0.04)
    assert np.isfinite(one.x[:, 0]).all()
    real = ~one.added
    assert np.array_equal(one.x[real], x[one.source[real]], equal_nan=True)
    assert np.array_equal(one.y[real], y[one.source[real]])


def test_undersampling_keeps_all_stress_and_no_row_twice():
    x, y = rows()
    one = draw("undersample", x, y, 0.5)
    assert one.y.sum() == y.sum()
    assert np.array_equal(np.unique(one.source), one.source)
    assert (one.y == 0).sum() == y.sum()


def test_every_episode_weighs_the_same_however_long():
    x, y = rows()
    one = draw("weights", x, y, 0.4)
    totals = [one.weight[first:end].sum() for first, end in SPELLS]
    assert totals == pytest.approx([0.4 * y.size / 3] * 3)
    assert one.weight.sum() == pytest.approx(y.size)


def test_whole_episodes_with_their_run_up_are_drawn():
    x, y = rows()
    one = draw("bootstrap", x, y, 0.45)
    added = one.source[one.added]
    parts = np.split(added, np.flatnonzero(np.diff(added) != 1) + 1)
    assert {(int(part[0]), int(part[-1]) + 1) for part in parts} <= {(first - RUN_UP, end) for first, end in SPELLS}
    short = sum(part.size < 40 for part in parts)
    assert len(parts) > 20
    assert short > 0.5 * len(parts)  # drawn by episode, not by day: the short ones come as often


def test_spells_close_together_are_one_episode():
    y = np.zeros(100)
    y[[20, 20 + GAP, 80]] = 1.0
    found = stretches(y)
    assert [spell.rows[[0, -1]].tolist() for spell in found] == [[10, 20 + GAP], [70, 80]]
    assert [spell.stressed.tolist() for spell in found] == [[20, 20 + GAP], [80]]


def test_an_interpolated_episode_lies_between_two_real_ones():
    x, y = rows()
    x = np.where(np.isnan(x), 0.0, x)
    levels = np.zeros(y.size)
    for number, (first, end) in enumerate(SPELLS):
        levels[first - RUN_UP : end] = (1.0, 2.0, 4.0)[number]
    x[:, 2] = levels
    one = draw("interpolated", x, y, 0.3)
    made = one.x[one.added, 2]
    assert ((made >= 1.0) & (made <= 4.0)).all()
    assert ((made != 1.0) & (made != 2.0) & (made != 4.0)).mean() > 0.1
    assert (one.source[one.added] == -1).all()


def test_a_lone_episode_is_scaled_about_calm():
    x, y = rows()
    y[200:] = 0.0
    x[200:] = 0.0
    one = draw("interpolated", x, y, 0.4)
    assert one.added.sum() > 50
    calm = np.nanmean(x[y == 0][:, 0])
    real = x[90:140, 0] - calm
    factors = (one.x[one.added, 0][:50] - calm) / real
    assert np.ptp(factors) < 1e-9
    assert 0.75 <= factors[0] <= 1.25


def test_the_autoregression_has_the_moments_of_what_it_was_fitted_on():
    rng = np.random.default_rng(3)
    n, move = 6000, np.array([[0.6, 0.4], [0.0, 0.5]])
    z = np.zeros((n, 2))
    for t in range(1, n):
        z[t] = move @ z[t - 1] + rng.multivariate_normal([0, 0], [[1.0, 0.6], [0.6, 1.0]])
    y = (np.arange(n) % 300 < 60).astype(float)
    x = z * np.array([1.0, 10.0]) + np.array([5.0, -3.0])
    one = draw("autoregressive", x, y, 0.6)
    made, real = one.x[one.added], x[y > 0]
    assert len(made) > 2000
    assert made.mean(axis=0) == pytest.approx(real.mean(axis=0), abs=0.6 * 10 / np.sqrt(20))
    assert made.std(axis=0) == pytest.approx(real.std(axis=0), rel=0.12)
    assert np.corrcoef(made.T)[0, 1] == pytest.approx(np.corrcoef(real.T)[0, 1], abs=0.08)
    inside = np.flatnonzero(np.arange(len(made)) % 60 != 59)[:-1]
    z = (made - real.mean(axis=0)) / [1.0, 10.0]
    fitted = np.linalg.lstsq(z[inside], z[inside + 1])[0].T
    assert fitted == pytest.approx(move, abs=0.08)


@pytest.mark.parametrize("y", [np.zeros(50), np.ones(50)])
def test_one_class_only_stays_as_it_is(y):
    for how in HOW:
        one = draw(how, np.zeros((50, 2)), y)
        assert len(one.x) == 50
        assert not one.added.any()


class Witness:
    """Notes what it is given."""

    def fit(self, x, y):
        self.seen, self.classes_ = (x.copy(), y.copy()), np.unique(y)
        return self

    def predict_proba(self, x):
        self.asked = x
        return np.full((len(x), 2), 0.5)

    def predict(self, x):
        return np.zeros(len(x))


@pytest.mark.parametrize("how", ["undersample", "bootstrap", "interpolated", "autoregressive"])
def test_only_training_rows_change(how):
    x, y = rows()
    model = Augmented(Witness(), how, 0.3).fit(x, y)
    assert len(model.model.seen[0]) != len(x)
    asked = np.arange(12.0).reshape(4, 3)
    model.predict_proba(asked)
    assert model.model.asked is asked


def test_a_walk_forward_is_judged_on_the_same_real_days():
    one = posed(900)
    splits = forward(one.label, "2006", "Q", 5)
    model = candidate(one)
    spec = augmented(model.spec, "interpolated")
    plain, made = (forecasts([model._replace(spec=two)], one, splits, workers=1) for two in (model.spec, spec))
    a, b = plain["logistic"], made["logistic+interpolated"]
    assert np.array_equal(a.dates, b.dates)
    assert np.array_equal(a.actual, b.actual)
    assert not np.array_equal(a.probability, b.probability)


def test_weights_reach_models_in_pipelines_and_are_refused_by_others():
    x, y = rows()
    x = np.nan_to_num(x)
    spec = augmented(MODELS["logistic"], "weights")
    one, plain = spec.make(0).fit(x, y), MODELS["logistic"].make(0, class_weight=None).fit(x, y)
    assert one.predict_proba(x)[:, 1].mean() > plain.predict_proba(x)[:, 1].mean()
    with pytest.raises(ParameterError, match="use 'oversample'"):
        augmented(MODELS["knn-fine"], "weights").make(0).fit(x, y)


def test_what_cannot_be_augmented_is_refused():
    with pytest.raises(ParameterError, match="cannot be augmented"):
        augmented(MODELS["ridge-nowcast"], "bootstrap")
    with pytest.raises(ParameterError, match="sessions in a row"):
        augmented(MODELS["gru"], "bootstrap")
    with pytest.raises(ParameterError, match="did you mean 'bootstrap'"):
        augmented(MODELS["xgboost"], "botstrap")
    with pytest.raises(ParameterError, match="between 0 and 1"):
        draw("bootstrap", np.zeros((3, 1)), np.array([0.0, 1.0, 0.0]), share=1.0)


@pytest.mark.parametrize("how", ["undersample", "weights", "oversample"])
def test_probabilities_can_be_put_back_to_the_real_share(how):
    """A model of the truth, fitted on shares that are not: Bayes' rule undoes it."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.standard_normal((20_000, 1))
    y = (rng.random(20_000) < 1 / (1 + np.exp(3 - x[:, 0]))).astype(float)
    spec = own_model("mine", lambda: LogisticRegression(C=1e6))
    raw, back = (augmented(spec, how, share=0.5, correct=corrected).make(0).fit(x, y) for corrected in (False, True))
    assert raw.predict_proba(x)[:, 1].mean() > y.mean() + 0.15
    assert back.predict_proba(x)[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)


def test_episodes_too_thin_to_reach_the_share_do_not_grow_for_ever():
    y = (np.arange(1000) % 20 == 19).astype(float)
    one = draw("bootstrap", np.zeros((1000, 1)), y, 0.5)
    assert len(one.x) <= 5100


# --- what is biased is told


def fair(seed=0, n=2000, columns=4):
    rng = np.random.default_rng(seed)
    mix = np.eye(columns) + 0.7 * np.eye(columns, k=1)
    return rng.standard_normal((n, columns)) @ mix


def reported(made):
    x = fair()
    y = np.ones(len(x))
    return bias(x, y, made_up(x, y, made, np.ones(len(made))), tuple("abcd"))


def test_a_fair_generator_is_not_accused():
    found = reported(fair(seed=1))
    assert not found.biased
    assert found.told_apart == pytest.approx(0.5, abs=0.06)
    assert found.columns["ks"].max() < 0.08
    assert found.correlation_gap < 0.05


@pytest.mark.parametrize(
    ("distort", "column", "value"),
    [
        (lambda x: x + np.array([0.5, 0, 0, 0]), "shift", 0.5),
        (lambda x: x * np.array([0.5, 1, 1, 1]), "ratio", 0.5),
    ],
)
def test_a_biased_generator_is_flagged_by_column(distort, column, value):
    found = reported(distort(fair(seed=1)))
    assert found.biased
    assert found.columns["biased"].tolist() == [True, False, False, False]
    assert found.columns[column].iloc[0] == pytest.approx(value, abs=0.08)


def test_a_generator_that_loses_how_columns_move_together_is_flagged():
    made = fair(seed=1)
    for k in range(4):
        made[:, k] = np.random.default_rng(k).permutation(made[:, k])
    found = reported(made)
    assert not found.columns["biased"].any()  # no single column shows it
    assert found.biased
    assert found.correlation_gap > 0.1
    assert found._replace(told_apart=0.5).biased  # by that alone
    assert found.correlation_worst[1:] in {("a", "b"), ("b", "c"), ("c", "d")}


def test_copies_cannot_be_told_from_the_real_rows_and_strangers_can():
    x = fair(n=400)
    where = np.arange(400)
    rng = np.random.default_rng(0)
    again = np.sort(rng.integers(0, 400, 400))
    assert told_apart(x, x[again], where, again) == pytest.approx(0.5, abs=0.1)
    assert told_apart(x, x[again] + 4.0, where, np.full(400, -1)) > 0.95
    assert np.isnan(told_apart(x[:5], x, where[:5], where))


def test_interpolation_is_told_to_shrink_stress():
    x, y = rows(n=3000, seed=1)
    x = np.nan_to_num(x)
    for first in range(800, 2900, 100):
        y[first : first + 15] = 1.0
        x[first : first + 15] = np.random.default_rng(first).standard_normal(3) * 3
    found = bias(x, y, draw("interpolated", x, y, 0.6), tuple("abc"))
    assert found.biased
    assert found.columns["ratio"].max() < 0.9


def test_the_effect_on_forecasts_says_how_far_they_overstate():
    one = posed(1500, base=-3.0)
    splits = forward(one.label, "2006", "Q", 5)
    model = candidate(one, "tree-coarse")
    found = effect(model, one, splits, ("undersample",), share=0.5, workers=1, how=Bootstrap(draws=100))
    loud, back = found.levels["tree-coarse+undersample"], found.levels["tree-coarse+undersample+corrected"]
    assert loud.excess.low > 0.05
    assert abs(back.excess.value) < abs(loud.excess.value) / 3
    assert loud.excess.value == pytest.approx(loud.said.value - loud.came)
    assert set(found.cards["tree-coarse+undersample"].versus) == {"tree-coarse", "last-state"}
