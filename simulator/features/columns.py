"""One column: whether a market can give it, its values, and when each was known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.errors import PluginError
from simulator.core.types import BoolArray, DateArray, FloatArray

from .feature import FIELDS, Feature
from .reduce import reduced
from .roles import role_of
from .workspace import Workspace


class Column(NamedTuple):
    """One feature of one market. Arrays are (T,), one value a session; NaN where it is not known."""

    values: FloatArray  # (T,)
    known_at: DateArray  # (T,) the newest publication a value rests on; NaT where there is no value
    late: BoolArray  # (T,) True where a newer publication was due
    coverage: FloatArray  # (T,) share of the living assets behind a value


def lacking(feature: Feature, workspace: Workspace) -> str:
    """What a feature needs and the market does not have, in words; empty if it has everything."""
    missing = [name for name in feature.fields if getattr(workspace.market, name) is None]
    for key in feature.series:
        if not workspace.held(key):
            role = role_of(key)
            missing.append(f"a series {' or '.join(role.candidates)}{':ASSET' if role.per_asset else ''}")
    return ", ".join(missing)


def column(feature: Feature, workspace: Workspace) -> Column:
    """A feature of the workspace's market, which must have what it needs (:func:`lacking`)."""
    return workspace.memo(f"column {feature.name}", lambda: _compute(feature, workspace))


class Measured(NamedTuple):
    """The values of a feature. Arrays are (T,), one value a session."""

    values: FloatArray  # (T,) NaN where it is not known
    coverage: FloatArray | None  # (T,) share of the living assets with a value; None where it is market-wide by itself


def measured(feature: Feature, workspace: Workspace) -> Measured:
    """What a feature comes to on the workspace's market, which must have what it needs (:func:`lacking`)."""
    return workspace.memo(f"values {feature.name}", lambda: _measured(feature, workspace))


def _measured(feature: Feature, workspace: Workspace) -> Measured:
    values = np.asarray(feature.compute(workspace), dtype=np.float64)
    expected = (workspace.sessions.size,) if feature.reduction is None else workspace.market.shape
    if values.shape != expected:
        raise PluginError(f"feature {feature.name}: compute gave shape {values.shape}, expected {expected}")
    coverage = None
    if feature.reduction is not None:
        alive = workspace.market.alive
        if feature.risky and len(workspace.risky) < workspace.market.shape[1]:
            values, alive = values[:, workspace.risky], alive[:, workspace.risky]
        coverage = (~np.isnan(values) & alive).sum(axis=1) / np.maximum(alive.sum(axis=1), 1)
        values = reduced(values, feature.reduction)
    return Measured(np.where(np.isfinite(values), values, np.nan), coverage)


def _compute(feature: Feature, workspace: Workspace) -> Column:
    values, coverage = measured(feature, workspace)
    known = ~np.isnan(values)
    known_at, late = release(feature, workspace)
    known_at = np.where(known, known_at, np.datetime64("NaT", "D"))
    return Column(values, known_at, late & known, known * (1.0 if coverage is None else coverage))


def release(feature: Feature, workspace: Workspace) -> tuple[DateArray, BoolArray]:
    """(T,) when each row's newest input was published, and where an input was late."""
    roles = [*feature.series, *(role for role in feature.optional if role not in FIELDS)]
    inputs = [workspace.published(key) for role in roles for key in workspace.held(role)]
    dates = [published.known_at for published in inputs] + ([workspace.sessions] if feature.fields else [])
    late = np.zeros(workspace.sessions.size, np.bool_)
    for published in inputs:
        late |= published.late
    return np.fmax.reduce(dates), late
