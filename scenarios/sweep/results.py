"""The results as one table: a row for every grid point, policy and path."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reports.sweep import METRICS
from simulator.core.files import make_folder, write_parts
from simulator.core.types import IntArray

from .figures import Figures
from .grid import Axis, Grid, Value

RESULTS: Final = "results.parquet"
_ROWS_AT_ONCE: Final = 100_000
_PARTS_IN_A_FILE: Final = 100  # of so many rows: ten million at most
_ALL_DIGITS: Final = 17


def write_results(grid: Grid, policies: Sequence[str], answers: IntArray, figures: Figures, folder: Path) -> None:
    """Write ``results.parquet``: the grid's keys, ``policy``, ``path`` (0 is history), then the metrics.

    Rows are in memory some at a time, each time in a row group of their own. Of more than some ten million it is a
    folder with a file for every so many (:func:`result_files`): pandas, pyarrow and DuckDB read it by the same path.

    Parameters
    ----------
    grid, policies
        The rows: points in the grid's order, then policies, then paths.
    answers
        (points, policies) which of the figures belong to a point and policy.
    figures
        Of every job on every path.
    folder
        Where it goes.
    """
    columns = {axis.key: _column(axis) for axis in grid.axes} | {"policy": pa.array(policies, pa.string())}
    schema = pa.schema(
        [
            *((key, values.type) for key, values in columns.items()),
            ("path", pa.int32()),
            *((metric.name, pa.float64()) for metric in METRICS),
        ]
    )
    places = np.column_stack(
        [np.repeat(grid.positions(), len(policies), axis=0), np.tile(np.arange(len(policies)), len(answers))]
    )
    jobs = answers.ravel()

    def part(asked: range, paths: range) -> pa.Table:
        table: dict[str, Any] = {
            key: values.take(pa.array(np.repeat(places[asked, number], len(paths))))
            for number, (key, values) in enumerate(columns.items())
        }
        table["path"] = np.tile(np.arange(paths.start, paths.stop, dtype=np.int32), len(asked))
        flat = np.concatenate([figures.read(int(job), paths) for job in jobs[asked]])
        table |= {metric.name: flat[:, number] for number, metric in enumerate(METRICS)}
        return pa.table(table, schema=schema)

    parts = _parts(jobs.size, figures.paths)
    for name in result_files(jobs.size, figures.paths):
        make_folder((folder / name).parent)
        write_parts(folder / name, schema, itertools.starmap(part, itertools.islice(parts, _PARTS_IN_A_FILE)))


def result_files(asked: int, paths: int) -> list[str]:
    """Names of the files of the results of so many points and policies on so many paths, in order."""
    files = -(-sum(1 for _ in _parts(asked, paths)) // _PARTS_IN_A_FILE)
    return [RESULTS] if files == 1 else [f"{RESULTS}/part-{number:05d}.parquet" for number in range(files)]


def _parts(asked: int, paths: int) -> Iterator[tuple[range, range]]:
    """Points and policies, and paths, that are in memory together: rows that follow each other."""
    step = max(1, _ROWS_AT_ONCE // paths)
    for first in range(0, asked, step):
        for path in range(0, paths, _ROWS_AT_ONCE):
            yield range(first, min(first + step, asked)), range(path, min(path + _ROWS_AT_ONCE, paths))


def read_results(folder: Path, answers: IntArray, figures: Figures) -> None:
    """Put the figures of a finished sweep together; ``answers`` as in :func:`write_results`."""
    jobs = answers.ravel()
    first = np.zeros(jobs.size, bool)
    first[np.unique(jobs, return_index=True)[1]] = True
    row = 0
    for batch in _batches([folder / name for name in result_files(jobs.size, figures.paths)]):
        flat = np.stack([batch[metric.name].to_numpy(zero_copy_only=False) for metric in METRICS], axis=-1)
        for place in range(row // figures.paths, -(-(row + len(flat)) // figures.paths)):
            if first[place]:
                begin, end = max(row, place * figures.paths), min(row + len(flat), (place + 1) * figures.paths)
                some = range(begin - place * figures.paths, end - place * figures.paths)
                figures.put([int(jobs[place])], some, flat[None, begin - row : end - row])
        row += len(flat)


def _batches(files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for path in files:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(_ROWS_AT_ONCE, columns=[metric.name for metric in METRICS])


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
