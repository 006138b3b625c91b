"""Splits: what is promised about training and test days holds for any label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.stress.labels import Label
from signals.stress.validation import blocks, combinatorial, forward, leakage, purged, shuffled
from simulator.core.errors import DataError, ParameterError


@st.composite
def weekly_labels(draw):
    """A weekly index: sessions of a week share an observation, published some days after the week; with holes."""
    seed = draw(st.integers(0, 10_000))
    n = draw(st.integers(120, 420))
    wait = draw(st.integers(1, 15))
    holes = draw(st.sampled_from([0.0, 0.05, 0.4]))
    rng = np.random.default_rng(seed)
    sessions = np.busday_offset(np.datetime64("2008-06-02", "D"), np.arange(n))
    week = (sessions.astype(np.int64) + 3) // 7
    missing = np.isin(week, rng.choice(np.unique(week), int(holes * np.unique(week).size), replace=False))
    missing |= rng.random(n) < holes / 4
    published = (week * 7 + 1).astype("datetime64[D]") + wait
    values = np.where(missing, np.nan, rng.integers(0, 3, n).astype(float))
    known = np.where(missing, np.datetime64("NaT", "D"), np.maximum(published, sessions))
    number = np.where(missing, -1, np.unique(week, return_inverse=True)[1])
    return Label("w", "w", sessions, values, known, ("g", "a", "r"), observation=number)


def labelled(label):
    return np.flatnonzero(~np.isnan(label.values))


@given(weekly_labels(), st.integers(2, 6), st.integers(0, 3))
def test_shuffled_folds_cover_every_day_once_and_leak(label, folds, seed):
    splits = shuffled(label, folds, seed)
    assert np.array_equal(np.sort(np.concatenate([split.test for split in splits])), labelled(label))
    for split in splits:
        assert np.intersect1d(split.train, split.test).size == 0
        assert np.array_equal(np.union1d(split.train, split.test), labelled(label))
    assert leakage(label, splits).leaky


@given(weekly_labels(), st.integers(2, 6), st.integers(0, 12))
def test_blocked_folds_share_no_observation_and_no_time(label, folds, embargo):
    splits = blocks(label, folds, embargo)
    assert np.array_equal(np.concatenate([split.test for split in splits]), labelled(label))
    assert leakage(label, splits).shared == 0.0
    for train, test in splits:
        first, last = label.sessions[test[0]], label.known_at[test].max()
        before, after = train[train < test[0]], train[train > test[0]]
        assert (label.known_at[before] < first).all()
        assert (label.sessions[after] > last).all()
        if before.size and embargo:
            gap = test[0] - np.searchsorted(label.sessions, label.known_at[before])
            assert gap.min() > embargo


@given(weekly_labels(), st.integers(0, 15), st.sampled_from(["M", "Q"]), st.sampled_from([None, 60]))
def test_forward_models_know_no_label_before_it_is_published(label, embargo, every, window):
    known = labelled(label)
    if not (label.sessions[known] >= np.datetime64("2008-09-01")).any():
        return
    splits = forward(label, "2008-09-01", every, embargo, window)
    tested = np.concatenate([split.test for split in splits])
    assert np.array_equal(tested, known[label.sessions[known] >= np.datetime64("2008-09-01")])
    found = leakage(label, splits)
    assert found.shared == 0.0
    assert found.ahead == 0.0
    for train, test in splits:
        if train.size:
            published = np.searchsorted(label.sessions, label.known_at[train])
            assert (published <= test[0] - embargo).all()
            months = label.sessions[test].astype("datetime64[M]")
            assert (months.max() - months.min()).astype(int) < {"M": 1, "Q": 3}[every]
        if window is not None and train.size:
            assert train.min() >= np.searchsorted(label.sessions, label.sessions[test[0]]) - window - 70


def test_forward_learns_from_all_that_was_published_and_no_more():
    sessions = np.busday_offset(np.datetime64("2008-01-01", "D"), np.arange(400), roll="forward")
    label = Label("d", "d", sessions, np.zeros(400), np.busday_offset(sessions, 3, roll="forward"))
    splits = forward(label, "2009-01-01", "Q", embargo=10)
    first = int(np.searchsorted(sessions, np.datetime64("2009-01-01")))
    assert splits[0].train.tolist() == list(range(first - 10 - 3 + 1))
    assert splits[0].test[0] == first


@given(weekly_labels())
def test_combinatorial_splits_are_purged(label):
    if labelled(label).size < 100:
        return
    splits = combinatorial(label, folds=5, held_out=2, embargo=5)
    assert len(splits) == 10
    assert leakage(label, splits).shared == 0.0
    for train, test in splits:
        assert np.intersect1d(train, test).size == 0
        for block in np.split(test, np.flatnonzero(np.diff(test) > 1) + 1):
            inside = (label.known_at[train] >= label.sessions[block[0]]) & (
                label.sessions[train] <= label.known_at[block].max()
            )
            assert not inside.any()
    times = np.bincount(np.concatenate([split.test for split in splits]), minlength=label.values.size)
    assert set(times[labelled(label)]) == {4}


def test_purging_removes_nothing_that_is_far_away():
    sessions = np.busday_offset(np.datetime64("2008-01-01", "D"), np.arange(200), roll="forward")
    label = Label("d", "d", sessions, np.zeros(200), sessions)
    rows, test = np.arange(200), np.arange(100, 120)
    assert purged(label, rows, test, 0).tolist() == [*range(100), *range(120, 200)]
    assert purged(label, rows, test, 10).tolist() == [*range(90), *range(130, 200)]


def test_impossible_splits_are_refused():
    sessions = np.busday_offset(np.datetime64("2008-01-01", "D"), np.arange(50), roll="forward")
    label = Label("d", "d", sessions, np.zeros(50), sessions)
    with pytest.raises(DataError, match="no labelled session from 2009 on; the last one is 2008"):
        forward(label)
    with pytest.raises(ParameterError, match="refit every"):
        forward(label, "2008", "W")
    with pytest.raises(ParameterError, match="must not be negative"):
        forward(label, "2008", embargo=-1)
    with pytest.raises(ParameterError, match="60 folds of 50"):
        shuffled(label, 60)
