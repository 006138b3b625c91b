"""What these studies share: their options, their data and the problem they pose."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.study.data import StudyData, read_study_data
from scenarios.study.protocols import EMBARGO, first_test_day
from scenarios.study.stress.run import START
from signals.stress.labels import report
from signals.stress.models import MODELS, ModelSpec
from signals.stress.stress_problem import Columns, stress_problem
from signals.stress.validation import Bootstrap, Candidate, Problem
from simulator.core.errors import DataError, ParameterError


@dataclass(frozen=True)
class Options:
    """What a run may vary.

    Attributes
    ----------
    model
        What is fitted; one that needs the columns alone.
    columns
        What it sees: many columns, or the state of stress alone.
    horizon
        Sessions ahead in which an event counts.
    seed
        Of models, noise and resamples.
    workers
        Processes; by default one a core. The results do not depend on it.
    bootstrap
        How intervals are drawn.
    end
        Last session, YYYY-MM-DD; by default that of the data.
    """

    model: ModelSpec = MODELS["xgboost"]
    columns: Columns = "broad"
    horizon: int = 10
    seed: int = 0
    workers: int | None = None
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    end: str | None = None

    def __post_init__(self) -> None:
        if self.model.needs or self.model.family in ("naive", "control"):
            raise ParameterError(f"--model {self.model.name}: it needs more than the columns; choose another")

    def asked(self, study: str) -> dict[str, Any]:
        """The options as the manifest states them."""
        return {
            "study": study,
            "model": self.model.name,
            "columns": self.columns,
            "horizon": self.horizon,
            "end": self.end,
            "bootstrap": self.bootstrap._asdict(),
        }


@dataclass(frozen=True, eq=False)
class Posed:
    """A problem on the data of a folder.

    Attributes
    ----------
    data
        The market and what is odd about it.
    problem
        Features, label and the naive rule's column.
    model
        The model and its columns.
    first
        First test day.
    """

    data: StudyData
    problem: Problem
    model: Candidate
    first: str

    @property
    def period(self) -> str:
        """What was tested, in words."""
        known = self.problem.label.sessions[~np.isnan(self.problem.label.values)]
        known = known[known >= np.datetime64(self.first, "D")]
        return (
            f"{known.size:,} test days, {known[0]} to {known[-1]} · {self.model.spec.title} on "
            f"{len(self.model.columns)} features · embargo of {EMBARGO} sessions"
        )

    @property
    def label(self) -> str:
        """What is forecast, in words, and how much of it there is."""
        return f"Forecast is whether {self.problem.label.text}. {report(self.problem.label).sentence()}."


def read(folder: Path | None, options: Options) -> StudyData:
    """The data of a folder."""
    return read_study_data(folder, start=START, end=options.end)


def posed(data: StudyData, options: Options) -> Posed:
    """The problem: an event of stress within some sessions, from what is known at each close.

    Raises
    ------
    DataError
        If no session has a label, or none is left to test on.
    """
    target = stress_problem(data.market, options.horizon)
    problem = target.problem
    known = ~np.isnan(problem.label.values)
    first = first_test_day(problem.label) if known.any() else ""
    if not known.any() or not known[problem.label.sessions >= np.datetime64(first, "D")].any():
        raise DataError("the history is too short: no session is left to test on once thresholds and labels are known")
    return Posed(data, problem, target.candidate(options.model, options.columns), first)
