"""Ways to split sessions into training and test days, and what leaks in each.

A label looks at an observation that several sessions share (a week's index) and is published later than its session.
Splits made for a forecast must let no model learn from a label it could not have known; others are here to show how
much that flatters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from signals.stress.labels import Label
from simulator.core.errors import DataError, ParameterError
from simulator.core.types import BoolArray, IntArray


class Split(NamedTuple):
    """One fit: the sessions to learn from, and those to be forecast. Both ascend."""

    train: IntArray
    test: IntArray


class Leakage(NamedTuple):
    """What the models of some splits could have known of their test days, as shares of all test days."""

    shared: float  # what their label looks at (the same week, the same sessions ahead) was in training too
    ahead: float  # some label in training was published only after them

    @property
    def leaky(self) -> bool:
        """Whether any test day's own outcome, or a part of it, was in training."""
        return self.shared > 0.0


def shuffled(label: Label, folds: int = 5, seed: int = 0) -> list[Split]:
    """K folds of sessions drawn at random: what the paper does. With labels that overlap, leaky."""
    known = _labelled(label, folds)
    drawn = np.random.default_rng(seed).permutation(known)
    return [Split(np.setdiff1d(known, test), np.sort(test)) for test in np.array_split(drawn, folds)]


def blocks(label: Label, folds: int = 5, embargo: int = 10) -> list[Split]:
    """K folds of consecutive sessions; training days whose labels touch a test block, with an embargo, are left out.

    Models learn from the future of a block as well as from its past: for comparison, not for a forecast.
    """
    known = _labelled(label, folds)
    parts = np.array_split(known, folds)
    return [Split(purged(label, known, test, embargo), test) for test in parts]


def combinatorial(label: Label, folds: int = 6, held_out: int = 2, embargo: int = 10) -> list[Split]:
    """Every choice of ``held_out`` blocks of ``folds`` as test days, purged by the longest wait for a label.

    Source: Lopez de Prado (2018), chapter 12; the choices and the purge are those of skfolio.
    """
    from skfolio.model_selection import CombinatorialPurgedCV

    known = _labelled(label, folds)
    wait = int(np.max(_known_session(label)[known] - known))
    splitter = CombinatorialPurgedCV(folds, held_out, purged_size=wait, embargo_size=embargo)
    found = []
    for train, tests in splitter.split(np.zeros((known.size, 1))):
        test = known[np.sort(np.concatenate(tests))]
        found.append(Split(purged(label, known[train], test, 0), test))
    return found


def forward(
    label: Label, first: str = "2009", every: str = "Q", embargo: int = 10, window: int | None = None
) -> list[Split]:
    """Refit on the first session of each period, learn from what was published ``embargo`` sessions before, go on.

    Parameters
    ----------
    label
        Its ``known_at`` decides what a model may learn from.
    first
        First test day (YYYY, YYYY-MM or YYYY-MM-DD).
    every
        Period between refits: ``"M"``, ``"Q"`` or ``"Y"``.
    embargo
        Sessions before the refit by which a label must have been published.
    window
        Learn from the last so many sessions only (rolling); by default from all (expanding).

    Raises
    ------
    DataError
        If there is no labelled session from ``first`` on.
    ParameterError
        For an impossible embargo or window, or another period.
    """
    if embargo < 0 or (window is not None and window < 1):
        raise ParameterError(f"forward: embargo {embargo} and window {window} must not be negative")
    known = ~np.isnan(label.values)
    start = int(np.searchsorted(label.sessions, np.datetime64(first, "D")))
    if not known[start:].any():
        ends = f"the last one is {label.sessions[known][-1]}" if known.any() else "there is none at all"
        raise DataError(f"label {label.name}: no labelled session from {first} on; {ends}")
    refits = _refits(label, start, every)
    return list(_forward(label, known, refits, embargo, window))


def at_refits(label: Label, refits: Sequence[int], embargo: int = 10, window: int | None = None) -> list[Split]:
    """As :func:`forward`, refitted at these sessions (ascending positions); the last model serves to the end."""
    if embargo < 0 or (window is not None and window < 1):
        raise ParameterError(f"refits: embargo {embargo} and window {window} must not be negative")
    if not refits or any(later <= earlier for earlier, later in pairwise(refits)):
        raise ParameterError(f"refits: sessions to refit at must be one or more and ascend, not {list(refits)}")
    return list(_forward(label, ~np.isnan(label.values), list(refits), embargo, window))


def _refits(label: Label, start: int, every: str) -> list[int]:
    months = {"M": 1, "Q": 3, "Y": 12}
    if every not in months:
        raise ParameterError(f"forward: refit every 'M', 'Q' or 'Y', not {every!r}")
    period = label.sessions.astype("datetime64[M]").astype(np.int64) // months[every]
    changes = np.flatnonzero(np.diff(period)) + 1
    return [start, *(int(change) for change in changes if change > start)]


def _forward(label: Label, known: BoolArray, refits: list[int], embargo: int, window: int | None) -> Iterator[Split]:
    for number, refit in enumerate(refits):
        end = refits[number + 1] if number + 1 < len(refits) else label.sessions.size
        test = np.arange(refit, end)
        test = test[known[test]]
        if test.size == 0:
            continue
        train = np.zeros(0, np.int64)
        if refit >= embargo:
            train = np.flatnonzero(known & label.known_by(label.sessions[refit - embargo]))
        if window is not None:
            train = train[train >= refit - window]
        yield Split(train, test)


def purged(label: Label, train: IntArray, test: IntArray, embargo: int) -> IntArray:
    """Training sessions that have nothing to do with the test ones.

    Left out is a session that shares its observation with one of the test block, or lies, with the ``embargo`` on
    both sides, between the start of the block and the session on which its last label was published, or whose own
    label was published within the block.
    """
    published = _known_session(label)
    clash = np.isin(label.observation[train], label.observation[test])
    for block in np.split(test, np.flatnonzero(np.diff(test) > 1) + 1):
        first, last = block[0] - embargo, published[block].max() + embargo
        clash |= (published[train] >= first) & (train <= last)
    return train[~clash]


def leakage(label: Label, splits: list[Split]) -> Leakage:
    """What these splits let a model know of its test days (a rule learns nothing, but is judged by the same splits)."""
    shared = ahead = total = 0
    for train, test in splits:
        shared += int(_shares(label, train, test).sum())
        latest = label.known_at[train].max() if train.size else np.datetime64("1678-01-01")
        ahead += int((label.sessions[test] < latest).sum())
        total += test.size
    return Leakage(shared / max(total, 1), ahead / max(total, 1))


def _shares(label: Label, train: IntArray, test: IntArray) -> BoolArray:
    """Test sessions that share their observation, or a session ahead that their label looks at, with a training one."""
    same = np.isin(label.observation[test], label.observation[train])
    if label.horizon == 0 or train.size == 0:
        return same
    after = np.searchsorted(train, test)
    gaps = [np.abs(train[np.clip(after + k, 0, train.size - 1)] - test) for k in (-1, 0)]
    return same | (np.minimum(*gaps) < label.horizon)


def _known_session(label: Label) -> IntArray:
    """(T,) the first session by whose close each label was published (one past the last if none was)."""
    return np.searchsorted(label.sessions, label.known_at, side="left")


def _labelled(label: Label, folds: int) -> IntArray:
    known = np.flatnonzero(~np.isnan(label.values))
    if folds < 2 or known.size < folds:
        raise ParameterError(f"label {label.name}: {folds} folds of {known.size} labelled sessions are impossible")
    return known
