"""Figures of a sweep that are put together on disk: what is written and shown is what was put there, bit for bit."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from reports.sweep import METRICS
from scenarios.sweep import figures as room
from scenarios.sweep import results
from scenarios.sweep.figures import Figures, distribution
from scenarios.sweep.grid import Axis, Grid
from scenarios.sweep.results import read_results, write_results

JOBS, PATHS = 3, 8
NAV, FALL = room._NAV, room._FALL
GRID = Grid((Axis("execution.lag", ("0", "1")),))
#: Two points, two policies: the second answers both with one job.
ANSWERS = np.array([[1, 0], [2, 0]])


@pytest.fixture
def table():
    """(jobs, paths, metrics), some of them undefined, and two runs that came to be worth nothing."""
    drawn = np.random.default_rng(1).normal(size=(JOBS, PATHS, len(METRICS)))
    drawn[:, :, NAV] = np.abs(drawn[:, :, NAV])
    drawn[1, 2:, 0], drawn[2, :, 1] = np.nan, np.nan
    drawn[0, 3, [NAV, FALL]], drawn[2, 0, [NAV, FALL]] = (0.0, -1.0), (-5.0, -1.5)
    drawn[0, 4, NAV] = 99.0
    return drawn


@pytest.fixture(params=[10**6, 5 * 8 * len(METRICS)], ids=["in memory", "five paths at a time, on disk"])
def filled(request, monkeypatch, tmp_path, table):
    monkeypatch.setattr(room, "AT_ONCE", request.param)
    with Figures(tmp_path, JOBS, PATHS) as figures:
        for paths in (range(5, 8), range(5)):  # as chunks finish: in any order
            figures.put([2, 0], paths, table[[2, 0], paths.start : paths.stop])
            figures.put([1], paths, table[[1], paths.start : paths.stop])
        yield figures


def test_what_is_read_is_what_was_put(filled, table, tmp_path):
    for job in range(JOBS):
        assert filled.read(job, range(2, 7)).tobytes() == table[job, 2:7].tobytes()
    assert not list(tmp_path.iterdir())  # a file without a name: a kill can leave none


def test_what_is_shown_is_what_was_put(filled, table):
    found = distribution(filled)
    assert found.history.tobytes() == table[:, 0].tobytes()
    for job in range(JOBS):
        known = [table[job, 1:, k][~np.isnan(table[job, 1:, k])] for k in range(len(METRICS))]
        expected = [np.quantile(one, (0.05, 0.5, 0.95)) if one.size else [np.nan] * 3 for one in known]
        assert np.array_equal(found.spread[:, job].T, expected, equal_nan=True)
    assert (found.paths, found.ended) == (PATHS - 1, 2)
    assert found.nav_most.tolist() == [99.0, *np.nanmax(table[1:, :, NAV], axis=1)]


def test_there_is_no_spread_without_paths(tmp_path, table):
    with Figures(tmp_path, 1, 1) as figures:
        figures.put([0], range(1), table[:1, :1])
        assert distribution(figures).spread is None


@pytest.mark.parametrize("rows", [3, 8, 20, 100_000])
def test_results_are_written_and_read_some_rows_at_a_time(filled, table, tmp_path_factory, monkeypatch, rows):
    monkeypatch.setattr(results, "_ROWS_AT_ONCE", rows)
    monkeypatch.setattr(results, "_PARTS_IN_A_FILE", 2)
    home = tmp_path_factory.mktemp("results")
    write_results(GRID, ("threshold", "passive"), ANSWERS, filled, home)
    files = results.result_files(ANSWERS.size, PATHS)
    assert files == [path.relative_to(home).as_posix() for path in sorted(home.rglob("*")) if path.is_file()]
    assert len(files) == {3: 6, 8: 2, 20: 1, 100_000: 1}[rows]  # 12, 4, 2 and 1 times so many of 32 rows or fewer
    there = pq.read_table(home / "results.parquet")
    held = [pq.ParquetFile(home / name).metadata for name in files]
    assert max(one.row_group(k).num_rows for one in held for k in range(one.num_row_groups)) <= rows
    flat = np.stack([there[metric.name].to_numpy() for metric in METRICS], axis=-1)
    assert flat.tobytes() == table[[1, 0, 2, 0]].tobytes()
    assert there["execution.lag"].to_pylist() == [0] * 16 + [1] * 16
    assert there["policy"].to_pylist() == (["threshold"] * 8 + ["passive"] * 8) * 2
    assert there["path"].to_pylist() == list(range(8)) * 4
    with Figures(home, JOBS, PATHS) as again:
        read_results(home, ANSWERS, again)
        for job in range(JOBS):
            assert again.read(job, range(PATHS)).tobytes() == table[job].tobytes()
