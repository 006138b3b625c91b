"""Test files run in children of one process that has the libraries imported: a child pays for the product alone.

A child is forked, stands in a copy of the tree, forgets whatever of the tree its parent had imported, and runs one
test file after another until one fails. Of what it keeps on disk only compiled kernels outlive it: their place is a
digest of their sources, so that no fault reads what another left.
"""

from __future__ import annotations

import compileall
import contextlib
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OWN = ("simulator", "strategies", "signals", "reports", "scenarios", "tests")
_LIBRARIES = (
    "pytest",
    "hypothesis",
    "pandas",
    "numba",
    "scipy.optimize",
    "scipy.signal",
    "scipy.stats",
    "sklearn.covariance",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.neural_network",
    "pyarrow.parquet",
    "pydantic",
    "jinja2",
    "plotly.subplots",
    "matplotlib.pyplot",
    "vectorbt",
    "quantstats",
    "xgboost",
    "skops.io",
    "skfolio",
    "arch.bootstrap",
    "statsmodels.tsa.regime_switching.markov_regression",
    "cvxpy",
    "openpyxl",
)
_BUSY = 120  # seconds of processor time for a test file: a loop that never ends is a failure
_WAITED = 1800  # seconds on the clock for all files of a child: so is one that waits forever


@dataclass(frozen=True)
class Place:
    """A folder of one worker: a copy of the tree, and what its children leave.

    Attributes
    ----------
    folder
        Holds ``tree``, ``cache`` (with the kernels of all) and, while a child runs, ``said``, ``output`` and ``tmp``.
    """

    folder: Path

    @property
    def tree(self) -> Path:
        """The copy."""
        return self.folder / "tree"

    def cleared(self) -> None:
        """Leave nothing of the last child: neither its files nor fitted models that it kept."""
        for name in ("tmp", "cache/refits", "cache/answers"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "tmp").mkdir()
        (self.folder / "said").unlink(missing_ok=True)


def laid(folder: Path, root: Path) -> Place:
    """A place with a copy of the tree at ``root``, its byte code made, and the user's own kernels at hand."""
    place = Place(folder)
    shutil.copytree(root, place.tree, ignore=shutil.ignore_patterns(".git", ".hypothesis"))
    if (root.parent / "shared").is_dir():
        (folder / "shared").symlink_to(root.parent / "shared")
    compileall.compile_dir(place.tree, quiet=2)
    from simulator.core.cache import user_cache

    kernels = user_cache() / "kernels"
    kernels.mkdir(parents=True, exist_ok=True)
    (folder / "cache").mkdir()
    (folder / "cache" / "kernels").symlink_to(kernels)
    return place


def imported() -> None:
    """Import what children need and no fault is planted in; what is absent they do without."""
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class Tried:
    """Test files that ran in a child, in order.

    Attributes
    ----------
    seconds
        Of processor time, by file.
    failed
        The last of them, if it failed.
    test
        The first test that failed in it, or what became of the process.
    """

    seconds: dict[str, float]
    failed: str | None
    test: str | None


def tried(place: Place, files: Sequence[str], plain: bool) -> Tried:
    """Run test files in a child until one fails.

    Parameters
    ----------
    place
        Where it runs.
    files
        Test files or folders, from the root of the tree, in the order in which they run.
    plain
        Kernels run as plain Python, and no test that is marked slow.
    """
    place.cleared()
    child = os.fork()
    if child == 0:
        try:
            _run(place, files, plain)
        finally:
            os._exit(0)
    _awaited(child)
    said = [json.loads(line) for line in (place.folder / "said").read_text(encoding="utf-8").splitlines()]
    seconds = {line["file"]: line["seconds"] for line in said if "seconds" in line}
    last = said[-1]
    if "test" not in last:
        return Tried(seconds, last["file"], f"{last['file']} never ends, or takes the process with it")
    return Tried(seconds, None if last["test"] is None else last["file"], last["test"])


def _awaited(child: int) -> None:
    """Wait for a child; end it and all that it started when it takes too long."""
    ends = time.monotonic() + _WAITED
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # whatever a test left running


def _run(place: Place, files: Sequence[str], plain: bool) -> None:
    """In the child: the files until one fails, a line before and after each."""
    os.setpgid(0, 0)
    output = os.open(place.folder / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    with (place.folder / "said").open("a", encoding="utf-8") as said:

        def say(**line: Any) -> None:
            said.write(json.dumps(line) + "\n")
            said.flush()

        say(file=files[0])
        _stand(place, plain)
        for file in files:
            say(file=file)
            _, most = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + _BUSY, most))
            began = time.process_time()
            test = _failed(file, plain)
            say(file=file, test=test, seconds=round(time.process_time() - began, 1))
            if test is not None:
                return


def _stand(place: Place, plain: bool) -> None:
    """Be a process of this copy of the tree."""
    os.chdir(place.tree)
    own = {"PYTHONPATH": place.tree, "TMPDIR": place.folder / "tmp", "UNDERTOW_CACHE_DIR": place.folder / "cache"}
    os.environ.update({name: str(value) for name, value in own.items()})
    os.environ.update({"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": "", "NUMBA_DISABLE_JIT": str(int(plain))})
    if plain:
        import numba.core.config

        numba.core.config.DISABLE_JIT = 1
    tempfile.tempdir, sys.dont_write_bytecode = None, True
    root = Path(__file__).resolve().parents[2]
    sys.path[:] = [str(place.tree), *(path for path in sys.path if Path(path).resolve() != root)]
    for name in [name for name in sys.modules if name.split(".")[0] in _OWN]:
        del sys.modules[name]
    importlib.invalidate_caches()


class _First:
    """The first test that fails, or the file that cannot be read."""

    def __init__(self) -> None:
        self.test: str | None = None

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.test = self.test or report.nodeid

    pytest_collectreport = pytest_runtest_logreport


def _failed(file: str, plain: bool) -> str | None:
    import pytest

    first = _First()
    kinds = "not slow and not browser" if plain else "not browser"
    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=few", "-m", kinds]
    status = pytest.main([*options, file], plugins=[first])
    return None if status in (0, 5) else first.test or file  # 5: none of its tests is of this kind
