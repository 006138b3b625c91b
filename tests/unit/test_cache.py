"""Compiled kernels on disk: a second process starts warm, an edited kernel never meets a stale one, bounds are checked.

Damage, and folders that cannot be read or written, are tried on a small home of two kernels with the real machinery,
which compiles in a second: every entry, one at a time, and always the same figures.

That an edit of *any* kernel file counts is shown in three steps: every file that kernels read anything from is one of
``kernel_sources``; editing any of those moves the cache; and after such a move the next process compiles anew and
gives the edited result (once, from a copy of the cache at hand, since a cold compilation takes half a minute).
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
from simulator.core.cache import user_cache
from simulator.core.jit import cache_directory, kernel_sources
from tests.architecture.test_imports import imports
from tests.support import WHOLE

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
    """A new process with numba's settings as given here, whatever this one runs under.

    It keeps no byte code, which Python takes for that of a source edited to
    the same size within the same second.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    given = {"PYTHONPATH": str(home), "UNDERTOW_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {**own, **given, **settings}
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
            decorators = [
                ast.unparse(decorator) for node in ast.walk(tree) for decorator in getattr(node, "decorator_list", [])
            ]
            # what JAX compiles, it compiles in memory: there is no cache of it to go stale
            makes = any(
                ("kernel" in decorator or "jit" in decorator) and not decorator.startswith("eqx.")
                for decorator in decorators
            )
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
def last_nb(x, t):
    return x[:t][t]

@kernel
def peek_nb(x, t):
    return last_nb(x, t)

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
@pytest.mark.skipif(not WHOLE, reason="a minute of compiling; small kernels below stand for it")
def test_a_second_process_starts_warm_and_an_edited_kernel_is_compiled_again(tmp_path, copied):
    home, cache = copied, tmp_path / "cache"
    assert run(home, user_cache())[0] == 1e6 - 0.01 * 5e5
    shutil.copytree(cache_directory(), cache / "kernels" / cache_directory().name)
    warm = run(home, cache)
    assert warm == (1e6 - 0.01 * 5e5, 1, 0)
    # The edit is in a file that the cached driver only calls.
    law = home / "simulator" / "costs" / "law_nb.py"
    law.write_text(law.read_text().replace("return notional * half_spread,", "return 2.0 * notional * half_spread,"))
    edited = run(home, cache)
    assert edited[0] == 1e6 - 0.02 * 5e5
    assert edited[1] == 0


#: Two kernels in two files; the one that is called holds the rate.
TINY = {
    "rate_nb.py": """
from simulator.core.jit import kernel

@kernel
def rate_nb(days):
    return 0.02 * days / 360.0
""",
    "grow_nb.py": """
from simulator.core.jit import kernel
from simulator.rate_nb import rate_nb

@kernel
def grow_nb(cash, days):
    return cash * (1.0 + rate_nb(days))
""",
}
GROW = """
from simulator.core import jit
from simulator.grow_nb import grow_nb
print(repr(grow_nb(1e6, 360)), repr(grow_nb(1_000_000, 36)), len(grow_nb.stats.cache_hits))
"""
RIGHT, TRIPLED = "1020000.0 1002000.0", "1060000.0 1006000.0"


@pytest.fixture
def tiny(tmp_path):
    """A home of its own with the machinery of kernels, and two of them."""
    home = tmp_path / "home"
    for name in (
        "core/jit.py",
        "core/parts.py",
        "core/kernel_cache.py",
        "core/cache.py",
        "core/processes.py",
        "core/abi.py",
        "ledger/events.py",
    ):
        (home / "simulator" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "simulator" / name, home / "simulator" / name)
    for name in ("", "core", "ledger"):
        (home / "simulator" / name / "__init__.py").write_text("")
    for name, text in TINY.items():
        (home / "simulator" / name).write_text(text)
    return home


def grown(home: Path, cache: Path, hits: int, lines: int = 0) -> str:
    """The figures of a new process, and what it said."""
    done = python(home, cache, "-c", GROW)
    assert done.returncode == 0, done.stderr
    *figures, found = done.stdout.split()
    assert (" ".join(figures), int(found)) == (RIGHT, hits), done.stderr
    assert done.stderr.count("\n") == lines, done.stderr
    assert all(line.startswith("undertow: the cache of compiled kernels in") for line in done.stderr.splitlines())
    return done.stderr


CONSTANTS = """
from simulator.core.jit import kernel
from simulator.rate_nb import rate_nb

@kernel
def three_nb(days, twice):
    rate = rate_nb(days) + rate_nb(36) + rate_nb(days=72)
    return rate + rate_nb(36.0) if twice else rate

part = rate_nb.get_overload.__self__
print(round(three_nb(360, True), 12), len(part.overloads), len(rate_nb.overloads))
print(rate_nb(36), len(part.overloads), len(rate_nb.overloads))
"""


def test_a_kernel_is_compiled_once_for_all_constants_that_kernels_call_it_with(tiny, tmp_path):
    done = python(tiny, tmp_path / "cache", "-c", CONSTANTS)
    assert done.returncode == 0, done.stderr
    # for whole days and for broken ones: 0.02 + 0.002 + 0.004 + 0.002; what Python calls is one more
    assert done.stdout.splitlines() == ["0.028 2 0", "0.002 2 1"]


def triple(home: Path) -> None:
    rate = home / "simulator" / "rate_nb.py"
    rate.write_text(rate.read_text().replace("0.02", "0.06"))


DAMAGE = """
import sys
from pathlib import Path

import numpy as np

from simulator.core import cache, jit
from simulator.grow_nb import grow_nb
from simulator.rate_nb import rate_nb

folder = jit.cache_directory()
right = {path: path.read_bytes() for path in sorted(folder.iterdir())}
rng = np.random.default_rng(7)
counts = {}
for trial in range(int(sys.argv[1])):
    path = list(right)[trial % len(right)]
    held = right[path]
    kind = ("cut", "emptied", "flipped", "swapped")[trial // len(right) % 4]
    if kind == "cut":
        wrong = held[: rng.integers(1, len(held))]
    elif kind == "emptied":
        wrong = b""
    elif kind == "flipped":
        place = int(rng.integers(len(held)))
        wrong = held[:place] + bytes([held[place] ^ (1 << int(rng.integers(8)))]) + held[place + 1 :]
    else:
        wrong = right[list(right)[(trial + 1) % len(right)]]
    path.write_bytes(wrong)
    rate, grow = jit.kernel(rate_nb.py_func), jit.kernel(grow_nb.py_func)  # as in a new process: nothing is loaded
    got = grow(1e6, 360), grow(1_000_000, 36), rate(360), rate(36.0)
    assert got == (1020000.0, 1002000.0, 0.02, 0.002), (kind, path.name, got)
    assert all(path.read_bytes().startswith(b"undertow cache") for path in right)
    counts[kind] = counts.get(kind, 0) + 1
    for other, content in right.items():
        other.write_bytes(content)
print(counts, len(right))
"""


def test_whatever_happens_to_an_entry_the_figures_are_the_same(tiny, tmp_path):
    cache = tmp_path / "cache"
    grown(tiny, cache, hits=0)
    grown(tiny, cache, hits=2)
    done = python(tiny, cache, "-c", DAMAGE, "100")
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("{'cut': ")
    assert done.stderr.count("\n") == 1  # said once
    assert "has a damaged entry" in done.stderr
    assert "it is made anew, and so is any other like it" in done.stderr


def test_in_new_processes_too(tiny, tmp_path):
    cache = tmp_path / "cache"
    grown(tiny, cache, hits=0)
    paths = sorted(path for path in cache.rglob("*") if path.is_file())
    grow, other = (path for path in paths if "grow_nb" in path.name)
    contents = grow.read_bytes(), other.read_bytes()
    for wrong in (contents[0][:1000], contents[1], contents[0][:5000] + contents[1][5000:]):
        grow.write_bytes(wrong)
        assert "damaged entry" in grown(tiny, cache, hits=1, lines=1)
        grown(tiny, cache, hits=2)


@pytest.mark.parametrize("folder", ["/dev/null/x", "{}/absent/deep", "{}/file/x", "{}/" + "n" * 300])
def test_any_cache_folder_gives_the_same_figures_also_after_an_edit(tiny, tmp_path, folder):
    (tmp_path / "file").write_text("")
    cache = Path(folder.format(tmp_path))
    possible = "absent" in folder
    grown(tiny, cache, hits=0, lines=0 if possible else 1)
    triple(tiny)
    done = python(tiny, cache, "-c", GROW)
    assert done.stdout.split()[:2] == TRIPLED.split()
    assert not list(tiny.rglob("*.nb?")), "kept beside the source"


def mounted(*arguments: str | Path) -> None:
    """Mount something in a namespace of the test's own process, or skip."""
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.decode().strip()}")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting takes the rights of root")
@pytest.mark.parametrize("warm", [False, True])
def test_a_folder_that_is_really_read_only(tiny, tmp_path, warm):
    cache = tmp_path / "cache"
    cache.mkdir()
    if warm:
        grown(tiny, cache, hits=0)
    mounted("--bind", cache, cache)
    try:
        mounted("-o", "remount,bind,ro", cache)
        said = grown(tiny, cache, hits=2 if warm else 0, lines=0 if warm else 1)
        assert warm or "Read-only file system" in said
        triple(tiny)
        done = python(tiny, cache, "-c", GROW)
        assert done.stdout.split() == [*TRIPLED.split(), "0"]
        assert done.stderr.count("\n") == 1
    finally:
        subprocess.run(["umount", cache], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting takes the rights of root")
def test_a_disk_that_is_really_full(tiny, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    mounted("-t", "tmpfs", "-o", "size=24k", "none", cache)
    try:
        assert "No space left on device" in grown(tiny, cache, hits=0, lines=1)
        assert not list(cache.rglob("*.part"))
        done = python(tiny, cache, "-c", GROW)
        assert done.stdout.startswith(RIGHT)
        triple(tiny)
        assert python(tiny, cache, "-c", GROW).stdout.startswith(TRIPLED)
    finally:
        subprocess.run(["umount", cache], check=True)
