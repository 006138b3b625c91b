"""``python -m tests.kill.rounds``: a sweep over paths that loses a worker, or is killed whole and begun again.

Each round kills at a random moment, after some chunks are finished and before all are: ``worker`` one process that
computes chunks, ``run`` the command itself, in every other round with all processes below it at once. With ``shards``
four shards are killed in random order and begun again, then merged. In the end every file is that of a sweep which
nothing disturbed, no chunk that was finished has been written a second time, and nothing else is there: beside the
target, among temporary files, in shared memory, or as a process. ``stress`` does the same for ``undertow stress``,
which keeps nothing on its way and is killed after a random time.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.sweeping import write_small

from .processes import below, kill, marked, within, workers, works

#: By backend, the library that it needs.
BACKENDS = {"threads": None, "processes": "joblib", "dask": "distributed", "ray": "ray", "shards": None}
#: What can be killed there.
WHAT = {"threads": ("run",), "processes": ("worker", "run"), "dask": ("worker", "run"), "ray": ("worker", "run")} | {
    "shards": ("run",)
}
#: Three policies, of which one follows a signal, on history and 27 paths: 84 runs in 21 chunks.
SWEEP = ("sweep", "small.toml", "--data", "data", "--quiet", "--paths", "27", "--chunk", "4")
STRESS = ("stress", "small.toml", "--data", "data", "--quiet", "--shock", "price-gap:size=-0.2", "--severity", "0:2:9")
_SHARDS = 4
_LONGEST = 600.0  # seconds that a command may take on a busy machine
_PATIENCE = 120.0  # seconds in which processes end whose command was killed: they may have only just begun
_TRIES = 5
_MARK = "UNDERTOW_KILL_ROUND"
_SEEN = ("data", "small.toml", "out")


#: Clusters that outlive commands: they print their address and wait.
STANDING = {
    "dask": "from distributed import LocalCluster\nif __name__ == '__main__':\n"
    "    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)\n"
    "    print(cluster.scheduler_address, flush=True)\n    import time\n    time.sleep(1e6)\n",
    "ray": "import ray, time\nbegun = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)\n"
    "print(begun.address_info['gcs_address'], flush=True)\ntime.sleep(1e6)\n",
}


class Standing(NamedTuple):
    """A cluster that commands find at an address, and the process below which its workers are."""

    address: str
    pid: int


class Missed(Exception):
    """A command had ended before it could be killed."""


@dataclass(frozen=True)
class Home:
    """Where rounds take place: ``home`` is the current folder of commands, ``tmp`` has their temporary files.

    Attributes
    ----------
    root
        Holds both, and what commands said and wrote down.
    backend, command
        How the work is done, and which it is.
    whole
        What an undisturbed command writes: content by name.
    chunks
        How many of them a sweep has.
    seconds
        What an undisturbed command takes on this backend.
    standing
        A cluster that all commands share; ``None`` where each has its own.
    """

    root: Path
    backend: str
    command: str
    whole: dict[str, bytes]
    chunks: int = 0
    seconds: float = 0.0
    standing: Standing | None = None

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def mark(self) -> str:
        return f"{_MARK}={self.root}"

    def words(self, *more: str) -> list[str]:
        """The command line."""
        where = [] if self.backend == "shards" else ["--backend", self.backend]
        size = ["--workers", "2"] if self.standing is None else ["--address", self.standing.address]
        asked = STRESS if self.command == "stress" else SWEEP
        return [*asked, *where, *size, "--out", "out", *more]

    def workers(self, asking: int) -> list[int]:
        """The processes that compute for a command."""
        return workers(asking if self.standing is None else self.standing.pid, self.backend)

    def begun(self, words: Sequence[str]) -> Running:
        """A command in a child that has everything imported already."""
        log, written = self.root / "log", self.root / "written"
        written.write_text("")
        child = os.fork()
        if child == 0:
            try:
                os._exit(_carried_out(words, log, written))
            finally:
                os._exit(98)
        return Running(self, child)

    def kept(self, folder: str = "out.work") -> set[str]:
        """Names of the chunks that are finished."""
        return {path.name for path in (self.home / folder).glob("chunk-*.parquet")}

    def check(self, said: str, pids: Sequence[int]) -> None:
        """Raise unless what is there is what there should be, and nothing else."""
        gone = within(_PATIENCE, lambda: not marked(self.mark))
        orphans = [(pid, Path(f"/proc/{pid}/cmdline").read_bytes()[:80]) for pid in marked(self.mark)]
        kill([pid for pid, _ in orphans])
        assert gone, f"{said}: processes stayed: {orphans}"
        found = contents(self.home / "out")
        other = sorted(name for name in {*found, *self.whole} if found.get(name) != self.whole.get(name))
        assert not other, f"{said}: other bytes in {other}"
        left = [path.name for path in self.home.iterdir() if path.name not in _SEEN]
        left += [path.name for path in (self.root / "tmp").iterdir() if not _is_a_library_s(path)]
        left += [path.name for path in shared(pids)]
        assert not left, f"{said}: left {left}"


@dataclass
class Running:
    """A command on its way."""

    at: Home
    pid: int
    status: int | None = None

    def ended(self) -> bool:
        """Whether it has."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def finish(self, said: str) -> None:
        """Wait until it has ended well."""
        within(_LONGEST, self.ended, 0.01)
        if not self.ended():
            kill([*below(self.pid), self.pid])
            raise AssertionError(f"{said}: did not end")
        assert self.status == 0, f"{said}: status {self.status}: {(self.at.root / 'log').read_text()}"

    def kill(self, *, tree: bool) -> list[int]:
        """SIGKILL to it, and to all below it; return whom it had begun."""
        with_it = below(self.pid)
        kill([self.pid, *(with_it if tree else ())])
        within(10.0, self.ended, 0.005)
        return [self.pid, *with_it]

    def wrote(self) -> list[str]:
        """Names of the chunks that it wrote, in order."""
        return (self.at.root / "written").read_text().split()


def _carried_out(words: Sequence[str], log: Path, written: Path) -> int:
    """The command in a child, which notes each chunk that it writes."""
    os.setsid()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    from scenarios.cli import main
    from scenarios.sweep.store import Store

    write = Store.write

    def noting(store: Store, chunk, figures) -> None:  # type: ignore[no-untyped-def]
        write(store, chunk, figures)
        with written.open("a") as notes:
            notes.writelines(f"{path.name}\n" for path in store.folder.glob(f"chunk-{chunk.number:06d}*.parquet"))

    Store.write = noting  # type: ignore[method-assign]
    status = main(list(words))
    sys.stdout.flush()
    threading._shutdown()  # as an interpreter does that ends by itself
    atexit._run_exitfuncs()
    return status


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by its name there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shared(pids: Sequence[int]) -> list[Path]:
    """What processes share in memory, by the names that joblib gives it."""
    return [
        path
        for path in Path("/dev/shm").iterdir()
        if any(f"{mark}{pid}{mark}" in path.name for pid in pids for mark in "-_")
    ]


def _is_a_library_s(path: Path) -> bool:
    """What Ray keeps of its sessions, killed or not, and where Dask looks for what killed workers have left."""
    return path.name in ("ray", "dask-scratch-space")


def worker_killed(at: Home, rng: np.random.Generator) -> str:
    """A sweep one of whose workers is killed; return when."""
    running, many = at.begun(at.words()), int(rng.integers(1, at.chunks // 2))
    wait = rng.uniform(0.2, 0.9) * at.seconds
    killed: list[int] = []
    began = time.monotonic()
    while not running.ended() and not killed and time.monotonic() - began < _LONGEST:
        ready = len(at.kept()) >= many if at.command == "sweep" else time.monotonic() - began > wait
        found = at.workers(running.pid) if ready else []
        killed = [int(rng.choice(found))] if found else []
        kill(killed)
        time.sleep(0.001)
    there = len(at.kept())
    pids = [running.pid, *below(running.pid)]
    said = f"worker killed after {there} of {at.chunks} chunks" if at.command == "sweep" else "worker killed"
    running.finish(said)
    if not killed:
        raise Missed
    wrote = running.wrote()
    assert len(wrote) == len(set(wrote)) == at.chunks, f"{said}: {len(wrote)} chunks written"
    at.check(said, [*pids, *killed])
    return said


def run_killed(at: Home, rng: np.random.Generator, tree: bool) -> str:
    """A command that is killed and begun again; return when."""
    pids, said, kept = _killed(at, at.words(), "out.work", at.chunks, rng, tree)
    again = at.begun(at.words())
    again.finish(f"{said}, begun again")
    _check_none_twice(said, kept, again.wrote(), at.chunks)
    at.check(said, pids)
    return said


def shards_killed(at: Home, rng: np.random.Generator, tree: bool) -> str:
    """Four shards in random order, each killed and begun again, then merged."""
    pids, told, total = [], [], 0
    for number in rng.permutation(_SHARDS) + 1:
        words, folder = at.words("--shard", f"{number}/{_SHARDS}"), f"out.shards/{number}-of-{_SHARDS}"
        first, last = (at.chunks * (number - back) // _SHARDS for back in (1, 0))
        with_it, said, kept = _killed(at, words, folder, last - first, rng, tree)
        again = at.begun(words)
        again.finish(f"shard {number}: {said}, begun again")
        _check_none_twice(said, kept, again.wrote(), last - first)
        pids, total = [*pids, *with_it], total + last - first
        told.append(f"{number}: {len(kept)} of {last - first}")
    assert total == at.chunks
    at.begun(["sweep", "--merge", "out", "--quiet"]).finish("merge")
    said = f"shards killed after chunks {', '.join(told)}"
    at.check(said, pids)
    return said


def _killed(
    at: Home, words: Sequence[str], folder: str, chunks: int, rng: np.random.Generator, tree: bool
) -> tuple[list[int], str, set[str]]:
    """Kill a command in the middle: whom it had begun, when it was, and the chunks that it had finished."""
    running, many = at.begun(words), int(rng.integers(1, max(2, 2 * chunks // 3)))
    wait = rng.uniform(0.1, 0.9) * at.seconds
    began = time.monotonic()
    while not running.ended() and time.monotonic() - began < _LONGEST:
        if len(at.kept(folder)) >= many if at.command == "sweep" else time.monotonic() - began > wait:
            break
        time.sleep(0.001)
    pids, kept = running.kill(tree=tree), at.kept(folder)
    said = f"{'tree' if tree else 'command'} killed after {len(kept)} of {chunks} chunks"
    said = said if at.command == "sweep" else f"{'tree' if tree else 'command'} killed after {wait:.2f} s"
    if running.status == 0:
        raise Missed
    assert running.status == -signal.SIGKILL, f"{said}: status {running.status}: {(at.root / 'log').read_text()}"
    assert not (at.home / "out").exists(), f"{said}: something lies under the target's name"
    assert within(_PATIENCE, lambda: not any(works(pid) for pid in pids)), f"{said}: processes stayed"
    if tree:  # nobody is left who could remove what joblib's processes shared: not a fault of anybody's
        for path in shared(pids):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return pids, said, kept


def _check_none_twice(said: str, kept: set[str], wrote: Sequence[str], chunks: int) -> None:
    twice = kept & set(wrote)
    assert not twice, f"{said}: {len(twice)} finished chunks were computed again"
    assert len(kept) + len(wrote) == chunks, f"{said}: {len(kept)} kept and {len(wrote)} written are not {chunks}"


def _round(at: Home, what: str, rng: np.random.Generator, number: int) -> str:
    if what == "worker":
        return worker_killed(at, rng)
    killed: Callable[..., str] = shards_killed if at.backend == "shards" else run_killed
    return killed(at, rng, tree=bool(number % 2))


def hunt(backend: str, what: str, command: str, rounds: int, seed: int, *, standing: bool = False) -> int:
    """Some rounds of a kind; return how many of them left something wrong."""
    name, faults = f"{command} {backend}/{what}{' of a standing cluster' if standing else ''}", 0
    with _entered(backend, command, standing) as at:
        rng, number = np.random.default_rng(seed), 0
        while number < rounds:
            _reset(at)
            try:
                print(f"{name} {number + 1}: {_round(at, what, rng, number)}", file=sys.stderr, flush=True)
            except Missed:
                continue  # nothing was killed: no round
            except AssertionError as error:
                faults += 1
                print(f"{name} {number + 1}: FAULT {error}", file=sys.stderr, flush=True)
            number += 1
        print(f"{name}: {rounds} rounds, {faults} faults", flush=True)
    return faults


def _reset(at: Home) -> None:
    kill(marked(at.mark))
    for path in at.home.iterdir():
        if path.name not in _SEEN[:2]:
            shutil.rmtree(path)
    shutil.rmtree(at.root / "tmp")
    (at.root / "tmp").mkdir()


@contextmanager
def _entered(backend: str, command: str, standing: bool) -> Iterator[Home]:
    """A furnished home that is the current folder, with what an undisturbed command on one thread writes."""
    from scenarios.cli import main

    root = Path(tempfile.mkdtemp(prefix="k")).resolve()  # a short name: Ray's sockets lie below it
    try:
        (root / "home").mkdir()
        (root / "tmp").mkdir()
        write_small(root / "home")
        os.chdir(root / "home")
        os.environ |= {"TMPDIR": str(root / "tmp"), "RAY_TMPDIR": str(root / "tmp"), _MARK: str(root)}
        os.environ["RAY_AUTH_MODE"] = "disabled"  # its token lies in a home, and commands here have another
        tempfile.tempdir = None
        os.environ.pop("UNDERTOW_DATA", None)
        with redirect_stdout(io.StringIO()):
            assert main([*(STRESS if command == "stress" else SWEEP), "--workers", "1", "--out", "out"]) == 0
        at = Home(root, backend, command, contents(root / "home" / "out"))
        _reset(at)
        with _begun_once(backend, root / "cluster") if standing else nullcontext() as cluster:
            try:
                yield _measured(replace(at, standing=cluster))
            finally:
                kill(marked(at.mark))
    finally:
        os.chdir("/")
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _begun_once(backend: str, folder: Path) -> Iterator[Standing]:
    """A cluster of two workers on this machine, with temporary files of its own, until the end of the block."""
    folder.mkdir()
    env = {key: value for key, value in os.environ.items() if key != _MARK}
    env |= {"TMPDIR": str(folder), "RAY_TMPDIR": str(folder)}
    words = [sys.executable, "-P", "-c", STANDING[backend]]
    for _ in range(_TRIES):  # a busy machine is slow to begin one
        cluster = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)
        address = cluster.stdout.readline().strip() if cluster.stdout is not None else ""
        if address:
            break
        cluster.wait()
    try:
        assert address, "no cluster has begun"
        yield Standing(address, cluster.pid)
    finally:
        kill([cluster.pid, *below(cluster.pid)])
        cluster.wait()


def _measured(at: Home) -> Home:
    """The same, with how many chunks there are and how long a whole command takes."""
    began = time.monotonic()
    running = at.begun(at.words())
    running.finish("undisturbed")
    seconds, chunks = time.monotonic() - began, len(running.wrote())
    at.check("undisturbed", [])
    return replace(at, chunks=chunks, seconds=seconds)


def is_there(backend: str) -> bool:
    """Whether what a backend needs is installed."""
    library = BACKENDS[backend]
    return library is None or importlib.util.find_spec(library) is not None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", choices=BACKENDS, action="append", help="default: all that are installed")
    parser.add_argument("--what", choices=("worker", "run"), action="append", help="what is killed (default: both)")
    parser.add_argument("--command", choices=("sweep", "stress"), default="sweep")
    parser.add_argument("--standing", action="store_true", help="one Dask or Ray cluster for all rounds (--address)")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = 0
    for backend_name in given.backend or filter(is_there, BACKENDS):
        for what_name in WHAT[backend_name]:
            if what_name in (given.what or WHAT[backend_name]):
                wrong += hunt(backend_name, what_name, given.command, given.rounds, given.seed, standing=given.standing)
    sys.exit(1 if wrong else 0)
