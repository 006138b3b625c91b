"""Stand-ins for the libraries of clusters, with the parts of their interfaces that are used.

Work is done here, pickled there and back as if it were elsewhere, and finished in another order than it was begun.
"""

from __future__ import annotations

import pickle
import types
from typing import Any


def elsewhere(call, *unit):
    """What a call gives on another machine: all that crosses is pickled."""
    call, unit = pickle.loads(pickle.dumps((call, unit)))
    return pickle.loads(pickle.dumps(call(*unit)))


def fake_dask(lose: int | None = None) -> dict[str, Any]:  # noqa: C901 - classes of a module
    """The modules of Dask; with ``lose`` the task of that number is given up."""
    made = []

    class Future:
        def __init__(self, call, unit):
            self.key, self.call, self.unit = f"task-{len(made)}", call, unit
            made.append(self)

        def result(self):
            if lose is not None and self.key == f"task-{lose}":
                raise scheduler.KilledWorker("Attempted to run task on 4 workers")
            return elsewhere(self.call, *self.unit)

    class Client:
        def __init__(self, address=None, timeout=None, n_workers=None, threads_per_worker=1, dashboard_address=None):
            if address == "tcp://nowhere:1":
                raise OSError("Timed out trying to connect to tcp://nowhere:1 after 20 s")
            self.threads = {"a": 1, "b": 1}

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def nthreads(self):
            return self.threads

        def submit(self, call, *unit, pure):
            assert pure is False  # keys of pure tasks are hashes of their arguments
            return Future(call, unit)

    class AsCompleted:
        def __init__(self, futures):
            self.waiting = list(futures)

        def add(self, future):
            self.waiting.append(future)

        def __iter__(self):
            while self.waiting:
                yield self.waiting.pop()  # the last begun is finished first

    scheduler = types.ModuleType("distributed.scheduler")
    scheduler.KilledWorker = type("KilledWorker", (Exception,), {})
    module = types.ModuleType("distributed")
    module.Client, module.as_completed, module.scheduler = Client, AsCompleted, scheduler
    module.CancelledError = type("CancelledError", (Exception,), {})
    module.made = made
    return {"distributed": module, "distributed.scheduler": scheduler}


def fake_ray(lose: int | None = None) -> dict[str, Any]:
    """The modules of Ray; with ``lose`` the task of that number is given up."""
    made: list[Any] = []
    exceptions = types.ModuleType("ray.exceptions")
    exceptions.RayError = type("RayError", (Exception,), {})
    exceptions.RayTaskError = type("RayTaskError", (exceptions.RayError,), {"cause": None})
    module = types.ModuleType("ray")

    def init(address=None, num_cpus=None, include_dashboard=None, log_to_driver=None, logging_level=None):
        if address == "nowhere:1":
            raise ConnectionError("could not find any running Ray instance at nowhere:1")
        if address == "late:1":
            raise Exception("The current node timed out during startup.")
        assert not module.open
        module.open = True

    def shutdown():
        module.open = False

    def remote(max_retries):
        assert max_retries > 0

        def of(call):
            def begin(*unit):
                made.append((call, unit))
                return len(made) - 1

            return types.SimpleNamespace(remote=begin)

        return of

    def wait(waiting, num_returns):
        return waiting[-num_returns:], waiting[:-num_returns]

    def get(number):
        if number == lose:
            raise exceptions.RayError("the worker died unexpectedly")
        call, unit = made[number]
        return elsewhere(call, *unit)

    module.open, module.made = False, made
    module.init, module.shutdown, module.remote, module.wait, module.get = init, shutdown, remote, wait, get
    module.cluster_resources = lambda: {"CPU": 2.0}
    module.cancel = lambda number, force: None
    module.exceptions = exceptions
    return {"ray": module, "ray.exceptions": exceptions}


FAKES = {"dask": fake_dask, "ray": fake_ray}
