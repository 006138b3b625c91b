"""The benchmark suite's own rules: who is timed, what a ratio is, what a verdict says."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

pytest.importorskip("bt", reason="the benchmark's peers come with the dev extra")

from tests.benchmarks import ratios, targets
from tests.benchmarks.__main__ import write
from tests.benchmarks.contest import Contestant
from tests.benchmarks.rows import Row
from tests.benchmarks.table import digits, table
from tests.benchmarks.threads import spread
from tests.benchmarks.timing import race


class Tool:
    """A contestant that counts its calls and comes to a given nav."""

    def __init__(self, name, nav=1.0, work=0):
        self.calls, self.name, self.result, self.work = 0, name, np.full(3, nav), work

    def __call__(self):
        self.calls += 1
        return sum(range(self.work))

    @property
    def contestant(self):
        return Contestant(self.name, 1, self, lambda _: self.result)


def row(*peers):
    own, floor = Tool("undertow", work=1000), Tool("floor", work=10)
    full = {1e8: Tool("undertow, everything on, 1e8", nav=2.0, work=5000).contestant}
    return Row("W1", "a row", 3, own.contestant, None, floor.contestant, full, [peer.contestant for peer in peers])


def test_a_peer_that_differs_is_not_timed():
    same, other = Tool("vectorbt, one way", work=20_000), Tool("bt", nav=1.0 + 1e-9)
    lines = {line.contestant: line for line in ratios.measure(row(same, other), 2)}
    assert other.calls == 1
    assert same.calls > 3
    assert math.isnan(lines["bt"].seconds)
    assert lines["bt"].verdict == "differs: not timed"
    assert lines["bt"].target == ""
    assert lines["vectorbt, one way"].ratio > 1.0
    assert lines["undertow"].ratio > 1.0


def test_all_take_turns():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    race(calls, rounds=2)
    turns = "".join(order)[2:]
    squeezed = "".join(now for before, now in zip("." + turns, turns, strict=False) if now != before)
    assert squeezed == "abab"


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("runs", [1, 7, 100])
def test_threads_share_all_runs_once(threads, runs):
    done = np.zeros(runs, int)

    def block(first, stop):
        done[first:stop] += 1

    spread(block, runs, threads)
    assert (done == 1).all()


def test_verdicts():
    assert targets.at_least(30.0).verdict(30.0) == "met"
    assert targets.at_least(30.0).verdict(29.9) == "not met"
    assert targets.at_most(1.5).verdict(1.5) == "met"
    assert targets.at_most(1.5).verdict(1.6) == "not met"
    assert str(targets.at_least(1000.0)) == ">= 1,000x"
    assert not targets.at_most(1.5).met(math.nan)


def test_a_table_is_aligned():
    lines = table(("a", "b"), [("x", "1"), ("long", "22")]).splitlines()
    assert lines == ["a      b", "----  --", "x      1", "long  22"]
    assert [digits(value) for value in (0.1234, 1.234, 12.34, 1234.5)] == ["0.123", "1.23", "12.3", "1,234"]


def test_everything_is_written(tmp_path):
    lines = ratios.measure(row(Tool("bt", nav=3.0)), 1)
    write(tmp_path / "out.json", {"machine": {"cores": 2}, "ratios": lines})
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found["machine"] == {"cores": 2}
    assert found["ratios"][-1]["against"] == "x the plain floor's time"
    assert {ratio["contestant"]: ratio["seconds"] for ratio in found["ratios"]}["bt"] is None
