"""The study: loans and features from the log, then each model on each bank that it has not seen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import delayed

from scenarios.progress import Progress, Silent
from signals.payments.codes import STRESS
from signals.payments.features import Features, payment_features
from signals.payments.furfine import overnight_loans, with_benchmark
from signals.payments.models import ALARM, LOSSES, MODELS
from signals.payments.panel import SCALES, Panel, panel_of
from signals.payments.rivals import TITLES, rival_alarms
from signals.payments.scores import Average, Score, average, called, lead, score
from signals.payments.validate import Answer, Task, left_out
from simulator.core.errors import DataError
from simulator.core.pools import Bound, pool
from simulator.core.types import BoolArray

from .data import FEWEST, BankData

FIGURES = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Options:
    """How to run it: seed of models and resamples, processes, and whether settings are searched."""

    seed: int = 0
    workers: int | None = None
    tuned: bool = True


@dataclass(frozen=True, eq=False)
class BankStudy:
    """Everything that was found.

    Attributes
    ----------
    loans, features
        The money market found in the log, and the features of every account.
    panels
        By scale.
    answers
        By scale, loss and model: one a bank, from models that have not seen it.
    rivals
        By scale and rival: (D,) alarms and the rule in words, one a bank.
    """

    data: BankData
    options: Options
    loans: pd.DataFrame
    features: Features
    panels: Mapping[str, Panel]
    answers: Mapping[tuple[str, str, str], tuple[Answer, ...]]
    rivals: Mapping[tuple[str, str], tuple[tuple[BoolArray, str], ...]]

    def alarms(self, scale: str, loss: str, model: str) -> list[BoolArray]:
        """(D,) alarms of a model for each bank. One a day."""
        return [called(answer.probability, ALARM) for answer in self.answers[scale, loss, model]]

    def scores(self, scale: str, loss: str, model: str) -> list[Score]:
        """One a bank."""
        return scored(self.panels[scale], self.alarms(scale, loss, model))

    def average(self, scale: str, loss: str, model: str, figure: str) -> Average:
        """Over the banks that know stress, with its interval."""
        return average(self.scores(scale, loss, model), figure, self.options.seed)

    def rival_scores(self, scale: str, rival: str) -> list[Score]:
        """One a bank."""
        return scored(self.panels[scale], [alarm for alarm, _ in self.rivals[scale, rival]])

    def leads(self, scale: str, loss: str, model: str) -> list[float]:
        """Sessions from the first early alarm to the first day of stress; NaN where none came."""
        alarms = self.alarms(scale, loss, model)
        return [lead(alarm, self.panels[scale], bank) for bank, alarm in enumerate(alarms)]


def scored(panel: Panel, alarms: list[BoolArray]) -> list[Score]:
    """Alarms of every bank, judged. They are (D,), one a day."""
    return [score(alarm, panel, bank) for bank, alarm in enumerate(alarms)]


def run_banks(data: BankData, options: Options | None = None, progress: Progress | None = None) -> BankStudy:
    """Run the study on a log that was read.

    Raises
    ------
    DataError
        If fewer than three banks know stress: one is left out, and what is left must know stress without another.
    """
    options, progress = options or Options(), progress or Silent()
    progress("payments", 0, 3)
    data = replace(data, payments=with_benchmark(data.payments))
    progress("payments", 1, 3)
    loans = overnight_loans(data.payments)
    progress("payments", 2, 3)
    features = payment_features(data.payments, loans)
    panels = {scale: panel_of(features, data.places, data.banks, data.codes, scale) for scale in SCALES}
    progress("payments", 3, 3)
    _enough(data, panels["whole"])
    asked = [(scale, loss, model) for scale in SCALES for loss in LOSSES for model in MODELS]
    tasks = [
        (panels[scale], Task(model, loss, bank, options.tuned), options.seed)
        for scale, loss, model in asked
        for bank in range(len(data.banks))
    ]
    found = list(_computed(tasks, options, progress))
    count = len(data.banks)
    answers = {key: tuple(found[at * count : (at + 1) * count]) for at, key in enumerate(asked)}
    rivals = {
        (scale, rival): tuple(rival_alarms(panels[scale], rival, bank, options.seed) for bank in range(count))
        for scale in SCALES
        for rival in TITLES
    }
    return BankStudy(data, options, loans, features, panels, answers, rivals)


def _enough(data: BankData, panel: Panel) -> None:
    known = [
        bank for bank, codes in zip(data.banks, (panel.counted & (data.codes == STRESS)).T, strict=True) if codes.any()
    ]
    if len(known) < FEWEST:
        raise DataError(
            f"{len(known)} of the {len(data.banks)} banks under study have a session of stress (code 3) that counts; "
            f"{FEWEST} are needed, since one is left out of training and another held out of that"
        )


def _computed(tasks: list[tuple[Panel, Task, int]], options: Options, progress: Progress) -> Iterator[Answer]:
    """Answers in the order of the tasks, whatever the number of processes."""
    workers = options.workers or os.cpu_count() or 1
    progress("models", 0, len(tasks))
    parallel = pool(workers, return_as="generator", batch_size=2)
    answers = (
        parallel(delayed(Bound(left_out))(*task) for task in tasks) if workers > 1 else (left_out(*t) for t in tasks)
    )
    for done, answer in enumerate(answers, 1):
        progress("models", done, len(tasks))
        yield answer


def without_stress(study: BankStudy) -> list[str]:
    """Banks under study that have no session of stress that counts: they are in no average."""
    panel = study.panels["whole"]
    stress = (panel.counted & (panel.codes == STRESS)).any(axis=0)
    return [bank for bank, known in zip(panel.banks, np.asarray(stress).tolist(), strict=True) if not known]
