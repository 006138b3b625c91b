"""Online models: they learn each label on the day it becomes known, and forecast before they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from signals.stress.validation import Problem, Scored
from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

from .online_package import river


class OnlineSpec(NamedTuple):
    """An online model."""

    title: str
    text: str
    make: Callable[[int], Any]


def _logistic(seed: int) -> Any:  # noqa: ARG001 - it draws nothing
    what = "the online logistic regression"
    scaler = river("preprocessing", what).StandardScaler()
    descent = river("optim", what).SGD(0.01)
    return scaler | river("linear_model", what).LogisticRegression(optimizer=descent)


def _tree(seed: int) -> Any:
    return river("tree", "the Hoeffding adaptive tree").HoeffdingAdaptiveTreeClassifier(seed=seed)


def _forest(seed: int) -> Any:
    return river("forest", "the adaptive random forest").ARFClassifier(n_models=10, seed=seed)


#: Every online model, by name; all are river's.
ONLINE: Final[Mapping[str, OnlineSpec]] = {
    "online-logistic": OnlineSpec("Online logistic", "scaled as it goes, stochastic gradient descent", _logistic),
    "online-tree": OnlineSpec("Hoeffding adaptive tree", "a tree that replaces branches that have aged", _tree),
    "online-forest": OnlineSpec("Adaptive random forest", "10 such trees, each with a detector of drift", _forest),
}


def online_forecasts(
    name: str,
    problem: Problem,
    columns: Sequence[str],
    first: str = "2009",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Scored:
    """Forecasts of every labelled session from ``first`` on.

    At each close the model first says its forecast, and then learns from the labels that became known by that close,
    each once, in the order of their sessions. Missing features are left out of a row, as river allows.

    Parameters
    ----------
    name
        A name in :data:`ONLINE`.
    problem
        Features, and labels with the dates on which they became known.
    columns
        What the model sees.
    first
        First day to forecast.
    seed
        Of its own randomness.
    progress
        Told of the sessions done.

    Raises
    ------
    ParameterError
        For an unknown name, or without river.
    """
    if name not in ONLINE:
        raise ParameterError(f"no online model {name!r}{nearest(name, ONLINE)}")
    model = ONLINE[name].make(seed)
    label = problem.label
    x = problem.panel.values[:, [problem.panel.index_of(column) for column in columns]]
    rows = [{k: float(value) for k, value in enumerate(row) if not np.isnan(value)} for row in x]
    known = np.flatnonzero(~np.isnan(label.values))
    queue = known[np.lexsort((known, label.known_at[known]))]
    start = int(np.searchsorted(label.sessions, np.datetime64(first, "D")))
    asked, said, learned = [], [], 0
    for t in range(label.sessions.size):
        if t >= start and not np.isnan(label.values[t]):
            asked.append(t)
            said.append(_chances(model.predict_proba_one(rows[t]), len(label.classes)))
        while learned < queue.size and label.known_at[queue[learned]] <= label.sessions[t]:
            session = int(queue[learned])
            model.learn_one(rows[session], int(label.values[session]))
            learned += 1
        if progress is not None and (t % 250 == 0 or t + 1 == label.sessions.size):
            progress(t + 1, label.sessions.size)
    if not asked:
        raise ParameterError(f"online: no labelled session from {first} on")
    probability = np.array(said)
    where = np.array(asked)
    return Scored(
        label.sessions[where],
        label.known_at[where],
        label.values[where],
        probability.argmax(axis=1).astype(np.float64),
        probability,
    )


def _chances(said: Mapping[Any, float], classes: int) -> FloatArray:
    """(classes,) probabilities; the mildest for certain before anything was learned."""
    out = np.array([max(float(said.get(k, 0.0)), 0.0) for k in range(classes)])
    total = out.sum()
    if total <= 0.0:
        return np.eye(classes)[0]
    return np.asarray(out / total)
