"""Leave one bank out, and inside what is left, again, for the settings. Source: Heuver & Triepels, section 4.4."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .models import MODELS, USUAL, Setting, fitted, mean_loss, stressed
from .panel import Panel


class Task(NamedTuple):
    """One model with one loss, tried on one bank (its place); ``tuned``: whether settings are searched."""

    model: str
    loss: str
    bank: int
    tuned: bool = True


class Answer(NamedTuple):
    """(D,) probability of stress of a bank that the model has not seen, and the settings it took."""

    probability: FloatArray
    setting: Setting


def left_out(panel: Panel, task: Task, seed: int) -> Answer:
    """Train on all other banks, answer for every session of this one; settings by the least loss on banks held out.

    Where the other banks know no stress, the answer is zero throughout.
    """
    others = [bank for bank in range(len(panel.banks)) if bank != task.bank]
    x, y = panel.rows(others)
    grid = MODELS[task.model].grid
    setting = _best(panel, task, others, seed) if task.tuned and len(grid) > 1 else USUAL[task.model]
    if y.min() == y.max():
        return Answer(np.full(panel.x.shape[0], float(y[0])), setting)
    network = fitted(task.model, setting, x, y, task.loss, seed)
    return Answer(stressed(network, panel.x[:, task.bank]), setting)


def _best(panel: Panel, task: Task, banks: list[int], seed: int) -> Setting:
    losses = {}
    for setting in MODELS[task.model].grid:
        folds = [_fold(panel, task, setting, banks, held, seed) for held in banks]
        losses[setting] = float(np.nanmean(folds)) if np.isfinite(folds).any() else np.inf
    return min(losses, key=lambda setting: losses[setting])


def _fold(panel: Panel, task: Task, setting: Setting, banks: list[int], held: int, seed: int) -> float:
    """The loss on one bank of a model that learnt from the others; NaN where those know one class only."""
    x, y = panel.rows([bank for bank in banks if bank != held])
    shown, actual = panel.rows([held])
    if y.size == 0 or y.min() == y.max() or actual.size == 0:
        return float("nan")
    share = 0.5 if task.loss == "plain" else 1.0 - float(y.mean())
    return mean_loss(stressed(fitted(task.model, setting, x, y, task.loss, seed), shown), actual, share)
