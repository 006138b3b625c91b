"""The study of Singh & Sinha's forecast: models and rules at each horizon, under each protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from scenarios.progress import Progress, Silent
from scenarios.study.cards.options import CardOptions
from scenarios.study.data import StudyData, read_study_data
from scenarios.study.protocols import EMBARGO, PROTOCOLS, Protocol, first_test_day, splits
from signals.stress.labels import Label, report
from signals.stress.models import MODELS, ModelSpec
from signals.stress.stress_problem import RULES, StressProblem, stress_problem
from signals.stress.validation import (
    AnswerCache,
    Bootstrap,
    Candidate,
    Leakage,
    Scorecard,
    Scored,
    Side,
    Split,
    called,
    compare,
    forecasts,
    forward,
    leakage,
    sides,
)
from simulator.core.errors import DataError, ParameterError, nearest

#: What a run without ``--protocol`` covers.
DEFAULT: Final = ("shuffled", "forward")
HORIZONS: Final = (5, 10)
#: First session of the data: before it fewer than four risky funds have volumes, and an average of them says little.
START: Final = "1999-01-01"
#: The simplest model on the state. Its columns and penalty were chosen with forward scores in view; the page says so.
HEADLINE: Final = "logit-state"
#: Models with the columns they are given.
MODELS_ASKED: Final = (
    ("logit", "state"),
    ("hazard", "state"),
    ("xgboost", "state"),
    ("random-forest", "state"),
    ("logit", "broad"),
    ("logistic", "broad"),
    ("probit", "broad"),
    ("xgboost", "broad"),
    ("random-forest", "broad"),
    ("rusboost", "broad"),
    ("balanced-forest", "broad"),
    ("easy-ensemble", "broad"),
    ("mlp", "broad"),
    ("knn-weighted", "broad"),
)
#: Calendar years of forecasts before the first test day, by which the level of a warning is set.
_RUN_UP: Final = 2


@dataclass(frozen=True)
class Options:
    """What a run of the study may vary.

    Attributes
    ----------
    protocols
        Of ``shuffled``, ``blocks`` and ``forward``.
    horizons
        Sessions ahead in which an event counts.
    models
        Names of models, ``-state`` after those that see the state of stress alone.
    own
        Models of the user's own; they see the broad columns.
    seed
        Of folds, models and bootstrap.
    workers
        Processes; by default one a core. The results do not depend on it.
    bootstrap
        How intervals are drawn.
    start, end
        First and last session, YYYY-MM-DD; by default from :data:`START` to the end of the data.
    cards
        Of which models cards are written, and what only the user can say on them.
    """

    protocols: tuple[str, ...] = DEFAULT
    horizons: tuple[int, ...] = HORIZONS
    models: tuple[str, ...] = tuple(name if kind == "broad" else f"{name}-{kind}" for name, kind in MODELS_ASKED)
    own: tuple[ModelSpec, ...] = ()
    seed: int = 0
    workers: int | None = None
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    start: str = START
    end: str | None = None
    cards: CardOptions = field(default_factory=CardOptions)

    def __post_init__(self) -> None:
        known = (*MODELS, *(f"{name}-state" for name in MODELS))
        for there, asked, what in ((PROTOCOLS, self.protocols, "protocol"), (known, self.models, "model")):
            wrong = [name for name in asked if name not in there]
            if wrong or not asked:
                name = wrong[0] if wrong else ""
                raise ParameterError(f"no {what} {name!r}{nearest(name, there)}")
        for name in self.models:
            spec = MODELS[name.removesuffix("-state")]
            if spec.needs or spec.family in ("naive", "control"):
                raise ParameterError(f"model {name!r} cannot forecast an event: it needs an index, or is a rule of one")
            spec.check(classes=2)
        for name, day in (("start", self.start), ("end", self.end)):
            if day is not None and not _is_date(day):
                raise ParameterError(f"{name} must be a date like 2007-01-31, not {day!r}")
        self.cards.check((*self.models, *(model.name for model in self.own)))
        if not self.horizons or min(self.horizons) < 1:
            raise ParameterError(f"horizons must be one session or more, not {list(self.horizons)}")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False


@dataclass(frozen=True, eq=False)
class JudgedHorizon:
    """One protocol at one horizon, run. ``horizon`` is in sessions."""

    protocol: Protocol
    horizon: int
    target: StressProblem
    specs: Mapping[str, ModelSpec]
    columns: Mapping[str, str]
    forecasts: Mapping[str, Scored]
    cards: Mapping[str, Scorecard]
    leakage: Leakage
    label: str
    sides: Sequence[Side] = ()  # scores before and after a change of what is forecast, where there is one

    @property
    def title(self) -> str:
        """What the protocol is called; shuffling is the other paper's."""
        return self.protocol.title.removesuffix(" (the paper's)")

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the naive rules."""
        return self.target.rules

    @property
    def sessions(self) -> int:
        """Test days."""
        return next(iter(self.forecasts.values())).dates.size


@dataclass(frozen=True, eq=False)
class StressForecastStudy:
    """The study, run. Judged by protocol and horizon, in sessions."""

    options: Options
    data: StudyData
    judged: Mapping[tuple[str, int], JudgedHorizon]
    notes: tuple[str, ...]

    def of(self, protocol: str) -> list[JudgedHorizon]:
        """Results of a protocol, by ascending horizon; none if it was not asked for."""
        return [judged for (name, _), judged in self.judged.items() if name == protocol]


def run_stress_forecast(
    folder: Path | None,
    options: Options | None = None,
    progress: Progress | None = None,
    cache: AnswerCache | None = None,
) -> StressForecastStudy:
    """Run the study on a data folder.

    Raises
    ------
    DataError
        If the folder cannot be used, or lacks what the study needs.
    """
    options, progress = options or Options(), progress or Silent()
    data = read_study_data(folder, start=options.start, end=options.end)
    targets = {horizon: stress_problem(data.market, horizon) for horizon in dict.fromkeys(options.horizons)}
    judged = {
        (name, horizon): judge(PROTOCOLS[name], target, options, progress, cache)
        for name in dict.fromkeys(options.protocols)
        for horizon, target in targets.items()
    }
    return StressForecastStudy(options, data, judged, tuple(_notes(data, next(iter(targets.values())))))


def judge(
    protocol: Protocol, target: StressProblem, options: Options, progress: Progress, cache: AnswerCache | None
) -> JudgedHorizon:
    """Every model and rule on one problem."""
    label = target.problem.label
    horizon = label.horizon
    if not np.nansum(label.values) > 0.0:
        raise DataError(f"there is no event of stress in this data, or too little history before it ({label.text})")
    chosen, first = splits_of(protocol.name, label, options.seed)
    asked = candidates(target, options)
    found = forecasts(
        asked,
        target.problem,
        chosen,
        seed=options.seed,
        workers=options.workers,
        cache=cache,
        progress=lambda done, total: progress(f"{protocol.name}, {horizon} sessions", done, total),
    )
    tested = {name: _called(target, name, scored, first) for name, scored in found.items()}
    return JudgedHorizon(
        protocol,
        horizon,
        target,
        {candidate.spec.name: candidate.spec for candidate in asked},
        {candidate.spec.name: _kind(target, candidate) for candidate in asked},
        tested,
        compare(tested, (*target.rules, "base-rate"), options.bootstrap),
        leakage(label, chosen),
        report(label).sentence(),
        sides(tested, label.changed, how=options.bootstrap),
    )


def splits_of(protocol: str, label: Label, seed: int) -> tuple[list[Split], np.datetime64]:
    """The splits, and the first day that is scored: forward, forecasts of the years before set the level of calls."""
    if protocol != "forward":
        chosen = splits(protocol, label, seed)
        return chosen, label.sessions[0]
    first = np.datetime64(first_test_day(label), "D")
    run_up = first_test_day(label, str(first.astype("datetime64[Y]") - _RUN_UP) + "-01-01")
    return forward(label, run_up, "Q", EMBARGO), first


def _called(target: StressProblem, name: str, scored: Scored, first: np.datetime64) -> Scored:
    rank = target.rank(name)
    if rank is not None:
        scored = replace(scored, rank=rank[np.isin(target.problem.panel.sessions, scored.dates)])
    judged = called(scored).rows(scored.dates >= first)
    if judged.dates.size == 0:
        raise DataError(f"there is no day to test on from {first} on")
    return judged


def candidates(target: StressProblem, options: Options) -> list[Candidate]:
    """Every model and rule of a run, with the columns it sees."""
    asked = []
    for name in dict.fromkeys(options.models):
        base = name.removesuffix("-state")
        asked.append(target.candidate(MODELS[base], "broad" if base == name else "state"))
    own = [target.candidate(model, "broad") for model in options.own]
    return [*asked, *own, *target.naive()]


def _kind(target: StressProblem, candidate: Candidate) -> str:
    kinds: Sequence[str] = [kind for kind, columns in target.columns.items() if columns == candidate.columns]
    return kinds[0] if kinds else candidate.columns[0]


def _notes(data: StudyData, target: StressProblem) -> list[str]:
    """What the reader must know of the data."""
    event = f"A day of stress is {target.event.text}."
    absent = [f"rule {name} is left out: this data lacks what it looks at" for name in _lacking(target)]
    return [event, *absent, *data.notes]


def _lacking(target: StressProblem) -> list[str]:
    return [name for name in RULES if name not in target.rules]
