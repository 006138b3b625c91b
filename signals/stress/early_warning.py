"""The early-warning problem: green, amber or red today, from what was known at today's close.

The target is the value of a weekly index of stress for the week a session lies in, published days after it; the paper
calls that a forecast of the index, and it is a nowcast. Beside the models stand two rules that need none: the last
published status, and the VIX against quantiles of its own past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.panels import Panel
from simulator.core.series import ExogenousSeries
from simulator.core.types import FloatArray
from simulator.features import REGISTRY, ROLES, Features, Workspace, panel

from .labels import past_thresholds, published_tiers, status_of, tiers, whole_thresholds
from .labels.registry import tier
from .models import MODELS, ModelSpec, standard
from .validation import Candidate, Problem

Sample = Literal["past", "whole"]
Columns = Literal["paper", "broad", "levels", "system"]

RULES: Final = ("last-published", "vix-quantile")
CONTROL: Final = "date-only"
QUANTILES: Final = (0.85, 0.95)

#: Columns of the rules and of the control.
_OF_RULE: Final = {"last-published": "last_published", "vix-quantile": "vix_status", CONTROL: "day"}
#: Slow levels that regimes can be read from.
_LEVELS: Final = ("vix", "ewma_volatility", "hy_spread", "baa_spread", "ted", "libor_minus_policy")
_BY_FAMILY: Final[Mapping[str, Columns]] = {"regimes": "levels", "system": "system"}
_PAPER: Final = ("early-warning", "bank")


@dataclass(frozen=True, eq=False)
class EarlyWarning:
    """One market's early-warning problem.

    Attributes
    ----------
    problem
        Columns, classes and thresholds.
    columns
        Names of the columns that models may be given: the paper's, all of them, levels, and levels with the index
        as published.
    index
        The index of stress.
    level
        (T,) its value for the period of each session; NaN where there is none.
    bounds
        (T, 2) thresholds of amber and red on each session.
    rules
        The naive rules this market has the data for.
    absent
        Features that it has not, and what they lack.
    """

    problem: Problem
    columns: Mapping[Columns, tuple[str, ...]]
    index: ExogenousSeries
    level: FloatArray
    bounds: FloatArray
    rules: tuple[str, ...]
    absent: Mapping[str, str]

    def candidate(self, spec: ModelSpec, options: Mapping[str, Any] | None = None) -> Candidate:
        """A model with the columns that suit it: the paper's for its presets, all for others."""
        if spec.name in _OF_RULE:
            return Candidate(spec, (_OF_RULE[spec.name],))
        return Candidate(spec, self.columns[self.kind(spec)], options or {})

    @staticmethod
    def kind(spec: ModelSpec) -> Columns:
        """Which columns a model is given."""
        if spec.family in _BY_FAMILY:
            return _BY_FAMILY[spec.family]
        return "paper" if spec.preset else "broad"

    def candidates(self, names: Sequence[str] = standard(3), own: Sequence[ModelSpec] = ()) -> list[Candidate]:
        """Models by name that this market has the data for, and models of the user's own."""
        specs = [MODELS[name] for name in names if name not in RULES or name in self.rules]
        return [self.candidate(spec) for spec in (*specs, *own)]


def early_warning(
    market: MarketData,
    index: str = "STLFSI2",
    sample: Sample = "past",
    quantiles: tuple[float, float] = QUANTILES,
) -> EarlyWarning:
    """The problem on a market.

    Parameters
    ----------
    market
        With the index among its series, and at least some of the series the paper uses.
    index
        The index of stress.
    sample
        Whether thresholds are quantiles of what was published by each session, or of the whole sample (the paper's,
        known in hindsight).
    quantiles
        Above the first amber, above the second red.

    Raises
    ------
    DataError
        If the market has not the index, or none of the paper's columns.
    """
    features = Features(market)
    workspace = Workspace(features)
    series = _index(workspace, index)
    sessions = market.sessions
    status = status_of(series, sessions)
    label = tier(features, index, sample, quantiles)
    if sample == "past":
        bounds = past_thresholds(series, sessions, quantiles)
    else:
        bounds = np.tile(whole_thresholds(status.values, quantiles), (sessions.size, 1))
        # what is learned in hindsight is the thresholds; the value itself is known when it is published
        label = replace(label, known_at=np.where(np.isnan(label.values), np.datetime64("NaT", "D"), status.known_at))
    extra = {
        "last_published": published_tiers(series, sessions, bounds),
        "vix_status": _vix_status(workspace, quantiles),
        "day": sessions.astype(np.float64),
    }
    held = panel(market)
    values = np.column_stack([held.values, *extra.values()])
    return EarlyWarning(
        Problem(Panel(sessions, (*held.columns, *extra), values, sessions), label, _side(status.values, bounds)),
        _columns(held.columns, index),
        series,
        status.values,
        bounds,
        tuple(name for name in RULES if name != "vix-quantile" or workspace.held("VIX")),
        held.absent,
    )


def _side(level: FloatArray, bounds: FloatArray) -> dict[str, FloatArray]:
    return {"level": level, "bounds": bounds}


def _index(workspace: Workspace, name: str) -> ExogenousSeries:
    series = workspace.series_of(ROLES[name]) if name in ROLES else workspace.market.series.get(name)
    if series is None:
        there = ", ".join(sorted(workspace.market.series)) or "none"
        raise DataError(f"early warning needs the series {name}, which this data has not; there are: {there}")
    return series


def _columns(held: Sequence[str], index: str) -> dict[Columns, tuple[str, ...]]:
    paper = tuple(name for name in held if name in REGISTRY and REGISTRY[name].family in _PAPER)
    if not paper:
        raise DataError("early warning needs some of VIX, CL, NDX, N100, TEDRATE and CPFF; this data has none of them")
    levels = tuple(name for name in _LEVELS if name in held)
    levels = levels or paper
    published = tuple(name for name in (index.lower(),) if name in held)
    return {"paper": paper, "broad": tuple(held), "levels": levels, "system": (*published, *levels)}


def _vix_status(workspace: Workspace, quantiles: tuple[float, float]) -> FloatArray:
    """(T,) status of the VIX against quantiles of all its closes so far, from the beginning of its history."""
    if not workspace.held("VIX"):
        return np.full(workspace.sessions.size, np.nan)
    series = workspace.series_of(ROLES["VIX"])
    assert series is not None  # it is held
    bounds = past_thresholds(series, workspace.sessions, quantiles, min_values=252)
    return tiers(workspace.series("VIX"), bounds)
