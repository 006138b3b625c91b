"""A large ledger is written part by part, and reads like a small one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest

from reports import files, write_ledger
from simulator import Flow, RunResult, simulate
from simulator.ledger import Kind, expand, expanded_size, parts
from strategies import Periodic
from tests.support import equal, random_market


@pytest.fixture(scope="module")
def result() -> RunResult:
    flows = [Flow(date="2000-06-01", share=-0.5), Flow(date="2000-08-01", amount=1e5)]
    return simulate(random_market(seed=4), Periodic(equal(5), every=5), flows=flows)


def test_the_stream_holds_one_event_for_the_marks_of_a_session(result):
    marks = result.stream[result.stream["kind"] == Kind.MARK]
    assert len(marks) == result.sessions.size
    assert set(marks["asset"]) == set(marks["decision"]) == {-1}  # of no asset and no decision
    assert marks["amount"] + result.daily["cash"] == pytest.approx(result.out.nav, rel=1e-12)


def test_its_expansion_has_one_a_position_in_its_place(result):
    marks = result.records[result.records["kind"] == Kind.MARK]
    shares = result.daily["shares"]
    rows, assets = np.nonzero(shares)
    assert np.array_equal(marks["session"], rows)
    assert np.array_equal(marks["asset"], assets)
    assert np.array_equal(marks["quantity"], shares[rows, assets])
    assert np.array_equal(marks["amount"], shares[rows, assets] * result.marks[rows, assets])
    assert (np.diff(result.records["session"]) >= 0).all()
    assert len(result.records) == expanded_size(result.stream, result.out.shares)
    # With a lag of one, a session is marked after its fills and before its decision.
    order = result.records["kind"].tolist()
    first = order.index(Kind.DECISION)
    later = result.records["session"] == 1
    assert first < order.index(Kind.FILL) < int(np.flatnonzero(later & (result.records["kind"] == Kind.MARK))[0])


def test_parts_are_whole_sessions_and_add_up(result):
    stream, shares, marks = result.stream, result.out.shares, result.marks
    pieces = list(parts(stream, shares, marks, 100))
    assert len(pieces) > 5
    assert np.array_equal(np.concatenate(pieces), expand(stream, shares, marks))
    for before, after in pairwise(pieces):
        assert before["session"][-1] < after["session"][0]
    sizes = np.bincount(stream["session"], minlength=len(shares)) + np.count_nonzero(shares, axis=1)
    hundreds = (np.cumsum(sizes) - sizes) // 100  # in which each session begins
    found = [set(hundreds[np.unique(piece["session"])]) for piece in pieces]
    assert [len(each) for each in found] == [1] * len(np.unique(hundreds))


def test_a_large_ledger_is_a_folder_that_reads_by_the_same_path(result, tmp_path, monkeypatch):
    write_ledger(result, "p", tmp_path / "small")
    monkeypatch.setattr(files, "EVENTS_IN_A_FILE", 200)
    write_ledger(result, "p", tmp_path / "large")
    assert (tmp_path / "small" / "p-events.parquet").is_file()
    assert len(list((tmp_path / "large" / "p-events.parquet").iterdir())) > 3
    for name in ("p-events.parquet", "p-daily.parquet"):
        small, large = (pd.read_parquet(tmp_path / size / name) for size in ("small", "large"))
        for column in small.columns:
            if isinstance(small[column].dtype, pd.CategoricalDtype):
                small[column], large[column] = small[column].astype(str), large[column].astype(str)
        pd.testing.assert_frame_equal(small, large)
    assert ds.dataset(tmp_path / "large" / "p-events.parquet").count_rows() == len(result.records)


def test_writing_a_ledger_keeps_nothing_of_it_in_memory(tmp_path):
    run = simulate(random_market(seed=4, sessions=30), Periodic(equal(5), every=5))
    write_ledger(run, "p", tmp_path / "first")
    assert not {"events", "records"} & set(vars(run))
    assert len(run.events) == len(pd.read_parquet(tmp_path / "first" / "p-events.parquet"))
    write_ledger(run, "p", tmp_path / "second")  # from the frame that was asked for
    for name in ("p-events.parquet", "p-daily.parquet"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
