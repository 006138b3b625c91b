"""Work in other processes: which run nothing that lies in the current folder, and end with the process that asks.

Python looks for modules in the current folder first where it is begun with ``-m`` or ``-c``, as joblib, Dask and
multiprocessing begin theirs: a ``joblib.py`` that came with somebody's scenario would run. And a process that is killed
tells nobody: those of joblib's pool then finish what waits for them, which may be hours of work that nobody wants, and
stay for five minutes more.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Generic, ParamSpec, TypeVar

from .processes import runs

P = ParamSpec("P")
R = TypeVar("R")

_SECONDS: Final = 1.0  # between two looks
_SAFE: Final = "PYTHONSAFEPATH"
_watching = threading.Event()
_changing = threading.Lock()
_before: Final[list[str | None]] = []  # what it was before each block that is open; the first is the user's


def pool(workers: int, **how: Any) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """What makes :class:`Bound` calls in so many processes of joblib's (-1 for one a core), ``how`` it says."""
    from joblib import Parallel

    def results(calls: Iterable[Any]) -> Iterator[Any]:
        with trusting_no_folder():
            yield from Parallel(workers, **how)(calls)

    return results


@contextmanager
def trusting_no_folder() -> Iterator[None]:
    """Let every interpreter that this process begins meanwhile look for modules where they are installed.

    The environment of the process is as it was once the last of these blocks has ended.
    """
    with _changing:
        _before.append(os.environ.get(_SAFE))
        os.environ[_SAFE] = "1"
    try:
        yield
    finally:
        with _changing:
            before = _before.pop()
            if not _before:
                _restore(before)


def _restore(before: str | None) -> None:
    if before is None:
        os.environ.pop(_SAFE, None)
    else:
        os.environ[_SAFE] = before


@dataclass(frozen=True)
class Bound(Generic[P, R]):
    """A call that another process may make, and that ends that process with the one which has made this.

    Attributes
    ----------
    call
        What is called: a function that can be found by its name.
    asker
        The process that asks.
    """

    call: Callable[P, R]
    asker: int = field(default_factory=os.getpid)

    def __call__(self, *args: P.args, **named: P.kwargs) -> R:
        """Call it."""
        if os.getpid() != self.asker and not _watching.is_set():
            _watching.set()
            above = os.getppid()
            threading.Thread(target=_end_after, args=(above, self.asker), name="undertow-orphan", daemon=True).start()
        return self.call(*args, **named)


def _end_after(above: int, asker: int) -> None:
    """End this process, and nothing else, once it belongs to another one or the asker has ended."""
    while os.getppid() == above and (above == asker or runs(asker)):
        time.sleep(_SECONDS)
    os._exit(1)
