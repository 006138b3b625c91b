"""What a stress forecast rests on, laid open for the look-ahead audit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from simulator.core.evidence import Evidence
from simulator.core.panels import FeaturePanel
from simulator.core.types import FloatArray

from .given import Given
from .labels import Label
from .walk_forward import Fold

_NEVER = np.datetime64("NaT", "D")
_DIGEST_BYTES = 6  # exact in a float


def laid_open(
    panel: FeaturePanel, thresholds: Mapping[str, FloatArray], target: Label, plan: list[Fold], given: Given
) -> list[Evidence]:
    """Features, thresholds, labels and the training set of every refit, each with the dates it was known and used.

    A row a session, or a session and refit.
    """
    return [*inputs(panel, thresholds), _labels(target, plan), _training_sets(panel.values, target, plan, given)]


def inputs(panel: FeaturePanel, thresholds: Mapping[str, FloatArray]) -> list[Evidence]:
    """Features and thresholds (T,) by leg, each with the dates it was known and used."""
    sessions = panel.sessions
    laid = [Evidence("features", panel.columns, sessions, panel.values, panel.row_known_at(), sessions)]
    if thresholds:
        levels = np.column_stack(list(thresholds.values()))
        laid.append(Evidence("thresholds", tuple(thresholds), sessions, levels, sessions, sessions))
    return laid


def _labels(target: Label, plan: list[Fold]) -> Evidence:
    """A label is used by the first model that learns from it."""
    sessions = target.sessions
    used = np.full(sessions.size, _NEVER)
    for fold in reversed(plan):
        used[fold.train] = sessions[fold.test[0]]
    return Evidence("labels", ("event ahead",), sessions, target.values[:, None], target.known_at, used)


def _training_sets(x: FloatArray, target: Label, plan: list[Fold], given: Given) -> Evidence:
    """One row a model: how many rows and events it learned from, and a digest of their bytes."""
    sessions, labels = target.sessions, target.values
    refits = sessions[[fold.test[0] for fold in plan]]
    newest = [target.known_at[fold.train].max() if fold.train.size else _NEVER for fold in plan]
    values = [
        [
            fold.train.size,
            labels[fold.train].sum(),
            _digest(x[fold.train], labels[fold.train], *given.decisive(x, fold.train)),
        ]
        for fold in plan
    ]
    known = np.array(newest, "datetime64[D]")
    used = np.where(np.isnat(known), _NEVER, refits)
    columns = ("rows", "events", "digest of the training set")
    return Evidence("models", columns, refits, np.array(values, np.float64), known, used)


def _digest(*learned: FloatArray) -> float:
    whole = hashlib.sha256()
    for values in learned:
        whole.update(np.where(np.isnan(values), np.nan, values).tobytes())
    return float(int.from_bytes(whole.digest()[:_DIGEST_BYTES], "big"))
