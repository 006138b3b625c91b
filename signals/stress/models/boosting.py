"""AdaBoost.M2, and RUSBoost: the same with the larger classes undersampled at random in every round.

imbalanced-learn's RUSBoost is another algorithm (SAMME over stumps at rate 1, ended for good by the first round worse
than chance); no setting of it gives the pseudo-loss of AdaBoost.M2.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from simulator.core.types import FloatArray, IntArray

_TRIES = 10
_LEAST_LOSS = 1e-10
_CHANCE = 0.5 - 1e-9  # one half, less what rounding may take off it


def balanced_rows(y: IntArray, rng: np.random.Generator, replace: bool = False) -> IntArray:
    """As many rows of every class as the smallest one has, drawn at random; ascending."""
    members = [np.flatnonzero(y == k) for k in np.unique(y)]
    least = min(member.size for member in members)
    return np.sort(np.concatenate([rng.choice(member, least, replace=replace) for member in members]))


class AdaBoostM2(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Boosted trees under the pseudo-loss, which also blames a tree for confidence in each wrong class.

    A round no better than chance (pseudo-loss of one half or more) has no say and is drawn anew, ten times at most.
    The probability of a class is the mean confidence of the trees in it, weighted by their say.

    Parameters
    ----------
    rounds
        Trees.
    max_splits
        Of each tree; it has one leaf more than splits.
    learning_rate
        Shrinks each tree's say and the change of weights it brings.
    undersample
        Show each tree as many rows of every class as the smallest one has, at random.
    random_state
        Seed of the draws and of ties between splits.

    Notes
    -----
    Sources: Freund & Schapire (1997), figure 5 (AdaBoost.M2); Seiffert, Khoshgoftaar, Van Hulse & Napolitano (2010)
    (RUSBoost). 30 trees of 20 splits at rate 0.1 are the presets of Tarkocin & Donduran.
    """

    def __init__(
        self,
        rounds: int = 30,
        max_splits: int = 20,
        learning_rate: float = 0.1,
        undersample: bool = False,
        random_state: int = 0,
    ) -> None:
        self.rounds = rounds
        self.max_splits = max_splits
        self.learning_rate = learning_rate
        self.undersample = undersample
        self.random_state = random_state

    def fit(self, x: FloatArray, y: FloatArray, sample_weight: FloatArray | None = None) -> AdaBoostM2:
        """Learn from rows x (n, K), NaN where unknown, classes y (n,) and how much each row counts at first (n,)."""
        rng = np.random.default_rng(self.random_state)
        self.classes_, truth = np.unique(y, return_inverse=True)
        rows = np.arange(truth.size)
        blame = np.ones((truth.size, self.classes_.size))
        blame[rows, truth] = 0.0
        if sample_weight is not None:
            blame *= sample_weight[:, None]
        blame /= blame.sum()
        self.trees_: list[DecisionTreeClassifier] = []
        self.says_: list[float] = []
        for _ in range(self.rounds):
            drawn = self._round(x, truth, blame, rng)
            if drawn is None:
                break
            tree, confidence, loss = drawn
            beta = max(loss, _LEAST_LOSS) / (1.0 - loss)
            right = confidence[rows, truth][:, None]
            blame *= beta ** (self.learning_rate * 0.5 * (1.0 + right - confidence))
            blame /= blame.sum()
            self.trees_.append(tree)
            self.says_.append(self.learning_rate * -np.log(beta))
        return self

    def _round(
        self, x: FloatArray, truth: IntArray, blame: FloatArray, rng: np.random.Generator
    ) -> tuple[DecisionTreeClassifier, FloatArray, float] | None:
        """A tree better than chance, its confidences on all rows, and its pseudo-loss; ``None`` if there is none."""
        weights = blame.sum(axis=1)
        for _ in range(_TRIES):
            rows = balanced_rows(truth, rng) if self.undersample else np.arange(truth.size)
            seed = int(rng.integers(2**31 - 1))
            tree = DecisionTreeClassifier(max_leaf_nodes=self.max_splits + 1, random_state=seed)
            tree.fit(x[rows], truth[rows], sample_weight=weights[rows] / weights[rows].mean())
            confidence = np.asarray(tree.predict_proba(x), dtype=np.float64)
            loss = pseudo_loss(confidence, truth, blame)
            if loss < _CHANCE:
                return tree, confidence, loss
        return None

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities; those of the classes alike if no tree was better than chance."""
        if not self.trees_:
            return np.full((len(x), self.classes_.size), 1.0 / self.classes_.size)
        votes = sum(say * tree.predict_proba(x) for say, tree in zip(self.says_, self.trees_, strict=True))
        return np.asarray(votes / sum(self.says_), dtype=np.float64)

    def predict(self, x: FloatArray) -> FloatArray:
        """(n,) the most probable class."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])


def pseudo_loss(confidence: FloatArray, truth: IntArray, blame: FloatArray) -> float:
    """1/2 sum of blame (1 - confidence in the true class + confidence in the wrong one), over rows and wrong classes.

    ``blame`` (n, classes) sums to one and is zero at the true class, so the loss lies in [0, 1]; 1/2 is chance.
    """
    right = confidence[np.arange(truth.size), truth][:, None]
    return float(0.5 * (blame * (1.0 - right + confidence)).sum())
