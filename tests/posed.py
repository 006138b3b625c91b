"""Problems with a known answer, for tests of forecasts with few episodes and of life after the fit."""

from __future__ import annotations

import numpy as np

from signals.stress.labels import Label
from signals.stress.models import MODELS
from signals.stress.naive import LAST_STATE_COLUMN
from signals.stress.validation import Candidate, Problem
from simulator.core.panels import Panel

START = np.datetime64("2005-01-03", "D")


def posed(n=1600, seed=0, *, wait=10, turns_at=None, shifts_at=None, columns=4, base=-2.0):
    """A chance of stress that the first column decides; from ``turns_at`` on it decides the other way round.

    From ``shifts_at`` on every column lies three standard deviations higher, with no say in the matter.
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, columns))
    index = np.arange(n)
    way = np.where(index >= (n if turns_at is None else turns_at), -1.0, 1.0)
    chance = 1.0 / (1.0 + np.exp(-(base + 2.5 * way * x[:, 0])))
    y = (rng.random(n) < chance).astype(float)
    x[index >= (n if shifts_at is None else shifts_at)] += 3.0
    return as_problem(x, y, wait)


def as_problem(x, y, wait=10):
    """The problem of these features and labels, known ``wait`` sessions later; the last labels are not known.

    The rule's column is the newest label known.
    """
    sessions = START + np.arange(len(y))
    known_at = sessions + wait
    y = np.where(np.arange(len(y)) + wait < len(y), y, np.nan)
    label = Label("planted", "planted", sessions, y, known_at, horizon=wait)
    names = tuple(f"x{k}" for k in range(x.shape[1]))
    values = np.column_stack([x, np.nan_to_num(np.concatenate([np.full(wait, np.nan), y])[: len(y)])])
    return Problem(Panel(sessions, (*names, LAST_STATE_COLUMN), values, sessions), label, {})


def another_future(problem, t, seed=9):
    """The same up to session t: other features after it, and other labels where they were not known by then."""
    rng = np.random.default_rng(seed)
    label = problem.label
    x = problem.panel.values[:, :-1].copy()
    x[t + 1 :] = rng.standard_normal(x[t + 1 :].shape)
    unknown = ~(label.known_at <= label.sessions[t])
    y = np.where(unknown & ~np.isnan(label.values), 1.0 - label.values, label.values)
    wait = int((label.known_at[0] - label.sessions[0]).astype(int))
    return as_problem(x, y, wait)


def candidate(problem, name="logistic"):
    """A model that sees every column but the rule's."""
    return Candidate(MODELS[name], problem.panel.columns[:-1])


def day(problem, t):
    """Session t as the studies name days."""
    return str(problem.label.sessions[t])
