"""Training rows that lack a class: what is absent has probability 0, and nothing fails."""

from __future__ import annotations

import numpy as np
import pytest
from xgboost import XGBClassifier

from signals.stress.account import is_sum, terms
from signals.stress.models import MODELS, answer, windows
from signals.stress.models.extras import held
from signals.stress.saved.parts import assembled, parts
from tests.support import same

RNG = np.random.default_rng(1)
X = RNG.standard_normal((360, 6))
ASKED = RNG.standard_normal((80, 6))
TELLING = X[:, 0] + 0.3 * RNG.standard_normal(360) > 0.9
#: Models that estimate a level and know its thresholds can tell of a class that they have never seen.
OF_LEVELS = {name for name, spec in MODELS.items() if spec.needs}
CLASSIFIERS = [
    name for name, spec in MODELS.items() if spec.classes != 2 and spec.family != "naive" and name not in OF_LEVELS
]


def asked_of(name, classes):
    """The answer of a model that learned from two of the three classes, the second one scarce."""
    spec = MODELS[name]
    if spec.extra and not held(spec.extra):
        pytest.skip(f"the extra {spec.extra} is not installed")
    given = {"window": windows(X, np.arange(360), spec.window)} if spec.window else {}
    both = np.vstack([X, ASKED])
    asked = {"window": windows(both, np.arange(360, 440), spec.window)} if spec.window else {}
    options = {"rounds": 8} if spec.family == "network" and spec.window else {}
    return answer(spec.make(0, **options), X, np.where(TELLING, classes[1], classes[0]), ASKED, 3, given, asked)


@pytest.mark.parametrize("classes", [(0.0, 2.0), (1.0, 2.0), (0.0, 1.0)])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_class_absent_from_training_has_no_chance(name, classes):
    found = asked_of(name, classes)
    absent = ({0, 1, 2} - {int(kind) for kind in classes}).pop()
    assert (found.probability[:, absent] == 0.0).all()
    assert np.allclose(found.probability.sum(axis=1), 1.0, atol=1e-4)
    assert set(found.status) <= set(classes)
    if name != "date-only":
        scarce = found.probability[:, int(classes[1])]
        assert np.corrcoef(scarce, ASKED[:, 0])[0, 1] > 0.2 or MODELS[name].window or "markov" in name


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_what_classes_are_called_changes_nothing(name):
    """Green and red without amber is the same problem as green and amber without red."""
    gap, none = asked_of(name, (0.0, 2.0)), asked_of(name, (0.0, 1.0))
    assert same(gap.probability[:, [0, 2]], none.probability[:, :2])
    assert same(gap.status / 2.0, none.status)


def test_where_no_class_is_absent_every_figure_is_xgboosts_own():
    y = TELLING + (X[:, 1] > 1.0)
    for labels in (y.astype(float), TELLING.astype(float)):
        ours = MODELS["xgboost"].make(3, n_estimators=9).fit(X, labels)
        settings = {name: value for name, value in ours.get_params().items() if value is not None}
        theirs = XGBClassifier(**settings).fit(X, labels)
        assert same(ours.predict_proba(ASKED), theirs.predict_proba(ASKED))
        assert same(ours.predict(ASKED), theirs.predict(ASKED))
        assert ours.classes_.tolist() == theirs.classes_.tolist()
        again = ours.fit(X, np.where(labels > 0.0, 2.0, 0.0))
        assert again.classes_.tolist() == [0.0, 2.0], "fitted before to other classes"


def test_weights_go_to_the_classes_they_are_stated_for():
    y = np.where(TELLING, 2.0, 0.0)
    plain, heavy, other = (
        MODELS["xgboost"].make(0, n_estimators=20, **more).fit(X, y).predict_proba(ASKED)[:, 1].mean()
        for more in ({}, {"class_weight": [1.0, 1.0, 9.0]}, {"class_weight": [1.0, 9.0, 1.0]})
    )
    assert heavy > plain * 1.2
    assert other == pytest.approx(plain, rel=1e-6)


def test_a_model_with_a_gap_is_saved_and_taken_apart():
    model = MODELS["xgboost"].make(0, n_estimators=20).fit(X, np.where(TELLING, 2.0, 0.0))
    again = assembled(parts(model))
    assert again.classes_.tolist() == [0.0, 2.0]
    assert same(again.predict(ASKED), model.predict(ASKED))
    assert same(again.predict_proba(ASKED), model.predict_proba(ASKED))
    for fitted in (model, MODELS["logistic"].make(0).fit(X, np.where(TELLING, 2.0, 0.0))):
        assert is_sum(fitted, ASKED)
        assert terms(fitted, ASKED, after=2, before=0) is not None
        assert terms(fitted, ASKED, after=1, before=0) is None, "it knows nothing of amber"
