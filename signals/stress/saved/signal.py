"""A saved forecast as a signal of its own: nothing is fitted."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from signals.stress.evidence import inputs
from signals.stress.features import stress_features
from signals.stress.forecast import FrozenStress, StressForecast
from signals.stress.targets import rule_thresholds
from signals.stress.walk_forward import Classifier, Fitted, predict
from simulator.core.errors import DataError
from simulator.core.evidence import Evidence
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import DateArray, FloatArray, IntArray
from simulator.core.within import PROBABILITY, WAIT, bounded

from .folder import read, read_manifest
from .provenance import provenance
from .stored import Stored, naming_folder


class SavedForecast:
    """Probability of a stress event from the models in a folder, each used from its own refit session on.

    Nothing is fitted. Sessions before the first refit have no forecast: the first model learned from some of them. The
    last model goes on however old it is; the report says since when its next refit has been due.

    Parameters
    ----------
    path
        The folder of the saved forecast; in a scenario file, beside that file.
    scale
        What enter and exit are measured on, ``"probability"`` or ``"percentile"``; as saved by default.
    enter, exit, min_hold
        Level above which the state switches on, below which it switches off, and the least stay; as saved by default.
    name
        Default: that of the saved forecast.

    Raises
    ------
    DataError
        If the folder is missing, or is not as it was saved.

    Notes
    -----
    :meth:`compute` takes any market that offers the same features, so that shocks, audits and simulated paths can be
    replayed; models are chosen by the date of the session, whatever the market. That the scenario's own market is the
    one the forecast was fitted on, or a continuation of it, is what :meth:`check_data` says, and ``undertow`` asks it
    before anything is run.
    """

    @bounded
    def __init__(
        self,
        path: str,
        scale: Literal["probability", "percentile"] | None = None,
        enter: Annotated[float | None, PROBABILITY] = None,
        exit: Annotated[float | None, PROBABILITY] = None,  # noqa: A002 - the field's own name
        min_hold: Annotated[int | None, WAIT] = None,
        name: str | None = None,
    ) -> None:
        self.path = path
        self.scale, self.enter, self.exit, self.min_hold = scale, enter, exit, min_hold
        held = Stored(Path(path), read_manifest(Path(path)), {})
        changed: dict[str, Any] = {"scale": scale, "enter": enter, "exit": exit, "min_hold": min_hold, "name": name}
        with naming_folder(held.folder):
            self.rule: StressForecast = held.rule(**{key: value for key, value in changed.items() if value is not None})
            self._refits, self._columns = held.refits, tuple(held.facts["columns"])
            self._last = np.datetime64(held.facts["sessions"][1], "D")
            self.fingerprint = str(held.facts["sha256"])
        self.name = self.rule.name
        self._text = self._overdue = ""

    @property
    def warmup(self) -> int:
        """Sessions before the first refit, on the market it was fitted on."""
        return self.rule.warmup

    @cached_property
    def stored(self) -> Stored:
        """The whole folder, read when it is first needed."""
        facts, files = read(Path(self.path))
        if facts["sha256"] != self.fingerprint:
            raise DataError(f"{self.path}: has been saved anew since this run began; start again")
        return Stored(Path(self.path), facts, files)

    @cached_property
    def models(self) -> list[Classifier | float]:
        """The model of each refit."""
        stored = self.stored
        with naming_folder(stored.folder):
            return stored.models()

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``probability``, ``event`` (as far as it is known that day) and ``state``.

        The probability is NaN before the first refit, the event while the thresholds of its rule are unknown.
        """
        self._overdue = self._past_due(features.sessions)
        return self.frozen(features).compute(features)

    def frozen(self, features: FeatureSource) -> FrozenStress:
        """The models as they are used on these sessions; they learn nothing from the features."""
        tests = _in_use(self._refits, features.sessions)
        fitted = [Fitted(test, model) for test, model in zip(tests, self.models, strict=True)]
        return FrozenStress(self.rule, fitted, self._columns, sessions=features.sessions)

    def inputs(self, features: FeatureSource) -> tuple[tuple[str, ...], FloatArray]:
        """As :meth:`StressForecast.inputs`: K names, and (T, K) values; NaN where one is not known."""
        return self.rule.inputs(features)

    def check_data(self, features: FeatureSource) -> None:
        """Raise :class:`DataError` unless this is the market it was fitted on, or a continuation of it.

        The models must say there what they said when saved.
        """
        stored, models = self.stored, self.models
        with naming_folder(stored.folder):
            lessons = self.rule.lessons(features)
            stored.check_data(lessons)
            fitted = [Fitted(fold.test, model) for fold, model in zip(lessons.plan, models, strict=False)]
            stored.check_forecasts(predict(fitted, lessons.features.values, lessons.given))

    def provenance(self, features: FeatureSource) -> Evidence:
        """The models, each fitted once more on what it may have learned from, with the dates they were known and used.

        See :func:`.provenance.provenance`; ``features`` are those of the market that :meth:`check_data` accepts.
        """
        stored, models = self.stored, self.models
        with naming_folder(stored.folder):
            return provenance(stored, models, self.rule.lessons(features))

    def evidence(self, features: FeatureSource) -> list[Evidence]:
        """The features and thresholds behind :meth:`compute`, with their dates."""
        panel = stress_features(features, self.rule.columns)
        return inputs(panel, rule_thresholds(features, self.rule.event, self.rule.legs))

    def notes(self) -> list[str]:
        """What the report must say of it."""
        first, last = self._refits[0], self._refits[-1]
        told = [
            f"{self.rule.model} from the folder {self.path} ({self.fingerprint[:12]}), {self._refits.size} refits from "
            f"{first} to {last} on data up to {self._last}; none is fitted in this run.",
            f"each model is used from its refit on, and there is no forecast before {first}; that each learned only "
            "from what was known at its refit is for undertow audit to prove.",
        ]
        return [*told, self._overdue] if self._overdue else told

    def _past_due(self, sessions: DateArray) -> str:
        """That the last model goes on after its next refit was due, in words; nothing if it does not."""
        due = int(np.searchsorted(sessions, self._refits[-1])) + self.rule.refit_every
        if due >= sessions.size:
            return ""
        return (
            f"its last model, of {self._refits[-1]}, was due for a refit on {sessions[due]} and goes on unchanged for "
            f"{sessions.size - due} sessions."
        )


def _in_use(refits: DateArray, sessions: DateArray) -> list[IntArray]:
    """Rows of the sessions on which each model is the latest that was refitted by then."""
    starts = np.append(np.searchsorted(sessions, refits), sessions.size)
    return [np.arange(first, last) for first, last in pairwise(starts)]
