"""Running the study: labels, features, every model on every set over the seeds, then the two checks."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import numpy as np
import pandas as pd
from joblib import delayed
from threadpoolctl import threadpool_limits

from scenarios.progress import Progress, Silent
from signals.equity.features import SETS, FeatureSet, design, features
from signals.equity.labels import (
    CANDIDATES,
    Window,
    amihud_peaks,
    covered,
    falls,
    liquid_by_fall,
    liquid_by_rank,
    mean_largest_fall,
)
from signals.equity.models import MODELS
from signals.equity.scores import Counts, auc
from signals.equity.validate import Task, cross_validated, fitted, sector_left_out
from simulator.core.errors import DataError
from simulator.core.pools import Bound, pool
from simulator.core.types import BoolArray, FloatArray, IntArray
from simulator.core.within import Within, check_fields

from .data import EquityData

#: Sessions that must go before a window, and the most that features look back on.
LEAST_HISTORY: Final = 40
MOST_HISTORY: Final = 90
#: Shares of a class that five folds can learn from.
_FEWEST: Final = 20
LABELS: Final = {"price_drop": "fall of 40% in 20 sessions", "amihud": "largest 20-session Amihud mean"}
#: What the two checks are run with.
CHECKED: Final = ("rusboost", "bagged-trees", "logistic-balanced")
#: Every model is run on these sets; on the others those that say so.
MAIN: Final = ("V4", "V6", "V4+past")
#: The set and the model whose classes are written out.
CHOSEN_SET: Final = "V4+past"
CHOSEN_MODEL: Final = "rusboost"


@dataclass(frozen=True)
class Options:
    """How to run it.

    Attributes
    ----------
    seeds
        Repetitions of the folds.
    seed
        Of the first repetition; the others follow it.
    workers
        Processes; ``None`` for one a core. The results do not depend on it.
    """

    seeds: Annotated[int, Within(1, 1000, option="--seeds")] = 10
    seed: int = 0
    workers: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class Run:
    """One model on one set under one label, over the seeds. N shares.

    Attributes
    ----------
    probability, fold
        (seeds, N) out-of-fold probability of being liquid, and the fold.
    """

    label: str
    shown: FeatureSet
    model: str
    probability: FloatArray
    fold: IntArray


@dataclass(frozen=True, eq=False)
class EquityStudy:
    """Everything that was found.

    Attributes
    ----------
    window
        The stress window chosen.
    candidates
        Mean largest 20-session fall of each candidate, by window.
    history
        Sessions before the window that features rest on.
    worst, peaks
        (N,) the measures behind the labels.
    actual
        (N,) whether a share was liquid, by label.
    columns
        (N,) features by name.
    runs
        Every run.
    sector_out
        (N,) probability by label and model, each from models that saw no share of the sector.
    other, other_actual, other_probability
        The window that models fitted on this one are tried on, classes there, and probability by label and model;
        ``None`` where the data cover no other.
    """

    data: EquityData
    options: Options
    window: Window
    candidates: Mapping[Window, float]
    history: int
    worst: FloatArray
    peaks: FloatArray
    actual: Mapping[str, BoolArray]
    columns: Mapping[str, FloatArray]
    runs: tuple[Run, ...]
    sector_out: Mapping[tuple[str, str], FloatArray]
    other: Window | None = None
    other_actual: Mapping[str, BoolArray] = field(default_factory=dict)
    other_probability: Mapping[tuple[str, str], FloatArray] = field(default_factory=dict)

    def of(self, label: str, shown: str, model: str) -> Run:
        """One run."""
        return next(run for run in self.runs if (run.label, run.shown.name, run.model) == (label, shown, model))

    def scores(self, run: Run) -> dict[str, float]:
        """Every measure, its mean over the seeds; ``..._sd`` of two: the standard deviation between seeds.

        Fractions of shares; NaN where a class is empty.
        """
        return averaged(run.probability, self.actual[run.label])


def averaged(probability: FloatArray, actual: BoolArray) -> dict[str, float]:
    """Means over (seeds, N) probabilities of every measure, and how much balanced accuracy and AUC vary.

    Fractions of shares; NaN where a class is empty in any seed.
    """
    each = pd.DataFrame(
        [{**Counts.of(row >= 0.5, actual).scores(), "auc": auc(row, actual)} for row in np.atleast_2d(probability)]
    )
    spread = each[["balanced_accuracy", "auc"]].std(ddof=1) if len(each) > 1 else pd.Series(dtype=float)
    means = {str(name): float(value) for name, value in each.mean(skipna=False).items()}
    return {**means, **{f"{name}_sd": float(value) for name, value in spread.items()}}


def run_equity(data: EquityData, options: Options | None = None, progress: Progress | None = None) -> EquityStudy:
    """Run the study on bars that were read.

    Raises
    ------
    DataError
        If the data cover no window of stress, or one in which all shares are of one class.
    """
    options, progress = options or Options(), progress or Silent()
    bars = data.bars
    falls_of = {window: mean_largest_fall(bars, window) for window in covered(bars, CANDIDATES, LEAST_HISTORY)}
    if not falls_of:
        raise DataError(
            f"{data.path}: {bars.sessions[0]} to {bars.sessions[-1]} covers no window of stress with {LEAST_HISTORY} "
            f"sessions before it; windows are {'; '.join(map(str, CANDIDATES))}"
        )
    window = min(falls_of, key=lambda key: falls_of[key])
    history = min(bars.rows(window.first, window.last).start, MOST_HISTORY)
    worst, peaks = falls(bars, window), amihud_peaks(bars, window)
    actual = _classes(data, window)
    columns = features(bars, window, history)
    asked = _asked()
    tasks = [
        (Task(design(columns, shown, bars.sectors)[0], actual[label], model, shown.components), options.seed + k)
        for label, shown, model in asked
        for k in range(options.seeds)
    ]
    found = list(_computed(tasks, options, progress))
    runs = tuple(
        Run(label, shown, model, *map(np.stack, zip(*found[at : at + options.seeds], strict=True)))
        for at, (label, shown, model) in zip(range(0, len(found), options.seeds), asked, strict=True)
    )
    study = EquityStudy(
        data,
        options,
        window,
        falls_of,
        history,
        worst,
        peaks,
        actual,
        columns,
        runs,
        _sector_out(data, columns, actual, options),
    )
    return _with_other(study)


def _classes(data: EquityData, window: Window) -> dict[str, BoolArray]:
    by_fall = liquid_by_fall(falls(data.bars, window))
    for least, name in ((by_fall.sum(), "liquid"), ((~by_fall).sum(), "illiquid")):
        if least < _FEWEST:
            raise DataError(f"{data.path}: only {least} shares are {name} in {window}; {_FEWEST} of each are needed")
    return {
        "price_drop": by_fall,
        "amihud": liquid_by_rank(amihud_peaks(data.bars, window), float(by_fall.mean())),
    }


def _asked() -> list[tuple[str, FeatureSet, str]]:
    return [
        (label, shown, name)
        for label in LABELS
        for shown in SETS
        for name, model in MODELS.items()
        if shown.name in MAIN or model.everywhere
    ]


def _one(task: Task, seed: int) -> tuple[FloatArray, IntArray]:
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a network that has not converged is scored as it is
        return cross_validated(task, seed)


def _computed(
    tasks: list[tuple[Task, int]], options: Options, progress: Progress
) -> Iterator[tuple[FloatArray, IntArray]]:
    """Out-of-fold answers in the order of the tasks, whatever the number of processes."""
    workers = options.workers or os.cpu_count() or 1
    progress("models", 0, len(tasks))
    parallel = pool(workers, return_as="generator", batch_size=4)
    answers = (
        parallel(delayed(Bound(_one))(*task) for task in tasks) if workers > 1 else (_one(*task) for task in tasks)
    )
    for done, answer in enumerate(answers, 1):
        progress("models", done, len(tasks))
        yield answer


def _sector_out(
    data: EquityData, columns: Mapping[str, FloatArray], actual: Mapping[str, BoolArray], options: Options
) -> dict[tuple[str, str], FloatArray]:
    shown = next(shown for shown in SETS if shown.name == CHOSEN_SET)._replace(sectors=False)
    x, _ = design(dict(columns), shown, data.bars.sectors)
    return {
        (label, model): sector_left_out(Task(x, actual[label], model), data.bars.sectors.tolist(), options.seed)
        for label in actual
        for model in CHECKED
    }


def _with_other(study: EquityStudy) -> EquityStudy:
    """The study with its models tried on the next worst window, features and classes of that one."""
    others = {window: fall for window, fall in study.candidates.items() if window != study.window}
    if not others:
        return study
    window = min(others, key=lambda key: others[key])
    bars = study.data.bars
    if bars.rows(window.first, window.last).start < study.history:
        return study
    shown = next(shown for shown in SETS if shown.name == CHOSEN_SET)
    here, there = (
        design(columns, shown, bars.sectors)[0]
        for columns in (dict(study.columns), features(bars, window, study.history))
    )
    by_fall = liquid_by_fall(falls(bars, window))
    actual = {"price_drop": by_fall, "amihud": liquid_by_rank(amihud_peaks(bars, window), float(by_fall.mean()))}
    every = np.arange(len(bars.tickers))
    probability = {
        (label, model): fitted(Task(here, study.actual[label], model), every, there, study.options.seed)
        for label in LABELS
        for model in CHECKED
    }
    return replace(study, other=window, other_actual=actual, other_probability=probability)
