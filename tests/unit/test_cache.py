"""Compiled kernels on disk: a second process starts warm, an edited kernel never meets a stale one, bounds are checked.

That an edit of *any* kernel file counts is shown in three steps: every file that kernels read anything from is one of
``kernel_sources``; editing any of those moves the cache; and after such a move the next process compiles anew and
gives the edited result (once, since a cold compilation takes half a minute).
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import simulator
from simulator.core.jit import kernel_sources
from tests.architecture.test_imports import imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("simulator", "strategies", "signals", "reports", "scenarios")
#: Where the packages that this process imports lie: the clone, or where they were installed.
HOME = Path(simulator.__file__).resolve().parents[1]
SOURCES = [str(path.relative_to(HOME)) for path in kernel_sources()]
#: What a kernel file may import besides kernel sources: names of types, which compile to nothing.
TYPES_ALONE = {"simulator/core/types.py"}
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


def python(home: Path, cache: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A new process with numba's settings as given here, whatever this one runs under."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment = {**own, "PYTHONPATH": str(home), "UNDERTOW_CACHE_DIR": str(cache), **settings}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def run(home: Path, cache: Path, **settings: str) -> tuple[float, int, int]:
    done = python(home, cache, "-c", PROGRAM, **settings)
    assert done.returncode == 0, done.stderr
    nav, hits, misses = done.stdout.split()
    return float(nav), int(hits), int(misses)


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the packages that may be edited."""
    home = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
    return home


MOVES = """
from pathlib import Path
from simulator.core.jit import cache_directory, kernel_sources
print("before", cache_directory().name)
for path in kernel_sources():
    text = path.read_text()
    path.write_text(text + "# edited")
    print(path, cache_directory().name)
    path.write_text(text)
print("after", cache_directory().name)
"""


@pytest.fixture(scope="module")
def moves(copied, tmp_path_factory):
    """The name of the cache after an edit of each kernel source, by file."""
    done = python(copied, tmp_path_factory.mktemp("none"), "-c", MOVES)
    assert done.returncode == 0, done.stderr
    rows = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    return {name.removeprefix(f"{copied}/"): cache for name, cache in rows}


@pytest.mark.parametrize("source", SOURCES)
def test_an_edit_of_any_kernel_source_moves_the_cache(moves, source):
    assert moves["before"] == moves["after"]
    assert moves[source] != moves["before"]
    assert list(moves.values()).count(moves[source]) == 1


def test_whatever_kernels_are_made_from_is_a_kernel_source():
    """Kernels live in files of the right name, and take their constants from files that are watched too."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            tree = ast.parse(path.read_text())
            decorators = [ast.unparse(one) for node in ast.walk(tree) for one in getattr(node, "decorator_list", [])]
            # what JAX compiles, it compiles in memory: there is no cache of it to go stale
            makes = any(("kernel" in one or "jit" in one) and not one.startswith("eqx.") for one in decorators)
            assert not makes or name in SOURCES, f"{name} compiles something and is no kernel source"
    for name in SOURCES:
        for module in imports(ROOT / name):
            files = [f"{module.replace('.', '/')}{end}" for end in (".py", "/__init__.py")]
            for file in files:
                watched = file in SOURCES or file in TYPES_ALONE or not (ROOT / file).exists()
                assert watched or file.endswith("__init__.py"), f"{name} takes something from {file}"


PEEK = """
import numpy as np
from simulator.core.jit import kernel

@kernel
def peek_nb(x, t):
    return x[:t][t]

print(peek_nb(np.arange(5.0), 3))
"""


def test_a_kernel_that_reads_out_of_bounds_is_caught_where_bounds_are_checked(tmp_path):
    program, cache = tmp_path / "peek_nb.py", tmp_path / "cache"
    program.write_text(PEEK)
    silent = python(ROOT, cache, str(program))
    assert silent.stdout.strip() == "3.0", silent.stderr  # a slice does not stop it: it reads the future
    checked = python(ROOT, cache, str(program), NUMBA_BOUNDSCHECK="1")  # the same, now warm, cache
    assert checked.returncode == 1
    assert "IndexError: index is out of bounds" in checked.stderr
    assert python(ROOT, cache, str(program)).stdout.strip() == "3.0"
    plain = python(ROOT, cache, str(program), NUMBA_DISABLE_JIT="1")
    assert "IndexError: index 3 is out of bounds" in plain.stderr


def test_kernels_as_plain_python_divide_as_silently_as_when_compiled(tmp_path):
    program = tmp_path / "divide_nb.py"
    program.write_text(PEEK.replace("x[:t][t]", "x[t] / x[0]"))
    for settings in ({}, {"NUMBA_DISABLE_JIT": "1"}):
        done = python(ROOT, tmp_path / "cache", "-W", "error", str(program), **settings)
        assert done.stdout.strip() == "inf", done.stderr


@pytest.mark.slow
def test_a_second_process_starts_warm_and_an_edited_kernel_is_compiled_again(tmp_path, copied):
    home, cache = copied, tmp_path / "cache"
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
