"""What a stress forecast rests on, laid open for the look-ahead audit."""

from __future__ import annotations

import hashlib

import numpy as np

from simulator.core.evidence import Evidence
from simulator.core.panels import FeaturePanel
from simulator.core.types import DateArray, FloatArray

from .labels import StressEvents
from .walk_forward import Fold

_NEVER = np.datetime64("NaT", "D")
_DIGEST_BYTES = 6  # exact in a float


def laid_open(
    panel: FeaturePanel, events: StressEvents, labels: FloatArray, plan: list[Fold], horizon: int
) -> list[Evidence]:
    """Features, thresholds, labels and the training set of every refit, each with the dates it was known and used."""
    sessions = panel.sessions
    thresholds = np.column_stack(list(events.thresholds.values()))
    return [
        Evidence("features", panel.columns, sessions, panel.values, panel.row_known_at(), sessions),
        Evidence("thresholds", tuple(events.thresholds), sessions, thresholds, sessions, sessions),
        _labels(sessions, labels, plan, horizon),
        _training_sets(sessions, panel.values, labels, plan, horizon),
    ]


def _labels(sessions: DateArray, labels: FloatArray, plan: list[Fold], horizon: int) -> Evidence:
    """A label is known ``horizon`` sessions later, and used by the first model that learns from it."""
    known = np.full(sessions.size, _NEVER)
    known[: sessions.size - horizon] = sessions[horizon:]
    used = np.full(sessions.size, _NEVER)
    for fold in reversed(plan):
        used[fold.train] = sessions[fold.test[0]]
    return Evidence("labels", ("event ahead",), sessions, labels[:, None], known, used)


def _training_sets(sessions: DateArray, x: FloatArray, labels: FloatArray, plan: list[Fold], horizon: int) -> Evidence:
    """One row a model: how many rows and events it learned from, and a digest of their bytes."""
    refits = sessions[[fold.test[0] for fold in plan]]
    newest = [sessions[fold.train[-1] + horizon] if fold.train.size else _NEVER for fold in plan]
    values = [[fold.train.size, labels[fold.train].sum(), _digest(x[fold.train], labels[fold.train])] for fold in plan]
    known = np.array(newest, "datetime64[D]")
    used = np.where(np.isnat(known), _NEVER, refits)
    columns = ("rows", "events", "digest of the training set")
    return Evidence("models", columns, refits, np.array(values, np.float64), known, used)


def _digest(x: FloatArray, y: FloatArray) -> float:
    whole = hashlib.sha256(np.where(np.isnan(x), np.nan, x).tobytes() + y.tobytes()).digest()
    return float(int.from_bytes(whole[:_DIGEST_BYTES], "big"))
