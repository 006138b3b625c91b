"""Killing a sweep with SIGKILL: at most the chunk in flight is lost, none is repeated, the bytes are the same."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support import some
from tests.sweeping import write_small

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3 * (1 + 2 * 8) * 3  # lags x (passive, and two policies at 8 bands) x paths
SWEEP = [
    *("sweep", "small.toml", "--data", "data", "--paths", "2", "--chunk", "3"),
    *("--grid", "policies.threshold.band=0.01:0.08:8", "--grid", "execution.lag=0,1,2"),
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system"),
]


def start(home: Path, out: str, *more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "scenarios.cli", *SWEEP, "--out", out, *more]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=home, env=environment, **pipes)


def chunks(home: Path) -> dict[str, tuple[int, int]]:
    """Every finished chunk, and which file it is."""
    found = (home / "out.work").glob("chunk-*.parquet")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted sweep, and how long it took."""
    home = tmp_path_factory.mktemp("whole")
    write_small(home)
    began = time.monotonic()
    process = start(home, "out", "--workers", "2")
    assert process.communicate()[1].count(f"runs: {RUNS}/{RUNS}") == 1
    assert process.returncode == 0
    return home / "out", time.monotonic() - began


def killed(home: Path, ready) -> None:
    """Start the sweep and kill it once ``ready()``; it may have ended by then."""
    process = start(home, "out", "--workers", "1")
    while process.poll() is None and not ready():
        time.sleep(0.002)
    process.kill()
    process.communicate()


def finished(home: Path, before: dict[str, tuple[int, int]]) -> None:
    """Go on to the end: what was there is neither lost nor computed again."""
    process = start(home, "out", "--workers", "1")
    said = process.communicate()[1]
    assert process.returncode == 0, said
    went_on = re.search(rf"runs: (\d+)/{RUNS}", said)
    if before:
        assert went_on is not None
        assert int(went_on[1]) == 3 * len(before)


@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again_while_computing(whole, tmp_path, seed):
    rng = np.random.default_rng(seed)
    write_small(tmp_path)
    there: dict[str, tuple[int, int]] = {}
    for wanted in np.sort(rng.choice(np.arange(1, RUNS // 3), 2, replace=False)):
        killed(tmp_path, lambda least=wanted: len(chunks(tmp_path)) >= least)
        now = chunks(tmp_path)
        assert there.items() <= now.items(), "a finished chunk was lost or written again"
        there = now
        assert not (tmp_path / "out").exists()
    assert there
    finished(tmp_path, there)
    assert contents(tmp_path / "out") == contents(whole[0])
    assert not (tmp_path / "out.work").exists()


@pytest.mark.parametrize("seed", some([4, 5], 2))
def test_killed_at_any_moment(whole, tmp_path, seed):
    """While importing, planning, computing, writing the report or putting it in place."""
    rng = np.random.default_rng(seed)
    write_small(tmp_path)
    end = time.monotonic() + rng.uniform(0.3, 1.0) * whole[1]
    killed(tmp_path, lambda: time.monotonic() > end)
    finished(tmp_path, chunks(tmp_path))
    assert contents(tmp_path / "out") == contents(whole[0])
