"""A boosted model of two classes as arrays, which many rows go down faster than in XGBoost, to the same bits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from xgboost import Booster

from simulator.core.types import BoolArray, FloatArray, IntArray, SingleArray

from .forest_nb import AT_ONCE, forest_nb

#: Levels below the root from which a walk is quicker than a comparison at every node.
_DEEPEST: Final = 6
_made: WeakKeyDictionary[Booster, Forest | None] = WeakKeyDictionary()


class Forest(NamedTuple):
    """Complete trees, as :func:`~.forest_nb.forest_nb` takes them: a shorter branch has its leaf at all its ends."""

    columns: IntArray  # (trees, nodes) of K columns; K more for nodes at which a row without a value goes left
    thresholds: SingleArray  # (trees, nodes)
    leaves: SingleArray  # (trees, nodes + 1)
    base: np.float32  # log-odds that sums begin with
    known: int  # K

    def probabilities(self, rows: FloatArray) -> SingleArray:
        """(n,) of the second class, for rows (n, K), NaN where a value is not known: the bits that XGBoost gives."""
        told = np.empty(len(rows), np.float32)
        held = np.empty((2 * self.known + self.leaves.shape[1] // 4, AT_ONCE), np.float32)
        forest_nb(np.ascontiguousarray(rows), self.columns, self.thresholds, self.leaves, float(self.base), held, told)
        return told


def forest_of(booster: Booster) -> Forest | None:
    """A booster's trees; ``None`` where they are deep, or it is no sum of trees for the odds of two classes."""
    if booster not in _made:
        _made[booster] = _forest(json.loads(booster.save_raw("json"))["learner"])
    return _made[booster]


def _forest(learner: Mapping[str, Any]) -> Forest | None:
    stated, booster = learner["learner_model_param"], learner["gradient_booster"]
    if learner["objective"]["name"] != "binary:logistic" or booster["name"] != "gbtree":
        return None
    trees = booster["model"]["trees"]
    if int(stated["num_target"]) != 1 or any(any(tree["split_type"]) for tree in trees):
        return None
    nodes, base = _Nodes.of(trees), _log_odds(stated["base_score"])
    depth = max(nodes.depth, 2)
    return None if depth > _DEEPEST else nodes.complete(depth, base, int(stated["num_feature"]))


def _log_odds(score: str) -> np.float32:
    """What sums begin with, as XGBoost works it out: a ratio in single precision, a logarithm that is exact in it."""
    one = np.float32(1.0)
    return np.float32(-math.log(one / np.float32(score.strip("[]")) - one))


class _Nodes(NamedTuple):
    """(trees, most nodes) what trees hold, as XGBoost numbers nodes."""

    left: IntArray  # (trees, most nodes) -1 where there is nothing below
    right: IntArray  # (trees, most nodes)
    column: IntArray  # (trees, most nodes)
    value: SingleArray  # (trees, most nodes) threshold of a node, or what a leaf adds
    missing_left: BoolArray  # (trees, most nodes)

    @classmethod
    def of(cls, trees: Sequence[Mapping[str, Any]]) -> _Nodes:
        most = max(len(tree["left_children"]) for tree in trees)

        def laid(name: str, dtype: type) -> Any:
            out: Any = np.zeros((len(trees), most), dtype)
            for row, tree in zip(out, trees, strict=True):
                row[: len(tree[name])] = tree[name]
            return out

        return cls(
            laid("left_children", np.int64),
            laid("right_children", np.int64),
            laid("split_indices", np.int64),
            laid("split_conditions", np.float32),
            laid("default_left", np.bool_),
        )

    def below(self, places: IntArray) -> IntArray:
        """(trees, 2 n) the nodes below some (trees, n); a leaf stands below itself."""
        sides = [np.take_along_axis(side, places, axis=1) for side in (self.left, self.right)]
        return np.stack([np.where(sides[0] < 0, places, side) for side in sides], axis=2).reshape(len(places), -1)

    @property
    def depth(self) -> int:
        """Levels below the root."""
        places, depth = np.zeros((len(self.left), 1), np.int64), 0
        while depth <= _DEEPEST and (np.take_along_axis(self.left, places, axis=1) >= 0).any():
            places, depth = self.below(places), depth + 1
        return depth

    def complete(self, depth: int, base: np.float32, known: int) -> Forest:
        """The trees with every branch as long as ``depth``."""
        places = np.zeros((len(self.left), 1), np.int64)
        columns, thresholds = [], []
        for _ in range(depth):
            missing: IntArray = np.take_along_axis(self.missing_left, places, axis=1).astype(np.int64)
            columns.append(np.take_along_axis(self.column, places, axis=1) + known * missing)
            thresholds.append(np.take_along_axis(self.value, places, axis=1))
            places = self.below(places)
        leaves = np.take_along_axis(self.value, places, axis=1)
        return Forest(np.concatenate(columns, axis=1), np.concatenate(thresholds, axis=1), leaves, base, known)
