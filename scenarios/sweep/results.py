"""The results as one table: a row for every grid point, policy and path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reports.sweep import METRICS
from simulator.core.files import write_parts
from simulator.core.types import FloatArray, IntArray

from .grid import Axis, Grid, Value

_ROWS_AT_ONCE: Final = 100_000
_ALL_DIGITS: Final = 17


def write_results(grid: Grid, policies: Sequence[str], answers: IntArray, figures: FloatArray, path: Path) -> None:
    """Write ``results.parquet``: the grid's keys, ``policy``, ``path`` (0 is history), then the metrics.

    Parameters
    ----------
    grid, policies
        The rows: points in the grid's order, then policies, then paths.
    answers
        (points, policies) which of the figures belong to a point and policy.
    figures
        (jobs, paths, metrics); NaN where undefined.
    path
        The file.
    """
    columns = {axis.key: _column(axis) for axis in grid.axes}
    fields = [(key, values.type) for key, values in columns.items()]
    fields += [("policy", pa.string()), ("path", pa.int32())]
    schema = pa.schema([*fields, *((metric.name, pa.float64()) for metric in METRICS)])
    paths = figures.shape[1]
    step = max(1, _ROWS_AT_ONCE // (len(policies) * paths))
    positions = grid.positions()

    def part(first: int) -> pa.Table:
        some = answers[first : first + step]
        rows = some.size * paths
        table: dict[str, Any] = {
            key: values.take(pa.array(np.repeat(positions[first : first + step, number], rows // len(some))))
            for number, (key, values) in enumerate(columns.items())
        }
        table["policy"] = pa.array(np.tile(np.repeat(np.array(policies, object), paths), len(some)), pa.string())
        table["path"] = np.tile(np.arange(paths, dtype=np.int32), some.size)
        flat = figures[some.ravel()].reshape(rows, len(METRICS))
        table |= {metric.name: flat[:, number] for number, metric in enumerate(METRICS)}
        return pa.table(table, schema=schema)

    write_parts(path, schema, map(part, range(0, len(grid), step)))


def read_figures(path: Path, points: int, policies: int) -> FloatArray:
    """(points, policies, paths, metrics) of a finished sweep. Each metric is in its own unit; NaN where undefined."""
    table = pq.read_table(path, columns=[metric.name for metric in METRICS])
    flat = np.stack([table[metric.name].to_numpy() for metric in METRICS], axis=-1)
    figures: FloatArray = flat.reshape(points, policies, -1, len(METRICS))
    return figures


def _column(axis: Axis) -> Any:
    """The values of an axis as a column: numbers where all are, else text."""
    values = axis.values
    if all(isinstance(value, bool) for value in values):
        return pa.array(values, pa.bool_())
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return pa.array(values, pa.int64())
    if is_numeric(axis):
        return pa.array([float(value) for value in values if isinstance(value, int | float)], pa.float64())
    return pa.array([_text(value, _ALL_DIGITS) for value in values], pa.string())


def is_numeric(axis: Axis) -> bool:
    """Whether every value of an axis is a number."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in axis.values)


def shown(axis: Axis) -> tuple[str, ...]:
    """The values of an axis as texts: as short as they can be and still differ."""
    for digits in (4, 6, 9):
        texts = tuple(_text(value, digits) for value in axis.values)
        if len(set(texts)) == len(texts):
            return texts
    return axis.texts


def _text(value: Value, digits: int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
