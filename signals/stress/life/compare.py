"""Refit policies and online models side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Final

import numpy as np
import pandas as pd

from signals.stress.naive import LAST_STATE, LAST_STATE_RULE, ranked
from signals.stress.validation import Bootstrap, Candidate, Problem, Scorecard, Scored, at_refits, compare, forecasts
from simulator.core.errors import ParameterError
from simulator.core.types import DateArray

from .online import ONLINE, online_forecasts
from .policies import POLICIES, Lived, Policy, live

#: The scores of the table, with what they are called.
SCORES: Final = {
    "auc_alert": "ROC-AUC",
    "pr_auc_alert": "PR-AUC",
    "brier_skill_alert": "Brier skill",
    "calibration_error_alert": "Calibration error",
}


@dataclass(frozen=True, eq=False)
class Life:
    """One way to live after the first fit: a policy, or an online model.

    Attributes
    ----------
    name, title
        Key, and what tables call it.
    kind
        ``fixed``, ``on drift``, ``never``, ``online`` or ``rule``.
    scored, card
        Forecasts and scores; ``versus`` of the card holds the paired differences from the first policy and from the
        naive rule.
    refits
        Sessions at which a model was fitted; empty for online models, which learn every day.
    seconds
        Of this process's processor time spent on it.
    lived
        The whole story of a policy.
    """

    name: str
    title: str
    kind: str
    scored: Scored
    card: Scorecard
    refits: DateArray
    seconds: float
    lived: Lived | None = None


@dataclass(frozen=True, eq=False)
class RefitStudy:
    """Ways to live after the first fit, all over the same sessions.

    Attributes
    ----------
    base
        Name of the policy the others are held against.
    lives
        By name.
    """

    base: str
    lives: Mapping[str, Life]

    def frame(self) -> pd.DataFrame:
        """One row a way: refits, seconds, scores with their intervals, and paired differences from the base."""
        return pd.DataFrame([self._row(life) for life in self.lives.values()]).set_index("name")

    def _row(self, life: Life) -> dict[str, object]:
        row: dict[str, object] = {
            "name": life.name,
            "title": life.title,
            "kind": life.kind,
            "refits": life.refits.size,
            "seconds": life.seconds,
        }
        for key in SCORES:
            score, gaps = life.card.scores[key], life.card.versus.get(self.base)
            row |= {key: score.value, f"{key}_low": score.low, f"{key}_high": score.high}
            if gaps is not None:
                gap = gaps[key]
                row |= {f"{key}_gap": gap.value, f"{key}_gap_low": gap.low, f"{key}_gap_high": gap.high}
        return row


def compare_refits(
    problem: Problem,
    model: Candidate,
    policies: Sequence[Policy] = POLICIES,
    online: Sequence[str] = tuple(ONLINE),
    *,
    first: str = "2009",
    embargo: int = 10,
    window: int | None = None,
    seed: int = 0,
    workers: int | None = 1,
    how: Bootstrap | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> RefitStudy:
    """Run every policy and every online model over the same sessions, and the naive rule beside them.

    Parameters
    ----------
    problem
        With the column of the naive rule (:data:`signals.stress.naive.LAST_STATE_COLUMN`).
    model
        What is refitted, and its columns; online models see the same.
    policies
        The first is what the others are held against.
    online
        Names of online models; empty to go without (river is then not needed).
    first, embargo, window, seed
        See :func:`live`.
    workers
        Processes; with one, seconds are complete and comparable.
    how
        The bootstrap behind intervals and paired differences.
    progress
        Told of each way done.

    Raises
    ------
    ParameterError
        Without a policy, for two of one name, or for online models without river.
    """
    names = [*(policy.name for policy in policies), *online]
    if not policies or len(set(names)) < len(names):
        raise ParameterError(f"refit study: one policy or more, each named once, not {names}")
    done, total = 0, len(names) + 1

    def tell() -> None:
        if progress is not None:
            progress("refits", done, total)

    tell()
    scored: dict[str, Scored] = {}
    seconds: dict[str, float] = {}
    lived: dict[str, Lived] = {}
    for name in online:  # first, so that a missing package is told at once
        began = process_time()
        scored[name] = online_forecasts(name, problem, model.columns, first, seed)
        seconds[name] = process_time() - began
        done += 1
        tell()
    for policy in policies:
        life = live(policy, model, problem, first=first, embargo=embargo, window=window, seed=seed, workers=workers)
        lived[policy.name], scored[policy.name], seconds[policy.name] = life, life.scored, life.seconds
        done += 1
        tell()
    base = lived[policies[0].name]
    began = process_time()
    again = [int(session) for session in np.searchsorted(problem.label.sessions, base.refits)]
    plan = at_refits(problem.label, again, embargo, window)
    naive = forecasts([LAST_STATE_RULE], problem, plan, seed=seed, workers=1)[LAST_STATE]
    scored[LAST_STATE] = ranked(naive, problem)
    seconds[LAST_STATE] = process_time() - began
    cards = compare(scored, (base.policy.name, LAST_STATE), how)
    order = [*(policy.name for policy in policies), *online, LAST_STATE]
    return RefitStudy(
        base.policy.name,
        {name: _life(name, scored[name], cards[name], seconds[name], lived.get(name)) for name in order},
    )


def _life(name: str, scored: Scored, card: Scorecard, seconds: float, lived: Lived | None) -> Life:
    none = scored.dates[:0]
    if lived is not None:
        policy = lived.policy
        kind = "on drift" if policy.monitor else "fixed" if policy.every else "never"
        return Life(name, policy.title, kind, scored, card, lived.refits, seconds, lived)
    if name in ONLINE:
        return Life(name, ONLINE[name].title, "online", scored, card, none, seconds)
    return Life(name, LAST_STATE_RULE.spec.title, "rule", scored, card, none, seconds)
