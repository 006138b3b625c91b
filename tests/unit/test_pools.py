"""What processes are begun with, and that nothing of it stays."""

from __future__ import annotations

import os

import pytest
from joblib import delayed

from simulator.core.pools import pool, trusting_no_folder

NAME = "PYTHONSAFEPATH"


@pytest.mark.parametrize("before", [None, "", "1"])
def test_the_environment_is_as_it_was_after_a_pool(monkeypatch, before):
    monkeypatch.delenv(NAME, raising=False)
    if before is not None:
        monkeypatch.setenv(NAME, before)
    called = pool(1, return_as="generator")(delayed(os.environ.get)(NAME) for _ in range(3))
    assert next(called) == os.environ[NAME] == "1"
    called.close()  # whoever asked has left in the middle
    assert os.environ.get(NAME) == before
    assert list(pool(1)(delayed(os.environ.get)(NAME) for _ in range(2))) == ["1", "1"]
    assert os.environ.get(NAME) == before


def test_it_stays_while_any_block_is_open(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    one, two = trusting_no_folder(), trusting_no_folder()
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)  # the first to begin need not be the last to end
    assert os.environ[NAME] == "1"
    two.__exit__(None, None, None)
    assert NAME not in os.environ
