"""The study of Tarkocin & Donduran: their table as published, and what is left of it forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from scenarios.progress import Progress, Silent
from scenarios.study.cards.options import CardOptions
from scenarios.study.data import StudyData, read_study_data, unlabelled
from scenarios.study.protocols import LIKE_FOR_LIKE, PROTOCOLS, Protocol, splits
from signals.stress.early_warning import CONTROL, EarlyWarning, early_warning
from signals.stress.labels import TIERS, report
from signals.stress.models import MODELS, ModelSpec, standard
from signals.stress.validation import (
    AnswerCache,
    Bootstrap,
    Leakage,
    Scorecard,
    Scored,
    compare,
    forecasts,
    leakage,
)
from simulator.core.errors import DataError, ParameterError, nearest

#: What a run without ``--protocol`` covers.
DEFAULT: Final = ("shuffled", "forward")
#: What a run without ``--model`` covers.
STANDARD: Final = standard(len(TIERS))
#: Models shown like for like.
_COMPARED: Final = ("rusboost", "boosted-trees", "tree-medium", "knn-weighted", "ridge-nowcast", CONTROL)


@dataclass(frozen=True)
class Options:
    """What a run of the study may vary.

    Attributes
    ----------
    protocols
        Of ``shuffled``, ``blocks`` and ``forward``.
    models
        Names of models; by default those of the registry that are not slow.
    own
        Models of the user's own.
    index
        The index of stress.
    seed
        Of folds, models and bootstrap.
    workers
        Processes; by default one a core. The results do not depend on it.
    bootstrap
        How intervals are drawn.
    end
        Last session, YYYY-MM-DD; by default that of the data.
    allow_revised
        Give models series whose history is smoothed with later values (NFCI); the first note then says so.
    cards
        Of which models cards are written, and what only the user can say on them.
    """

    protocols: tuple[str, ...] = DEFAULT
    models: tuple[str, ...] = STANDARD
    own: tuple[ModelSpec, ...] = ()
    index: str = "STLFSI2"
    seed: int = 0
    workers: int | None = None
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    end: str | None = None
    allow_revised: bool = False
    cards: CardOptions = field(default_factory=CardOptions)

    def __post_init__(self) -> None:
        for known, asked, what in ((PROTOCOLS, self.protocols, "protocol"), (MODELS, self.models, "model")):
            wrong = [name for name in asked if name not in known]
            if wrong or not asked:
                name = wrong[0] if wrong else ""
                raise ParameterError(f"no {what} {name!r}{nearest(name, known)}")
        for name in self.models:
            MODELS[name].check(len(TIERS))
        self.cards.check((*self.models, *(model.name for model in self.own)))


@dataclass(frozen=True, eq=False)
class JudgedProtocol:
    """One protocol, run."""

    protocol: Protocol
    specs: Mapping[str, ModelSpec]
    columns: Mapping[str, str]
    forecasts: Mapping[str, Scored]
    cards: Mapping[str, Scorecard]
    leakage: Leakage
    hindsight: bool
    label: str
    rules: tuple[str, ...]

    @property
    def sessions(self) -> int:
        """Test days."""
        return next(iter(self.forecasts.values())).dates.size


@dataclass(frozen=True, eq=False)
class EarlyWarningStudy:
    """The study, run."""

    options: Options
    data: StudyData
    target: EarlyWarning
    judged: Mapping[str, JudgedProtocol]
    notes: tuple[str, ...]


def run_early_warning(
    folder: Path | None,
    options: Options | None = None,
    progress: Progress | None = None,
    cache: AnswerCache | None = None,
) -> EarlyWarningStudy:
    """Run the study on a data folder.

    Raises
    ------
    DataError
        If the folder cannot be used, or lacks what the study needs.
    """
    options, progress = options or Options(), progress or Silent()
    data = read_study_data(folder, end=options.end, allow_revised=options.allow_revised)
    asked = list(dict.fromkeys(options.protocols))
    if {"shuffled", "forward"} <= set(asked):
        asked.append(LIKE_FOR_LIKE)
    targets = {
        sample: early_warning(data.market, options.index, sample)
        for sample in dict.fromkeys(PROTOCOLS[name].sample for name in asked)
    }
    judged = {
        name: _judge(PROTOCOLS[name], targets[PROTOCOLS[name].sample], options, progress, cache) for name in asked
    }
    target = targets.get("past") or next(iter(targets.values()))
    return EarlyWarningStudy(options, data, target, judged, tuple(_notes(data, target)))


def _judge(
    protocol: Protocol, target: EarlyWarning, options: Options, progress: Progress, cache: AnswerCache | None
) -> JudgedProtocol:
    label = target.problem.label
    if not (~np.isnan(label.values)).any():
        raise DataError(
            f"no session has a status: {target.index.name} and the sessions do not overlap, or too little of it was "
            "published before them to set thresholds"
        )
    chosen = splits(protocol.name, label, options.seed)
    if not any(split.test.size for split in chosen):
        raise DataError(f"{protocol.name}: there is no day to test on")
    candidates = target.candidates(_models(protocol, options, target), options.own)
    found = forecasts(
        candidates,
        target.problem,
        chosen,
        seed=options.seed,
        workers=options.workers,
        cache=cache,
        progress=lambda done, total: progress(protocol.name, done, total),
    )
    rules = tuple(name for name in target.rules if name in found)
    return JudgedProtocol(
        protocol,
        {candidate.spec.name: candidate.spec for candidate in candidates},
        {
            candidate.spec.name: target.kind(candidate.spec) if len(candidate.columns) > 1 else candidate.columns[0]
            for candidate in candidates
        },
        found,
        compare(found, rules, options.bootstrap),
        leakage(label, chosen),
        label.hindsight,
        report(label).sentence(),
        rules,
    )


def _models(protocol: Protocol, options: Options, target: EarlyWarning) -> tuple[str, ...]:
    """The models asked for, and the rules and the control in any case."""
    needed: Sequence[str] = (*target.rules, CONTROL)
    if protocol.name == LIKE_FOR_LIKE:
        return tuple(name for name in _COMPARED if name in options.models or name == CONTROL)
    return tuple(dict.fromkeys((*options.models, *needed)))


def _notes(data: StudyData, target: EarlyWarning) -> list[str]:
    """What the reader must know of the data."""
    ended = unlabelled(data.market, target.index)
    absent = [f"feature {name} is left out: it needs {text}" for name, text in target.absent.items()]
    revised = (
        f"{target.index.name} has no vintages here: its values are those of the last estimation, not those that were "
        "published at the time. Even the forward figures are therefore not wholly real time."
    )
    others = [note for note in data.notes if note != data.foreknown]
    return [*([data.foreknown] if data.foreknown else []), revised, *([ended] if ended else []), *others, *absent]
