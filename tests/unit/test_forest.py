"""Trees laid out as arrays say what XGBoost says, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from xgboost import XGBClassifier

from signals.stress.models import maker
from signals.stress.models.forest import forest_of


def _learnt(**options):
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((600, 9))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    labels = (np.nan_to_num(rows[:, 0]) + rng.standard_normal(600) > 1.5).astype(float)
    return maker("xgboost", 1, {"n_estimators": 40, **options})().fit(rows, labels)


def _asked(size=1_300):
    rng = np.random.default_rng(4)
    rows = 2.0 * rng.standard_normal((size, 9))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[0], rows[1], rows[2, 0] = np.nan, 0.0, 1e300  # nothing known, ties, beyond single precision
    return rows


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_depth": 1},
        {"max_depth": 2, "base_score": 0.3},
        {"max_depth": 6, "base_score": 0.0123},
        {"grow_policy": "lossguide", "max_leaves": 5, "max_depth": 0},
        {"scale_pos_weight": 7.0, "learning_rate": 0.5},
    ],
)
def test_many_rows_get_the_bits_that_xgboost_gives(options):
    model, rows = _learnt(**options), _asked()
    assert forest_of(model.get_booster()) is not None
    told, own = model.predict_proba(rows), XGBClassifier.predict_proba(model, rows)
    assert told.dtype == own.dtype == np.float32
    np.testing.assert_array_equal(told, own)


def test_a_value_on_a_threshold_goes_right():
    """One tree of one split: rows below, on and above its threshold, and one without a value."""
    x = np.repeat([[0.0], [1.0]], 400, axis=0)
    model = maker("xgboost", 0, {"n_estimators": 1, "max_depth": 1})().fit(x, x[:, 0])
    forest = forest_of(model.get_booster())
    threshold = float(forest.thresholds[0, 0])
    rows = np.array([[threshold - 0.1], [threshold], [threshold + 0.1], [np.nan]])
    low, on, high, missing = forest.probabilities(rows)
    assert low < on == high
    assert missing in (low, high)


def test_a_new_fit_is_a_new_forest():
    model, rows = _learnt(), _asked()
    before = model.predict_proba(rows)
    model.fit(rows[3:], (np.arange(3, len(rows)) % 3 == 0).astype(float))
    after = model.predict_proba(rows)
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(after, XGBClassifier.predict_proba(model, rows))


@pytest.mark.parametrize("options", [{"max_depth": 9, "min_child_weight": 0.0}, {"booster": "dart"}])
def test_what_is_no_sum_of_shallow_trees_is_left_to_xgboost(options):
    model = _learnt(**options)
    assert forest_of(model.get_booster()) is None
    np.testing.assert_array_equal(model.predict_proba(_asked()), XGBClassifier.predict_proba(model, _asked()))
