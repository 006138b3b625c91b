"""Transfer: fitted on some markets, tested on others over the same sessions, and on labels known by then alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from signals.stress.labels import Label, LabelReport, report
from signals.stress.models import MODELS, ModelSpec
from signals.stress.naive import LAST_STATE, LAST_STATE_COLUMN, LAST_STATE_RULE
from signals.stress.stress_problem import Columns, stress_problem
from signals.stress.validation import (
    AnswerCache,
    Bootstrap,
    Candidate,
    Problem,
    Scorecard,
    Scored,
    Split,
    compare,
    forecasts,
    forward,
)
from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.panels import Panel
from simulator.core.types import IntArray

from .augmented import check_plain
from .single import single

#: Funds of US equities to learn from, and of others to be tested on.
US_EQUITIES: Final = ("SPY", "QQQ", "IWM", "MDY", "VTI")
ABROAD: Final = ("EEM", "EFA", "EWJ")

#: Where the training rows come from, by name.
SCHOOLS: Final[Mapping[str, str]] = {
    "transferred": "Fitted on the sources",
    "home": "Fitted at home",
    "both": "Fitted on both",
}


class Stacked(NamedTuple):
    """Markets one above the other: row ``m * T + t`` is session t of market m."""

    names: tuple[str, ...]
    sessions: int
    problem: Problem
    columns: Mapping[Columns, tuple[str, ...]]

    def rows(self, name: str, sessions: IntArray) -> IntArray:
        """Rows of these sessions of one market."""
        return self.names.index(name) * self.sessions + sessions


@dataclass(frozen=True, eq=False)
class Transferred:
    """The forecasts for one market by models with different schooling.

    Attributes
    ----------
    target
        The market tested on.
    forecasts, cards
        By school (:data:`SCHOOLS`), and the naive rule's; scorecards hold the paired differences from the model fitted
        at home and from the rule.
    label
        What the target's label holds.
    splits
        By school, in rows of the stack.
    """

    target: str
    forecasts: Mapping[str, Scored]
    cards: Mapping[str, Scorecard]
    label: LabelReport
    splits: Mapping[str, Sequence[Split]]


def stacked(market: MarketData, assets: Sequence[str], horizon: int = 10) -> Stacked:
    """The stress problem of every asset taken as a market of its own, one above the other.

    Features and labels of each come from its own prices, volumes and ranges and from the series all share.

    Raises
    ------
    DataError
        For an asset the market has not, or a market without volumes.
    """
    targets = [stress_problem(single(market, asset), horizon) for asset in assets]
    problems = [target.problem for target in targets]
    first = problems[0]
    if any(problem.panel.columns != first.panel.columns for problem in problems):
        raise ParameterError("transfer: the markets do not offer the same features")
    sessions = market.sessions.size
    labels = [problem.label for problem in problems]
    label = replace(
        first.label,
        sessions=np.tile(market.sessions, len(assets)),
        values=np.concatenate([label.values for label in labels]),
        known_at=np.concatenate([label.known_at for label in labels]),
        observation=np.zeros(0, np.int64),
    )
    panel = Panel(
        label.sessions,
        first.panel.columns,
        np.concatenate([problem.panel.values for problem in problems]),
        np.tile(market.sessions, len(assets)),
    )
    return Stacked(tuple(assets), sessions, Problem(panel, label, {}), targets[0].columns)


def label_of(stack: Stacked, name: str) -> Label:
    """The label of one market of a stack."""
    rows = stack.rows(name, np.arange(stack.sessions))
    whole = stack.problem.label
    return replace(
        whole,
        sessions=whole.sessions[rows],
        values=whole.values[rows],
        known_at=whole.known_at[rows],
        observation=np.zeros(0, np.int64),
    )


def transfer_splits(
    stack: Stacked, sources: Sequence[str], target: str, first: str = "2009", every: str = "Q", embargo: int = 10
) -> list[Split]:
    """Refits of models that learn from the sources and forecast the target, in rows of the stack.

    A model first used at session t learns from labels of the sources known by t - ``embargo``, as one fitted at home
    does from those of the target.
    """
    home = label_of(stack, target)
    return [_split(stack, sources, target, fold, embargo) for fold in forward(home, first, every, embargo)]


def _split(stack: Stacked, sources: Sequence[str], target: str, home: Split, embargo: int) -> Split:
    sessions = stack.problem.label.sessions[: stack.sessions]
    refit = int(home.test[0])
    if refit < embargo:
        return Split(np.zeros(0, np.int64), stack.rows(target, home.test))
    deadline = sessions[refit - embargo]
    parts = []
    for name in sources:
        known = np.flatnonzero(label_of(stack, name).known_by(deadline))
        parts.append(stack.rows(name, known))
    return Split(np.concatenate(parts), stack.rows(target, home.test))


def transfer(
    market: MarketData,
    sources: Sequence[str] = US_EQUITIES,
    targets: Sequence[str] = ABROAD,
    *,
    model: ModelSpec = MODELS["xgboost"],
    columns: Columns = "broad",
    horizon: int = 10,
    first: str = "2009",
    every: str = "Q",
    embargo: int = 10,
    seed: int = 0,
    workers: int | None = None,
    cache: AnswerCache | None = None,
    how: Bootstrap | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Transferred]:
    """For each target: a model fitted on the sources, one fitted at home, one on both, and the naive rule.

    All forecast the same sessions with the same columns and refits; differences are paired.

    Raises
    ------
    ParameterError
        If there is no source or no target, or one is both, or the model needs several sessions in a row: those of a
        stack are not neighbours.
    """
    if not sources or not targets or set(sources) & set(targets):
        raise ParameterError(f"transfer: sources {list(sources)} and targets {list(targets)} must be different markets")
    check_plain(model, "transferred")
    stack = stacked(market, (*sources, *targets), horizon)
    candidate = Candidate(model, stack.columns[columns])
    out = {}
    for target in targets:
        plans = {
            "transferred": transfer_splits(stack, sources, target, first, every, embargo),
            "home": transfer_splits(stack, (target,), target, first, every, embargo),
            "both": transfer_splits(stack, (*sources, target), target, first, every, embargo),
        }
        asked = [(school, candidate, plan) for school, plan in plans.items()]
        asked.append((LAST_STATE, LAST_STATE_RULE, plans["home"]))
        found = {}
        for number, (name, learner, plan) in enumerate(asked):
            said = forecasts([learner], stack.problem, plan, seed=seed, workers=workers, cache=cache)
            found[name] = said[learner.spec.name]
            if progress is not None:
                progress(f"transfer to {target}", number + 1, len(asked))
        value = stack.problem.panel.column(LAST_STATE_COLUMN)[stack.rows(target, np.arange(stack.sessions))]
        where = np.searchsorted(market.sessions, found[LAST_STATE].dates)
        found[LAST_STATE] = replace(found[LAST_STATE], rank=value[where])
        cards = compare(found, ("home", LAST_STATE), how)
        out[target] = Transferred(target, found, cards, report(label_of(stack, target)), plans)
    return out
