"""Sweeps and stress tests in other processes and on clusters give the bytes of those made here.

What is lost, lacking or unreached is a line. Stand-ins (``tests/clusters.py``) take the place of the libraries; real
clusters on this machine, and processes, lose workers in the middle in ``tests/kill``, where they are installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scenarios.cli import main
from scenarios.cluster import Place, opened
from simulator.core.errors import ScenarioError
from tests.clusters import FAKES
from tests.kill.processes import below, within, works
from tests.sweeping import write_small

COMMON = ["small.toml", "--data", "data", "--quiet"]
SWEEP = ["sweep", *COMMON, "--grid", "execution.lag=0,1", "--paths", "3", "--chunk", "4"]
STRESS = ["stress", *COMMON, "--shock", "price-gap:size=-0.2", "--severity", "0:2:3"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the scenario, a sweep and a stress test made in this process."""
    home = tmp_path_factory.mktemp("clusters")
    write_small(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        assert main([*SWEEP, "--out", "swept"]) == 0
        assert main([*STRESS, "--out", "stressed"]) == 0
    return home


@pytest.fixture
def home(made, monkeypatch):
    monkeypatch.chdir(made)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    return made


def put(monkeypatch, name, lose=None):
    modules = FAKES[name](lose)
    for module, made in modules.items():
        monkeypatch.setitem(sys.modules, module, made)
    return next(iter(modules.values()))


def files(folder):
    return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def refused(capsys, status):
    captured = capsys.readouterr()
    assert (status, captured.err.count("\n")) == (2, 1), captured.err
    return captured.err


@pytest.mark.parametrize("name", FAKES)
def test_the_bytes_are_those_of_this_process(home, monkeypatch, name):
    library = put(monkeypatch, name)
    assert main([*SWEEP, "--backend", name, "--address", "there:1", "--out", f"swept-{name}"]) == 0
    assert len(library.made) > 4
    assert files(f"swept-{name}") == files("swept")
    assert main([*STRESS, "--backend", name, "--workers", "2", "--out", f"stressed-{name}"]) == 0
    assert files(f"stressed-{name}") == files("stressed")


@pytest.mark.parametrize("name", FAKES)
def test_a_sweep_goes_on_from_what_a_lost_cluster_has_left(home, monkeypatch, capsys, name):
    put(monkeypatch, name, lose=0)  # the first begun, finished last of those before it
    out = f"lost-{name}"
    told = refused(capsys, main([*SWEEP, "--backend", name, "--out", out]))
    assert "cluster gave up a unit of work" in told
    assert "the same command goes on from it" in told
    kept = len(list(Path(f"{out}.work").glob("chunk-*.parquet")))
    assert kept > 0
    library = put(monkeypatch, name)
    assert main([*SWEEP, "--backend", name, "--out", out]) == 0
    assert files(out) == files("swept")
    assert (kept, len(library.made)) == (5, 1)  # nothing was made twice
    assert not Path(f"{out}.work").exists()


@pytest.mark.parametrize("name", FAKES)
def test_a_shard_may_be_computed_on_a_cluster(home, monkeypatch, name):
    put(monkeypatch, name)
    assert main([*SWEEP, "--backend", name, "--shard", "1/2", "--out", f"apart-{name}"]) == 0
    assert main([*SWEEP, "--shard", "2/2", "--out", f"apart-{name}"]) == 0
    assert main(["sweep", "--merge", f"apart-{name}", "--quiet"]) == 0
    assert files(f"apart-{name}") == files("swept")


@pytest.mark.parametrize("name", FAKES)
def test_a_worker_with_other_data_is_named(home, monkeypatch, capsys, name):
    put(monkeypatch, name)
    monkeypatch.setattr("scenarios.sweep.remote._here", threading.local())
    real = "scenarios.sweep.remote.validated"

    def other(asked, options, progress, cache):
        from dataclasses import replace

        from scenarios.sweep.validated import validated

        one = validated(asked, options, progress, cache)
        return replace(one, fingerprint={**one.fingerprint, "data": "x"})

    monkeypatch.setattr(real, other)
    told = refused(capsys, main([*SWEEP, "--backend", name, "--restart", "--out", f"other-{name}"]))
    assert "has other data than this process" in told


@pytest.mark.parametrize(("name", "address"), [("dask", "tcp://nowhere:1"), ("ray", "nowhere:1"), ("ray", "late:1")])
def test_a_cluster_that_does_not_answer(home, monkeypatch, capsys, name, address):
    put(monkeypatch, name)
    told = refused(capsys, main([*SWEEP, "--backend", name, "--address", address, "--out", "none"]))
    assert told.startswith(f"undertow: --address {address}: no cluster answers there")
    assert not Path("none").exists()


@pytest.mark.parametrize(("name", "module"), [("dask", "distributed"), ("ray", "ray")])
@pytest.mark.parametrize("command", [SWEEP, STRESS])
def test_a_library_that_is_lacking(home, monkeypatch, capsys, name, module, command):
    monkeypatch.setitem(sys.modules, module, None)
    told = refused(capsys, main([*command, "--backend", name, "--out", "none"]))
    assert told == f"undertow: --backend {name}: needs {name}: pip install 'undertow[{name}]' here and on workers\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "there:1"], "of which cluster? Add --backend dask or --backend ray"),
        (["--backend", "ray", "--address", "there:1", "--workers", "2"], "a cluster has its own workers"),
        (["--backend", "processes", "--address", "there:1"], "--backend processes are of this machine"),
        (["--backend", "slurm"], "invalid choice: 'slurm'"),
    ],
)
def test_what_cannot_be_asked(home, capsys, words, said):
    for command in (SWEEP, STRESS):
        try:
            status = main([*command, *words, "--out", "none"])
        except SystemExit as left:
            status = left.code
        assert said in refused(capsys, status)


def squared(number):
    if number < 0:
        raise ScenarioError("below zero")
    return number * number


@pytest.mark.parametrize("name", [*FAKES, "processes"])
def test_every_unit_comes_back_once_and_errors_of_ours_as_they_are(monkeypatch, name):
    if name in FAKES:
        put(monkeypatch, name)
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[2])  # where processes find this file
    with opened(Place(name, workers=2), print) as cluster:
        assert dict(cluster.results(squared, [(number,) for number in range(40)])) == {n: n * n for n in range(40)}
        assert list(cluster.results(squared, [])) == []
    with pytest.raises(ScenarioError, match="below zero"), opened(Place(name), print) as cluster:
        list(cluster.results(squared, [(3,), (-1,)]))


@pytest.mark.parametrize("name", FAKES)
def test_a_cluster_left_without_workers_is_said_once_each_time(monkeypatch, name):
    put(monkeypatch, name)
    monkeypatch.setattr("scenarios.cluster._LOOK_AGAIN", 0.001)
    looks, said = [0, 0, 2, 2, 0, 0, 3], []
    counted = {"dask": lambda _: {"a": looks.pop(0)}, "ray": lambda: {"CPU": looks.pop(0)}}[name]
    module = sys.modules["distributed" if name == "dask" else name]
    monkeypatch.setattr(*((module.Client, "nthreads") if name == "dask" else (module, "cluster_resources")), counted)
    with opened(Place(name), said.append):
        assert within(10.0, lambda: not looks)
    assert [text.partition(":")[0] for text in said] == [f"the {name.title()} cluster has no workers"] * 2


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes below another are read from /proc")
def test_processes_end_with_the_command_that_is_killed(tmp_path):
    """A command that is killed can end nobody; its processes would finish what waits for them, and stay."""
    asks = f"{__name__.partition('.')[0]}.cli.test_clusters"
    code = f"import {asks} as asks\nwith asks.opened(asks.Place('processes', workers=2), print) as cluster:\n"
    code += "    list(cluster.results(asks.slept, [(str(k), 60.0) for k in range(8)]))\n"
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    command = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=env)
    try:
        assert within(60.0, lambda: len(list(tmp_path.glob("*.begun"))) == 2)
        begun = below(command.pid)
    finally:
        command.kill()
        command.wait()
    assert begun
    assert within(20.0, lambda: not any(works(pid) for pid in begun))
    assert len(list(tmp_path.glob("*.begun"))) == 2
    assert not list(Path("/dev/shm").glob(f"*{command.pid}[-_]*"))


def test_processes_run_nothing_that_lies_in_the_current_folder(tmp_path):
    """Interpreters that joblib begins look there first; a scenario may have come with files of any name."""
    for name in ("joblib", "multiprocessing", "random", "numpy"):
        (tmp_path / f"{name}.py").write_text(f"import os\nos.mkdir('ran-{name}')\n")
    asks = f"{__name__.partition('.')[0]}.cli.test_clusters"
    code = f"import {asks} as asks\nwith asks.opened(asks.Place('processes', workers=2), print) as cluster:\n"
    code += "    print(sorted(cluster.results(asks.squared, [(2,), (3,)])))\n"
    env = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    env |= {"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert not list(tmp_path.glob("ran-*")), done.stderr
    assert done.stdout == "[(0, 4), (1, 9)]\n", done.stderr


def slept(name, seconds):
    Path(f"{name}.begun").touch()
    time.sleep(seconds)
