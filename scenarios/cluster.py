"""Units of work in other processes: of this machine, or of a Dask or a Ray cluster, in whatever order they finish.

No library of theirs is needed for anything else; each is imported where it is asked for. A unit is a call with
plain arguments that gives the same result wherever it is made, so that one whose worker has died is simply made again.
"""

from __future__ import annotations

import logging
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from simulator.core.errors import ScenarioError, UndertowError
from simulator.core.pools import Bound, pool, trusting_no_folder

R = TypeVar("R")
#: Names of what ``--backend`` takes.
BACKENDS: Final = ("processes", "dask", "ray")
_AHEAD: Final = 2  # units that wait for each that is worked on
_AGAIN: Final = 5  # times that a unit is made again whose worker has died
_LOOK_AGAIN: Final = 5.0  # seconds between two looks at whether a cluster has workers

#: Hears a sentence for people.
Say = Callable[[str], None]


class Cluster(Protocol):
    """Where units of work are made."""

    def results(self, call: Callable[..., R], units: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, R]]:
        """The place of each unit and what ``call(*unit)`` came to, as they finish.

        Raises
        ------
        UndertowError
            What a unit raised; or that the cluster was lost.
        """
        ...


@dataclass(frozen=True)
class Place:
    """Where a cluster is.

    Attributes
    ----------
    backend
        ``processes``, ``dask`` or ``ray``.
    address
        Of its scheduler or head; ``None`` for one of its own on this machine. Processes have none.
    workers
        Processes of one of its own; ``None`` for one a core.
    """

    backend: str
    address: str | None = None
    workers: int | None = None


@contextmanager
def opened(place: Place, say: Say) -> Iterator[Cluster]:
    """A cluster, left as it was found; one of its own ends with the block. ``say`` hears when it has no workers.

    Raises
    ------
    ScenarioError
        If its library is not installed, or it cannot be reached.
    """
    with _OPENED[place.backend](place, say) as cluster:
        yield cluster


@contextmanager
def _processes(place: Place, _: Say) -> Iterator[Cluster]:
    if place.address is not None:
        raise ScenarioError(
            f"--address {place.address}: --backend processes are of this machine; leave one of the two out"
        )
    yield _Processes(place.workers or -1)


class _Processes:
    def __init__(self, workers: int) -> None:
        self.workers = workers

    def results(self, call: Callable[..., R], units: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, R]]:
        from concurrent.futures.process import BrokenProcessPool

        from joblib import delayed

        left = dict(enumerate(units))
        for again in range(_AGAIN + 1):
            bound = delayed(Bound(_numbered))
            asked = [bound(number, call, *unit) for number, unit in left.items()]
            try:
                for number, found in pool(self.workers, return_as="generator_unordered", batch_size=1)(asked):
                    if isinstance(found, UndertowError):
                        raise found
                    del left[number]
                    yield number, found
            except BrokenProcessPool as error:
                if again == _AGAIN:
                    raise _lost("pool of processes", error) from None
            else:
                return


def _numbered(number: int, call: Callable[..., Any], *unit: Any) -> tuple[int, Any]:
    return number, _answer(call, *unit)


@contextmanager
def _dask(place: Place, say: Say) -> Iterator[Cluster]:
    try:
        from distributed import Client
    except ImportError:
        raise _lacking("dask") from None
    own = {"n_workers": place.workers, "threads_per_worker": 1, "dashboard_address": None}
    with trusting_no_folder():
        try:
            with warnings.catch_warnings():  # another cluster of this machine has the usual port of its pages
                warnings.filterwarnings("ignore", message=r"\s*Port \d+ is already in use")
                client = Client(**own) if place.address is None else Client(place.address, timeout=20)
        except Exception as error:  # noqa: BLE001 - whatever keeps a cluster from coming about
            raise _unreached(place, error) from None
        with _hushed("distributed"), client, _watched("Dask", lambda: sum(client.nthreads().values()), say):
            yield _Dask(client)


class _Dask:
    def __init__(self, client: Any) -> None:
        self.client = client

    def results(self, call: Callable[..., R], units: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, R]]:
        from distributed import CancelledError, as_completed
        from distributed.scheduler import KilledWorker

        todo = iter(enumerate(units))
        ahead = _AHEAD * max(sum(self.client.nthreads().values()), 1)
        places: dict[str, int] = {}

        def submitted(number: int) -> Any:
            future = self.client.submit(call, *units[number], pure=False)
            places[future.key] = number
            return future

        running = as_completed([submitted(number) for number, _ in islice(todo, ahead)])
        try:
            for future in running:
                found = future.result()
                number = places.pop(future.key)
                for further, _ in islice(todo, 1):
                    running.add(submitted(further))
                del future  # lets the cluster forget the result
                yield number, found
        except (KilledWorker, CancelledError, ImportError, OSError, TimeoutError) as error:
            raise _lost("Dask cluster", error) from None


@contextmanager
def _ray(place: Place, say: Say) -> Iterator[Cluster]:
    try:
        import ray
    except ImportError:
        raise _lacking("ray") from None
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    own = {"num_cpus": place.workers, "include_dashboard": False}
    with trusting_no_folder():
        try:
            ray.init(**(own if place.address is None else {"address": place.address}), **quiet)
        except Exception as error:  # noqa: BLE001 - a node that is late to start raises no other
            raise _unreached(place, error) from None
        try:
            with _watched("Ray", lambda: int(ray.cluster_resources().get("CPU", 0)), say):
                yield _Ray(ray)
        finally:
            ray.shutdown()


class _Ray:
    def __init__(self, ray: Any) -> None:
        self.ray = ray

    def results(self, call: Callable[..., R], units: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, R]]:
        ray = self.ray
        from ray.exceptions import RayError, RayTaskError

        # Ray makes a class of its own of what a task raises: errors come back as values instead.
        remote = ray.remote(max_retries=_AGAIN)(_answer)
        todo = iter(enumerate(units))
        ahead = _AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)
        running = {remote.remote(call, *unit): number for number, unit in islice(todo, ahead)}
        try:
            while running:
                (done, *_), _ = ray.wait(list(running), num_returns=1)
                number, found = running.pop(done), ray.get(done)
                if isinstance(found, UndertowError):
                    raise found
                for further, unit in islice(todo, 1):
                    running[remote.remote(call, *unit)] = further
                yield number, found
        except RayTaskError as error:
            if isinstance(error.cause, ImportError):
                raise _lost("Ray cluster", error.cause) from None
            raise  # a defect
        except RayError as error:
            raise _lost("Ray cluster", error) from None
        finally:
            for left in running:
                ray.cancel(left, force=True)


def _answer(call: Callable[..., Any], *unit: Any) -> Any:
    """What a call gives, or what of ours it raises."""
    try:
        return call(*unit)
    except UndertowError as error:
        return error


def check_same(here: object, there: object, what: str = "other data") -> None:
    """Raise :class:`ScenarioError` on a worker where what it has read is not what it was asked for."""
    if here != there:
        raise ScenarioError(
            f"a worker on {socket.gethostname()} has {what} than this process: it needs the same version and the same "
            "files at the same paths"
        )


@contextmanager
def _watched(name: str, threads: Callable[[], int], say: Say) -> Iterator[None]:
    """Say once each time that a cluster is left without workers, for whom units then wait."""
    over = threading.Event()

    def watch() -> None:
        manned = True
        while not over.is_set():
            try:
                now = threads() > 0
            except Exception:  # noqa: BLE001 - a cluster that is lost is for its units to say
                return
            if manned and not now:
                say(f"the {name} cluster has no workers: what is left waits until some come (Ctrl-C ends it)")
            manned = now
            over.wait(_LOOK_AGAIN)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


@contextmanager
def _hushed(name: str) -> Iterator[None]:
    """Without a library's remarks on workers that come and go."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _lacking(backend: str) -> ScenarioError:
    return ScenarioError(f"--backend {backend}: needs {backend}: pip install 'undertow[{backend}]' here and on workers")


def _unreached(place: Place, error: BaseException) -> ScenarioError:
    where = f"--address {place.address}" if place.address else f"--backend {place.backend}"
    return ScenarioError(f"{where}: no cluster answers there ({_brief(error)})")


def _lost(name: str, error: BaseException) -> ScenarioError:
    return ScenarioError(
        f"the {name} gave up a unit of work ({_brief(error)}); what is finished is kept, and the same command "
        "goes on from it"
    )


def _brief(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0][:160]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


_OPENED: Final = {"processes": _processes, "dask": _dask, "ray": _ray}
