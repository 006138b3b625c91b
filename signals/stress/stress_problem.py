"""The stress-forecast problem: an event of stress within some sessions, from what is known at today's close.

After Singh & Sinha. Beside the models stand three rules that need none (the level of the VIX, the last state, the
distance of Amihud from its threshold), the share of events so far, and a control that knows only the date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.panels import Panel
from simulator.core.types import FloatArray
from simulator.features import Features, Workspace

from .features import stress_features
from .labels import Label, stress_days, within
from .models import MODELS, ModelSpec, event_times
from .state import STATE
from .targets import as_known
from .validation import Candidate, Problem

Columns = Literal["broad", "state"]

CONTROL: Final = "date-only"

#: Rules by the column they look at. Their probability is a logistic curve through it, learned walk-forward; they are
#: ranked by the column itself.
RULES: Final[Mapping[str, ModelSpec]] = {
    spec.name: spec
    for spec in (
        ModelSpec("vix-level", "VIX level", "naive", "the higher the VIX, the likelier", MODELS["logit"].make),
        ModelSpec(
            "last-state", "Last state", "naive", "as many of the last days in stress, as likely", MODELS["logit"].make
        ),
        ModelSpec(
            "amihud-distance", "Amihud distance", "naive", "the nearer Amihud to its threshold", MODELS["logit"].make
        ),
    )
}


def _base_rate(seed: int) -> Any:  # noqa: ARG001 - nothing is drawn
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


#: The forecaster who knows how often events came so far and nothing else.
CLIMATE: Final = ModelSpec("base-rate", "Share of events so far", "naive", "knows how often events came", _base_rate)

_RULE_COLUMNS: Final = {"vix-level": "VIX", "last-state": "last_state", "amihud-distance": "impact_distance"}


@dataclass(frozen=True, eq=False)
class StressProblem:
    """One market's problem at one horizon.

    Attributes
    ----------
    problem
        Columns and classes.
    event
        Days of stress, each known at its close.
    columns
        Names of the columns models may be given: many, or the state of stress alone.
    rules
        The naive rules this market has the data for.
    """

    problem: Problem
    event: Label
    columns: Mapping[Columns, tuple[str, ...]]
    rules: tuple[str, ...]

    def candidate(self, spec: ModelSpec, kind: Columns, options: Mapping[str, Any] | None = None) -> Candidate:
        """A model on one set of columns; on the state alone its name ends in ``-state``."""
        own = spec
        if kind == "state":
            own = replace(spec, name=f"{spec.name}-state", title=f"{spec.title} on the state")
        return Candidate(own, self.columns[kind], options or {})

    def naive(self) -> list[Candidate]:
        """The rules, the share of events so far, and the control."""
        rules = [Candidate(RULES[name], (_RULE_COLUMNS[name],)) for name in self.rules]
        return [*rules, Candidate(CLIMATE, ("day",)), Candidate(MODELS[CONTROL], ("day",))]

    def rank(self, name: str) -> FloatArray | None:
        """(T,) what a rule ranks sessions by; ``None`` for everything else, which its probability ranks."""
        if name not in _RULE_COLUMNS:
            return None
        column = self.problem.panel.column(_RULE_COLUMNS[name])
        return np.where(np.isnan(column), np.nanmin(column), column)


def stress_problem(market: MarketData, horizon: int = 10) -> StressProblem:
    """The problem on a market. ``horizon`` is in sessions.

    Raises
    ------
    DataError
        If the market has no volumes: the event is one of price impact.
    """
    if market.volume is None:
        raise DataError("a stress forecast needs volumes: an event is a day of high price impact")
    features = Features(market)
    workspace = Workspace(features)
    event = stress_days(features)
    broad, state = stress_features(features), stress_features(features, [STATE])
    extra = {
        "VIX": workspace.series("VIX") if workspace.held("VIX") else np.full(market.sessions.size, np.nan),
        "last_state": _last_state(event),
        "day": market.sessions.astype(np.float64),
    }
    names = (*broad.columns, *state.columns, *extra)
    values = np.column_stack([broad.values, state.values, *extra.values()])
    panel = Panel(market.sessions, names, values, market.sessions)
    rules = tuple(name for name, column in _RULE_COLUMNS.items() if column in names and _known(panel, column))
    times = event_times(event.values, as_known(event))
    return StressProblem(
        Problem(panel, within(event, horizon), times), event, {"broad": broad.columns, "state": state.columns}, rules
    )


def _last_state(event: Label) -> FloatArray:
    """(T,) sessions since the last day of stress, counted down from a year: 0 for none within it, 252 for today.

    A state of yes and no ranks no day of calm above another; the time since the last yes does, and knows no more.
    """
    index = np.arange(event.values.size, dtype=np.float64)
    last = np.maximum.accumulate(np.where(np.nan_to_num(event.values) == 1.0, index, -np.inf))
    return np.maximum(252.0 - (index - last), 0.0)


def _known(panel: Panel, column: str) -> bool:
    return bool((~np.isnan(panel.column(column))).any())
