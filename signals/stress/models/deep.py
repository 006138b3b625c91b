"""GRU and LSTM behind the interface of the other models (the extra ``deep``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray, IntArray

from .extras import need
from .inner import GAP
from .prepare import Standardise
from .weights import ClassWeight, weight_by_class
from .windows import standardised_windows

CELLS: Final = ("gru", "lstm")
WINDOW: Final = 20


def nets() -> Any:
    """The networks, imported for one thread of the processor.

    jax reads this when it first computes, so it has to be said before; what the user has said stands.
    """
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    from . import deep_nets

    return deep_nets


class Recurrent(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A recurrent network over the last sessions of the columns, up to and with each row.

    How many rounds to train is learned from the last part of the training rows: a network trained on the rows before
    it, less a gap, is asked about it after every round, until the loss has not fallen for some. A fresh network is
    then trained on all rows for the best number of rounds. If none beat the shares of the classes, it says those.

    Parameters
    ----------
    cell
        ``"gru"`` or ``"lstm"``.
    units
        Size of its state.
    dropout
        Share of columns, and of the last state, silenced at each step of training.
    rounds, patience
        Passes over the rows at most, and without progress.
    batch
        Rows a step.
    rate, decay
        Of Adam with weight decay.
    held_out, gap
        Share of the rows at the end that rounds are chosen on, and rows left out before it.
    class_weight
        ``"balanced"``, a number for each class, or numbers by class.
    random_state
        Seed of the first weights, of dropout and of the order of rows.

    Notes
    -----
    Sources: Cho et al. (2014); Hochreiter & Schmidhuber (1997). One thread, single precision; same seed, same bits on
    the same machine.
    """

    window = WINDOW

    def __init__(
        self,
        cell: str = "gru",
        units: int = 16,
        dropout: float = 0.3,
        rounds: int = 40,
        patience: int = 6,
        batch: int = 128,
        rate: float = 3e-3,
        decay: float = 1e-2,
        held_out: float = 0.15,
        gap: int = GAP,
        class_weight: ClassWeight | None = None,
        random_state: int = 0,
    ) -> None:
        self.cell = cell
        self.units = units
        self.dropout = dropout
        self.rounds = rounds
        self.patience = patience
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.held_out = held_out
        self.gap = gap
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, x: FloatArray, y: FloatArray, *, window: FloatArray) -> Recurrent:
        """Learn from rows x (n, K) in the order of time, their windows (n, length, K) and classes y (n,).

        Raises
        ------
        ParameterError
            If the extra is absent, or there is no such cell.
        """
        need("deep", f"model {self.cell!r}")
        if self.cell not in CELLS:
            raise ParameterError(f"no recurrent cell {self.cell!r}{nearest(self.cell, CELLS)}")
        self.classes_, truth = np.unique(y, return_inverse=True)
        self.step_ = Standardise().fit(x)
        rows = _Rows(self._seen(window), truth, self._weights(y), self.batch)
        last = len(x) - int(self.held_out * len(x))
        early, late = np.arange(max(last - self.gap, 0)), np.arange(last, len(x))
        self.rounds_ = self._best_round(rows, early, late)
        everything = np.arange(len(x))
        net = self._fresh(rows, everything)
        for _, trained in self._trained(net, rows, everything, self.rounds_):
            net = trained
        self.figures_ = nets().figures(net)  # plain arrays, so that a fitted model can be saved
        return self

    def _seen(self, window: FloatArray) -> FloatArray:
        return standardised_windows(self.step_, window).astype(np.float32)

    def _weights(self, y: FloatArray) -> FloatArray:
        if self.class_weight is None:
            return np.ones(y.size)
        by_class = weight_by_class(self.class_weight, y)
        return np.array([by_class[label] for label in y.tolist()])

    def _fresh(self, rows: _Rows, chosen: IntArray) -> Any:
        """A network that says the shares of the classes among the chosen rows, one row of each added."""
        counts = np.bincount(rows.truth[chosen], rows.weight[chosen], self.classes_.size) + 1.0
        columns = rows.window.shape[2]
        return nets().Net(self.cell, columns, self.units, counts / counts.sum(), self.dropout, self.random_state)

    def _best_round(self, rows: _Rows, early: IntArray, late: IntArray) -> int:
        """Rounds after which the loss on the late rows was lowest; 0 if it never fell, or there are too few rows."""
        if not early.size or not late.size:
            return 0

        def judged(net: Any) -> float:
            return sum(float(nets().total_loss(net, batch)) for batch in rows.batches(late))

        net = self._fresh(rows, early)
        best, least = 0, judged(net)
        for done, trained in self._trained(net, rows, early, self.rounds):
            now = judged(trained)
            if now < least:
                best, least = done, now
            elif done - best >= self.patience:
                break
        return best

    def _trained(self, net: Any, rows: _Rows, chosen: IntArray, rounds: int) -> Iterator[tuple[int, Any]]:
        """The network after each round."""
        rng = np.random.default_rng(self.random_state)
        optimiser = nets().steps(self.rate, self.decay)
        state, taken = optimiser.start(net), 0
        for done in range(1, rounds + 1):
            for batch in rows.batches(rng.permutation(chosen)):
                net, state = optimiser.step(net, state, batch, nets().key_of(self.random_state, taken))
                taken += 1
            yield done, net

    def predict_proba(self, x: FloatArray, *, window: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        nobody = np.zeros(len(x), np.int64)
        rows = _Rows(self._seen(window), nobody, np.ones(len(x)), self.batch)
        net = nets().from_figures(self.cell, self.units, self.dropout, self.figures_)
        parts = [np.asarray(nets().probabilities(net, batch.window)) for batch in rows.batches(np.arange(len(x)))]
        if not parts:
            return np.zeros((0, self.classes_.size))
        found = np.concatenate(parts)[: len(x)].astype(np.float64)
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict(self, x: FloatArray, *, window: FloatArray) -> Any:
        """(n,) the most probable class."""
        return self.classes_[self.predict_proba(x, window=window).argmax(axis=1)]


class _Rows:
    """Rows in batches of one shape: a network is compiled for a shape, once."""

    def __init__(self, window: FloatArray, truth: IntArray, weight: FloatArray, size: int) -> None:
        self.window, self.truth, self.weight, self.size = window, truth, weight, size

    def batches(self, chosen: IntArray) -> Iterator[Any]:
        """The chosen rows in their order; the last batch is filled up with rows that weigh nothing."""
        for first in range(0, chosen.size, self.size):
            part = chosen[first : first + self.size]
            filled = np.concatenate([part, np.zeros(self.size - part.size, np.int64)])
            weight = np.where(np.arange(self.size) < part.size, self.weight[filled], 0.0)
            yield nets().Batch(self.window[filled], self.truth[filled].astype(np.int32), weight.astype(np.float32))
