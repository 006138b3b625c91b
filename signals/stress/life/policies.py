"""When a model is fitted again: every so many sessions, when a monitor calls, or never."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from signals.stress.naive import LAST_STATE_RULE
from signals.stress.validation import Candidate, Problem, Scored, Split, at_refits, forecasts
from simulator.core.errors import ParameterError, nearest
from simulator.core.types import DateArray

from . import adwin, performance, stability
from .watch import Alarm, Monitored, Watch, joined

#: Monitors that a refit may wait for, by name.
MONITORS: Final[Mapping[str, Callable[[Watch], Monitored]]] = {
    stability.NAME: stability.watch_stability,
    performance.NAME: performance.watch_performance,
    adwin.NAME: adwin.watch_adwin,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """When to refit.

    Attributes
    ----------
    name, title
        Key, and what tables call it.
    every
        Sessions between refits; ``None`` for no fixed rhythm.
    monitor
        Name in :data:`MONITORS` whose alarm asks for a refit, or ``None``.
    min_gap
        Least sessions between two refits. An alarm that comes sooner waits until then.
    """

    name: str
    title: str
    every: int | None = None
    monitor: str | None = None
    min_gap: int = 21

    def __post_init__(self) -> None:
        if self.every is not None and (self.every < 1 or self.monitor is not None):
            raise ParameterError(f"refit policy {self.name}: either every so many sessions (1 or more) or on a monitor")
        if self.monitor is not None and self.monitor not in MONITORS:
            raise ParameterError(f"no monitor {self.monitor!r}{nearest(self.monitor, MONITORS)}")
        if self.min_gap < 1:
            raise ParameterError(f"refit policy {self.name}: min_gap must be at least 1 session, not {self.min_gap}")


FIXED: Final = "every-63"

#: The policies compared unless others are given; the first is what the rest is held against.
POLICIES: Final = (
    Policy(FIXED, "Every 63 sessions", every=63),
    Policy("every-21", "Every 21 sessions", every=21),
    Policy("on-stability", "When features shift", monitor=stability.NAME),
    Policy("on-performance", "When skill is lost", monitor=performance.NAME),
    Policy("on-adwin", "When losses rise (ADWIN)", monitor=adwin.NAME),
    Policy("never", "Never"),
)


@dataclass(frozen=True, eq=False)
class Lived:
    """A model's forecasts under one policy.

    Attributes
    ----------
    policy
        The policy.
    scored
        Its forecasts.
    refits
        Sessions at which a model was fitted, the first one included.
    alarms
        The alarms that asked for a refit.
    seconds
        Of this process's processor time spent on fitting, forecasting and watching.
    """

    policy: Policy
    scored: Scored
    refits: DateArray
    alarms: tuple[Alarm, ...]
    seconds: float


def live(
    policy: Policy,
    model: Candidate,
    problem: Problem,
    *,
    first: str = "2009",
    embargo: int = 10,
    window: int | None = None,
    seed: int = 0,
    workers: int | None = 1,
) -> Lived:
    """Fit at ``first``, and again as the policy says; learn from labels known ``embargo`` sessions before each refit.

    Parameters
    ----------
    policy
        When to refit.
    model
        The model and its columns.
    problem
        With the column of the naive rule (:data:`signals.stress.naive.LAST_STATE_COLUMN`), which monitors compare with.
    first
        First day to forecast.
    embargo, window
        See :func:`signals.stress.validation.forward`.
    seed, workers
        As in :func:`signals.stress.validation.forecasts`.
    """
    began = time.process_time()
    label = problem.label
    start = int(np.searchsorted(label.sessions, np.datetime64(first, "D")))
    if not (~np.isnan(label.values[start:])).any():
        raise ParameterError(f"refits: no labelled session from {first} on")
    if policy.monitor is None:
        refits = list(range(start, label.sessions.size, policy.every or label.sessions.size))
        plan = at_refits(label, refits, embargo, window)
        scored = forecasts([model], problem, plan, seed=seed, workers=workers)[model.spec.name]
        return Lived(policy, scored, label.sessions[refits], (), time.process_time() - began)
    refits, alarms, parts = [], [], []
    at: int | None = start
    while at is not None:
        refits.append(at)
        seen = watch(model, problem, at_refits(label, [at], embargo, window)[0], at, seed)
        at, alarm = _next(policy, seen, at)
        parts.append(seen.model if at is None else seen.model.rows(seen.model.dates < label.sessions[at]))
        if alarm is not None:
            alarms.append(alarm)
    return Lived(policy, joined(parts), label.sessions[refits], tuple(alarms), time.process_time() - began)


def _next(policy: Policy, seen: Watch, at: int) -> tuple[int | None, Alarm | None]:
    """The session of the next refit and the alarm that asks for it; ``None`` where none comes while it would matter."""
    assert policy.monitor is not None  # policies without one need no next alarm
    for alarm in MONITORS[policy.monitor](seen).alarms:
        then = max(int(np.searchsorted(seen.sessions, alarm.date)), at + policy.min_gap)
        if then < seen.sessions.size and seen.sessions[then] <= seen.model.dates[-1]:
            return then, alarm
        return None, None
    return None, None


def watch(model: Candidate, problem: Problem, split: Split, at: int, seed: int = 0) -> Watch:
    """A model fitted on a split and used from session ``at`` on, as monitors see it."""
    said = forecasts([model, LAST_STATE_RULE], problem, [split], seed=seed, workers=1)
    return Watch(
        problem.panel.sessions,
        problem.panel.values[:, [problem.panel.index_of(name) for name in model.columns]],
        tuple(model.columns),
        split.train,
        at,
        said[model.spec.name],
        said[LAST_STATE_RULE.spec.name],
    )
