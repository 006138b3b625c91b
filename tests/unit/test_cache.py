"""Compiled kernels on disk: a second process starts warm, and an edited kernel never meets a stale one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import pandas as pd
from simulator import AlmgrenChriss, MarketData, simulate
from simulator.engine import advance_nb as a
from strategies import Hold
close = pd.DataFrame({"A": [100.0, 100.0, 100.0]}, pd.bdate_range("2024-01-01", periods=3))
costs = AlmgrenChriss(half_spread_bps=100, eta=0, gamma=0)
result = simulate(MarketData.from_frames(close), Hold([0.5]), costs=costs, save="nav")
stats = [f.stats for f in (a.advance_nb,)]
hits = sum(sum(s.cache_hits.values()) for s in stats)
misses = sum(sum(s.cache_misses.values()) for s in stats)
print(repr(float(result.nav.iloc[-1])), hits, misses)
"""


def run(home: Path, cache: Path, **more: str) -> tuple[float, int, int]:
    environment = {**os.environ, "PYTHONPATH": str(home), "UNDERTOW_CACHE_DIR": str(cache), **more}
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    nav, hits, misses = done.stdout.split()
    return float(nav), int(hits), int(misses)


@pytest.mark.slow
def test_a_second_process_starts_warm_and_an_edited_kernel_is_compiled_again(tmp_path):
    home = tmp_path / "copy"
    for package in ("simulator", "strategies", "signals", "reports", "scenarios"):
        shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
    cache = tmp_path / "cache"
    cold = run(home, cache)
    assert cold[0] == 1e6 - 0.01 * 5e5
    assert cold[1] == 0
    warm = run(home, cache)
    assert warm[0] == cold[0]
    assert warm[1] > 0
    assert warm[2] == 0
    # The edit is in a file that the cached driver only calls.
    law = home / "simulator" / "costs" / "law_nb.py"
    law.write_text(law.read_text().replace("return notional * half_spread,", "return 2.0 * notional * half_spread,"))
    edited = run(home, cache)
    assert edited[0] == 1e6 - 0.02 * 5e5
    assert edited[1] == 0
    # Bounds checks are another build: a warm cache without them would check nothing.
    assert run(home, cache, NUMBA_BOUNDSCHECK="1")[1] == 0
