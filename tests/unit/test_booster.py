"""A booster is read before XGBoost does, which ends the process over one that is damaged."""

from __future__ import annotations

import numpy as np
import pytest

from signals.stress.saved.boosted import check_booster
from simulator.core.errors import DataError


@pytest.fixture(scope="module")
def booster() -> bytes:
    from xgboost import XGBClassifier

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 6))
    model = XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1).fit(rows, (rows[:, 0] > 0).astype(int))
    return bytes(model.get_booster().save_raw("ubj"))


def test_a_whole_booster_is_sound(booster):
    check_booster(booster)


def test_one_that_is_cut_short_anywhere_is_refused(booster):
    for size in range(len(booster)):
        with pytest.raises(DataError, match="damaged"):
            check_booster(booster[:size])
    with pytest.raises(DataError, match="more behind"):
        check_booster(booster + b"Z")


@pytest.mark.parametrize("what", ["left_children", "right_children", "parents", "split_indices", "split_type"])
def test_an_index_that_leads_nowhere_is_refused(booster, what):
    at = booster.index(what.encode()) + len(what)
    at = booster.index(b"#L", at) + 10  # behind the count of nodes: the first figure
    with pytest.raises(DataError, match="damaged"):
        check_booster(booster[:at] + b"\x40" + booster[at + 1 :])
