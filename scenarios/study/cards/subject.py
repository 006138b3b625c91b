"""What a card is written about: one model of one study, with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scenarios.study.data import StudyData
from signals.stress.account import Refits, first_of_years, in_use, is_sum, refitted
from signals.stress.validation import Candidate, Interval, Problem, Scorecard, Scored, Side, Split
from simulator.core.types import IntArray

from .options import CardOptions


class Shown(NamedTuple):
    """A score on a card."""

    title: str
    key: str  # in metrics.json
    score: str  # among the metrics
    higher: bool | None  # whether more is better; None where it is neither


@dataclass(frozen=True, eq=False)
class Subject:
    """One model, judged forward.

    Attributes
    ----------
    study, target
        The study, and what is forecast, in words.
    candidate, problem, splits, seed
        What the run fitted it from.
    said
        Forecasts as judged.
    rules, titles
        Forecasts and titles of the naive rules on the same sessions.
    scorecard, shown, metrics
        Its scores, those shown, and its entry in ``metrics.json``.
    protocol, embargo, level
        How it was judged, and the level of intervals.
    classes
        What its classes are called.
    leaky
        Whether test days' outcomes were in training.
    options, data
        What the user said, and the data.
    sides
        Scores on either side of a change of what is forecast, where there is one within the days judged.
    """

    study: str
    target: str
    candidate: Candidate
    problem: Problem
    splits: Sequence[Split]
    seed: int
    said: Scored
    rules: Mapping[str, Scored]
    titles: Mapping[str, str]
    scorecard: Scorecard
    shown: Sequence[Shown]
    metrics: Mapping[str, Any]
    protocol: str
    embargo: int
    level: float
    classes: Sequence[str]
    leaky: bool
    options: CardOptions
    data: StudyData
    sides: Sequence[Side] = ()

    @property
    def name(self) -> str:
        """The model's name in the study."""
        return self.candidate.spec.name

    @property
    def title(self) -> str:
        """What tables call it."""
        return self.candidate.spec.title

    @property
    def rows(self) -> IntArray:
        """(n,) rows of the problem that were judged. A row is a session."""
        return np.searchsorted(self.problem.panel.sessions, self.said.dates)

    @property
    def judged_splits(self) -> list[int]:
        """Numbers of the splits with a judged day."""
        first = self.rows[0]
        return [number for number, split in enumerate(self.splits) if split.test.size and split.test[-1] >= first]

    def years(self) -> list[tuple[int, int]]:
        """Year and number of the first split in it."""
        numbers = set(self.judged_splits)
        years = self.problem.panel.sessions.astype("datetime64[Y]").astype(int) + 1970
        chosen = [split if k in numbers else split._replace(test=split.test[:0]) for k, split in enumerate(self.splits)]
        return first_of_years(chosen, years)

    def fitted(self, wanted: Sequence[int]) -> Refits:
        """The models of some splits."""
        return refitted(self.candidate, self.problem, self.splits, sorted(set(wanted)), self.seed, self.said)

    def with_models_of(self, held: Refits, rows: Sequence[int]) -> Refits:
        """The same with the models in use on some rows of the problem too, if they can be taken apart."""
        known = next((refit.model for refit in held.refits.values() if refit.model is not None), None)
        if known is None or not is_sum(known, held.x):
            return held
        missing = {in_use(self.splits, int(row)) for row in rows} - set(held.refits)
        if not missing:
            return held
        return Refits(held.problem, held.candidate, {**held.refits, **self.fitted(sorted(missing)).refits})

    def interval(self, key: str) -> Interval:
        """A score with its interval."""
        return self.scorecard.scores[key]
