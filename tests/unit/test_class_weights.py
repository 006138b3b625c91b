"""Class weights: rows that count more are rows that come more often."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from signals.stress.models import MODELS, OrderedProbit, Standardise, Weighted
from signals.stress.models.weights import weight_by_class
from simulator.core.errors import ParameterError
from tests.unit.test_stress_models import tiered

WEIGHABLE = (
    *("logistic", "probit", "random-forest", "xgboost", "mlp", "svm-medium-gaussian", "svm-linear", "tree-medium"),
    *("bagged-trees", "boosted-trees", "bayes-gaussian"),
)


def test_balanced_weights_give_every_class_the_same_say():
    y = np.array([0.0] * 6 + [1.0] * 3 + [2.0])
    assert weight_by_class("balanced", y) == pytest.approx({0.0: 10 / 18, 1.0: 10 / 9, 2.0: 10 / 3})
    assert weight_by_class([1, 2, 5], y) == {0.0: 1.0, 1.0: 2.0, 2.0: 5.0}
    assert weight_by_class({"2": 4}, y) == {0.0: 1.0, 1.0: 1.0, 2.0: 4.0}


def test_a_weight_of_three_is_three_times_the_row():
    x, y, _, _ = tiered(n=300)
    thrice = np.repeat(np.arange(300), np.where(y == 2.0, 3, 1))
    ours = Weighted(OrderedProbit(), [1, 1, 3]).fit(x, y)
    theirs = OrderedProbit().fit(x[thrice], y[thrice])
    assert ours.predict_proba(x) == pytest.approx(theirs.predict_proba(x), abs=1e-3)


def test_numbers_for_the_logistic_are_sklearn_s():
    x, y, _, _ = tiered(n=500)
    ours = MODELS["logistic"].make(0, class_weight=[1, 2, 8]).fit(x, y).predict_proba(x)
    z = Standardise().fit(x).transform(x)
    theirs = LogisticRegression(C=0.01, max_iter=500, class_weight={0.0: 1, 1.0: 2, 2.0: 8}).fit(z, y)
    assert ours == pytest.approx(theirs.predict_proba(z), abs=1e-6)
    plain = MODELS["logistic"].make(0, class_weight=None).fit(x, y).predict_proba(x)
    assert plain.mean(axis=0) == pytest.approx([0.85, 0.10, 0.05], abs=1e-3)


@pytest.mark.parametrize("name", WEIGHABLE)
def test_a_class_that_counts_more_is_called_more_often(name):
    x, y, _, _ = tiered(n=600, noise=1.5)
    x[::9, 3] = np.nan
    plain, heavy = (
        MODELS[name].make(0, class_weight=weight).fit(x[:400], y[:400]).predict_proba(x[400:])[:, 2].mean()
        for weight in (None, [1, 1, 20])
    )
    assert heavy > 1.3 * plain


def test_what_cannot_be_weighted_is_refused():
    x, y, _, _ = tiered(n=100)
    for name in ("knn-fine", "subspace-discriminant", "discriminant-linear"):
        with pytest.raises(ParameterError, match="class_weight cannot be set"):
            MODELS[name].make(0, class_weight="balanced")
    for weight, words in (
        ("balance", "must be 'balanced'"),
        ([1, -2], "positive numbers"),
        ([], "positive numbers"),
        ({"red": 2}, "numbers by class"),
    ):
        with pytest.raises(ParameterError, match=words):
            MODELS["xgboost"].make(0, class_weight=weight)
    with pytest.raises(ParameterError, match="has 2 numbers, but there is a class 2"):
        MODELS["xgboost"].make(0, class_weight=[1, 2]).fit(x, y)
