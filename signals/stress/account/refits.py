"""The models of a walk-forward, fitted once more exactly as the run did, to be looked into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from signals.stress.models import OUTCOMES, windows
from signals.stress.validation import Candidate, Problem, Scored, Split, forecasts
from simulator.core.errors import PluginError
from simulator.core.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Refit:
    """One model in use.

    Attributes
    ----------
    number
        Which of the splits it is of.
    split
        The rows it learned from, and those it was asked about.
    model
        As fitted; ``None`` where all it learned from was of one class.
    """

    number: int
    split: Split
    model: Any


@dataclass(frozen=True, eq=False)
class Refits:
    """Models of some splits of a run.

    Attributes
    ----------
    problem
        What they were asked.
    candidate
        The model and its columns.
    refits
        By number of the split.
    """

    problem: Problem
    candidate: Candidate
    refits: dict[int, Refit]

    @property
    def x(self) -> FloatArray:
        """(T, K) the columns they see."""
        held = [self.problem.panel.index_of(name) for name in self.candidate.columns]
        return np.asarray(self.problem.panel.values[:, held])

    def side(self, rows: IntArray, x: FloatArray | None = None) -> dict[str, FloatArray]:
        """What the model is given besides columns when it is asked about rows: nothing that is not known then.

        ``x`` (T, K) are the columns that windows of sessions are taken from, by default :attr:`x`.
        """
        spec = self.candidate.spec
        found = {name: self.problem.side[name][rows] for name in self.problem.given(spec) if name not in OUTCOMES}
        if spec.window:
            found["window"] = windows(self.x if x is None else x, rows, spec.window)
        return found


def refitted(
    candidate: Candidate, problem: Problem, splits: Sequence[Split], wanted: Sequence[int], seed: int, said: Scored
) -> Refits:
    """Fit the models of the ``wanted`` splits as :func:`~signals.stress.validation.forecasts` does.

    One model a split; their rows are sessions.

    ``said`` are the forecasts of the run: what these models say must be the same to the bit, or they are others.

    Raises
    ------
    PluginError
        If a model says something else than in the run: it draws on more than its seed.
    """
    made: list[Any] = []

    def make(own: int, **options: Any) -> Any:
        made.append(candidate.spec.make(own, **options))
        return made[-1]

    nothing = np.zeros(0, np.int64)
    chosen = [split if k in wanted else Split(nothing, nothing) for k, split in enumerate(splits)]
    watched = candidate._replace(spec=replace(candidate.spec, make=make))
    again = forecasts([watched], problem, chosen, seed=seed, workers=1)[candidate.spec.name]
    _check(candidate.spec.name, again, said)
    found = {}
    for number in wanted:
        fold = splits[number]
        model = made[number] if hasattr(made[number], "classes_") else None
        found[number] = Refit(number, fold, model)
    return Refits(problem, candidate, found)


def _check(name: str, again: Scored, said: Scored) -> None:
    both, left, right = np.intersect1d(again.dates, said.dates, return_indices=True)
    same = again.probability[left] == said.probability[right]
    if not same.all():
        day = both[~same.all(axis=1)][0]
        raise PluginError(
            f"model {name}: fitted again, it says something else of {day}; it draws on more than its seed"
        )


def in_use(splits: Sequence[Split], row: int) -> int:
    """Number of the split whose model is asked about a session."""
    firsts = np.array([split.test[0] if split.test.size else np.iinfo(np.int64).max for split in splits])
    return int(np.searchsorted(np.sort(firsts), row, side="right") - 1)


def first_of_years(splits: Sequence[Split], years: np.ndarray) -> list[tuple[int, int]]:
    """Year and number of the first split in it, by ``years`` (T,) of the sessions."""
    found: dict[int, int] = {}
    for number, split in enumerate(splits):
        if split.test.size:
            found.setdefault(int(years[split.test[0]]), number)
    return sorted(found.items())
