"""SIGTERM unwinds as Ctrl-C does: status 143, and nothing half-written."""

from __future__ import annotations

import os
import signal
import time

import numba
import pytest
from numba.core.registry import cpu_target

from scenarios import cli
from scenarios.cli import main
from scenarios.stopping import Terminated, unwinding
from simulator.core import jit
from tests.sweeping import write_small


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def interruptible():
    """Hear Ctrl-C: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("sent", "status", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_sweep_that_is_stopped_can_be_gone_on_with(home, monkeypatch, capsys, sent, status, word):
    from scenarios.sweep.store import Store

    def stop(*_):
        os.kill(os.getpid(), sent)

    arguments = ["sweep", "small.toml", "--data", "data", "--quiet", "--out", "out", "--grid", "execution.lag=0,1"]
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", stop)
        assert main(arguments) == status
    assert capsys.readouterr().err == f"undertow: {word}; nothing was written\n"
    assert not (home / "out").exists()
    assert not list(home.glob(".out*"))
    assert main(arguments) == 0


def test_once_the_report_is_in_place_it_says_so(home, monkeypatch, capsys):
    def stop(*_):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("scenarios.table.comparison_table", stop)
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "out"]) == 143
    assert capsys.readouterr().err == f"undertow: terminated; {home / 'out'} was written\n"
    assert main(["verify", "out"]) == 0


def twice(tidied):
    """A command that gets a second SIGTERM while it tidies up after the first."""
    with unwinding():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            tidied.append(1)


def test_a_second_one_does_not_disturb_the_tidying_up():
    tidied = []
    with pytest.raises(Terminated):
        twice(tidied)
    assert tidied == [1]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_who_ignores_it_goes_on():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with unwinding():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("sent", "status", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_signal_while_a_kernel_is_compiled_is_heard(monkeypatch, capsys, sent, status, word):
    """It comes first to a callback of LLVM, where what is raised is lost, and with it the machine code."""
    if jit.config.DISABLE_JIT:
        pytest.skip("kernels run as plain Python")

    def compiling(_):
        numba.njit(lambda number: number + 1.0).compile((numba.float64,))
        time.sleep(10.0)  # what comes after
        return 0

    def interrupted(module, code):
        os.kill(os.getpid(), sent)
        return taken(module, code)

    engine = cpu_target.target_context.codegen()._engine._ee
    taken = engine._object_cache_notify
    monkeypatch.setattr(engine, "_object_cache_notify", interrupted)
    monkeypatch.setitem(cli._COMMANDS, "list", compiling)
    assert main(["list"]) == status
    assert capsys.readouterr().err == f"undertow: {word}; nothing was written\n"
    assert signal.getsignal(sent) in (signal.SIG_DFL, signal.default_int_handler)


def test_a_signal_while_garbage_is_collected_is_heard():
    class Garbage:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            self.gone = True

    def littered():
        with unwinding():
            Garbage()
            time.sleep(10.0)

    with pytest.raises(Terminated):
        littered()
