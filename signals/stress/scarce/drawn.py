"""What a model is given to learn from in place of its training rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray, IntArray


class Drawn(NamedTuple):
    """Training rows after some were left out, weighted, repeated or made up. A row a session, or a made-up one."""

    x: FloatArray  # (n, K)
    y: FloatArray  # (n,) classes
    weight: FloatArray  # (n,) how much each counts; ones unless rows are weighted
    source: IntArray  # (n,) the training row behind each; -1 where none is: made up
    added: BoolArray  # (n,) True on rows that are there besides the real ones

    def shares(self, classes: FloatArray) -> FloatArray:
        """(classes,) share of the total weight that each class has."""
        totals = np.array([self.weight[self.y == kind].sum() for kind in classes])
        return np.asarray(totals / totals.sum())


def kept(x: FloatArray, y: FloatArray, rows: IntArray) -> Drawn:
    """Some of the real rows."""
    return Drawn(x[rows], y[rows], np.ones(rows.size), rows, np.zeros(rows.size, np.bool_))


def repeated(x: FloatArray, y: FloatArray, rows: IntArray) -> Drawn:
    """All real rows, and some of them again."""
    return _with(x, y, x[rows], y[rows], rows)


def made_up(x: FloatArray, y: FloatArray, new_x: FloatArray, new_y: FloatArray) -> Drawn:
    """All real rows, and others that no market ever gave."""
    return _with(x, y, new_x, new_y, np.full(len(new_x), -1))


def _with(x: FloatArray, y: FloatArray, new_x: FloatArray, new_y: FloatArray, source: IntArray) -> Drawn:
    return Drawn(
        np.concatenate([x, new_x]),
        np.concatenate([y, new_y]),
        np.ones(len(x) + len(new_x)),
        np.concatenate([np.arange(len(x)), source]),
        np.concatenate([np.zeros(len(x), np.bool_), np.ones(len(new_x), np.bool_)]),
    )
