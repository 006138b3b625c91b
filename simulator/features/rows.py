"""The rows that models read of a market: the columns of a panel without what only a report asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from simulator.core.types import BoolArray, DateArray, FloatArray

from .abreast import Abreast
from .columns import measured, release
from .feature import Feature
from .workspace import Workspace


class Rows(NamedTuple):
    """What models read of a market.

    Attributes
    ----------
    columns
        K names.
    values
        (T, K); NaN where a value is not known.
    known_at
        (T,) the date by which every cell of a row was known; the session itself where no cell has a value.
    """

    columns: tuple[str, ...]
    values: FloatArray
    known_at: DateArray


def rows(features: Sequence[Feature], workspace: Workspace) -> Rows:
    """Columns as :func:`~simulator.features.panel` has them: their values, and when each row was known."""
    values = np.empty((workspace.sessions.size, len(features)))
    for k, feature in enumerate(features):
        values[:, k] = measured(feature, workspace).values
    return _rows(features, workspace, values)


def rows_abreast(features: Sequence[Feature], each: Sequence[Workspace]) -> list[Rows]:
    """:func:`rows` of several markets of the same T sessions, the same bits: what can be is computed side by side."""
    values = np.empty((len(each), each[0].sessions.size, len(features)))
    abreast = cast("Workspace", Abreast(each))  # all of a workspace that such features look at
    for k, feature in enumerate(features):
        if feature.abreast:
            found = np.asarray(feature.compute(abreast), np.float64)
            values[:, :, k] = np.where(np.isfinite(found), found, np.nan).T
        else:
            values[:, :, k] = [measured(feature, workspace).values for workspace in each]
    return [_rows(features, workspace, own) for workspace, own in zip(each, values, strict=True)]


def _rows(features: Sequence[Feature], workspace: Workspace, values: FloatArray) -> Rows:
    names = tuple(feature.name for feature in features)
    return Rows(names, values, _known_at(features, workspace, ~np.isnan(values)))


def _known_at(features: Sequence[Feature], workspace: Workspace, known: BoolArray) -> DateArray:
    """(T,) when the newest known cell of each row was published."""
    together: dict[tuple[object, ...], list[int]] = {}  # columns that are published at once
    for k, feature in enumerate(features):
        together.setdefault((bool(feature.fields), feature.series, feature.optional), []).append(k)
    newest = np.full(workspace.sessions.size, np.datetime64("NaT", "D"))
    for alike in together.values():
        dates, _ = release(features[alike[0]], workspace)
        newest = np.fmax(newest, np.where(known[:, alike].any(axis=1), dates, np.datetime64("NaT", "D")))
    return np.where(np.isnat(newest), workspace.sessions, newest)
