"""Whatever happens to a file of a cache, figures are the same and nothing crashes.

``UNDERTOW_DAMAGES`` asks for another number of damages to each cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from signals.stress.saved import RefitCache
from signals.stress.validation import AnswerCache, forecasts, shuffled
from simulator.core import cache as caches
from simulator.core import jit
from tests.damage import contents, damaged
from tests.support import same
from tests.unit.test_saved import FEATURES, small
from tests.unit.test_validation import candidates, problem
from tests.unit.test_validation import same as alike

ROOT = Path(__file__).resolve().parents[2]
DAMAGES = int(os.environ.get("UNDERTOW_DAMAGES", "12"))
#: A damaged kernel is compiled anew, which takes up to half a minute.
KERNEL_DAMAGES = int(os.environ.get("UNDERTOW_DAMAGES", "4"))


def hit(folder, figures, right, alike, caplog) -> None:
    """Damage files of a cache, one at a time: each time the same figures, one line, and the file made anew."""
    files = contents(folder)
    rng = np.random.default_rng(len(files))
    for trial in range(DAMAGES):
        caches._said.clear()
        caplog.clear()
        with damaged(files, trial, rng) as what:
            assert alike(figures(), right), what
            assert len(caplog.records) == 1, what
            assert {path: path.read_bytes()[:14] for path in files} == dict.fromkeys(files, b"undertow cache"), what


def test_of_refits(tmp_path, caplog):
    right = small().compute(FEATURES).values

    def figures():
        return small(refit_cache=RefitCache(tmp_path)).compute(FEATURES).values

    figures()
    hit(tmp_path, figures, right, same, caplog)


def test_of_answers(tmp_path, caplog):
    one = problem()
    splits = shuffled(one.label, 3)

    def figures():
        return forecasts(candidates("tree-coarse"), one, splits, workers=1, cache=AnswerCache(tmp_path))

    hit(tmp_path, figures, figures(), alike, caplog)


#: Children that have imported everything and loaded no kernel yet replay a book whose decisions are taken day by day.
KERNELS = """
import hashlib, os, sys
import numpy as np
from simulator import simulate
from simulator.core import jit
from strategies import ThresholdBand
from tests.damage import contents, damaged
from tests.support import random_market

market = random_market(5, 40, 2)
policy = ThresholdBand({"A": 0.6, "B": 0.4}, band=0.01)

def figures():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        result = simulate(market, policy)
        os.write(writing, hashlib.sha256(result.nav.to_numpy().tobytes()).hexdigest().encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        digest = told.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return digest

right = figures()
files, rng = contents(jit.cache_directory()), np.random.default_rng(3)
names = list(files)
files = {names[place]: files[names[place]] for place in rng.permutation(len(names))}
for trial in range(int(sys.argv[1])):
    with damaged(files, trial, rng) as what:
        assert figures() == right, what
print(f"{sys.argv[1]} damages to {len(files)} files")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_of_kernels(tmp_path):
    """Those of the real engine, laid out as the user's cache has them."""
    if jit.config.DISABLE_JIT:
        pytest.skip("kernels run as plain Python")
    own = tmp_path / "kernels" / jit.cache_directory().name
    shutil.copytree(jit.cache_directory(), own) if jit.cache_directory().is_dir() else own.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-P", "-c", KERNELS, str(KERNEL_DAMAGES)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "UNDERTOW_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith(f"{KERNEL_DAMAGES} damages to ")
