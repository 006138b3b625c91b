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
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, ParamSpec, TypeVar

from .processes import runs

P = ParamSpec("P")
R = TypeVar("R")

_SECONDS: Final = 1.0  # between two looks
_watching = threading.Event()


def pool(workers: int, **how: Any) -> Any:
    """Joblib's pool of so many processes (-1 for one a core), and ``how`` it works; :class:`Bound` calls are for it."""
    from joblib import Parallel

    trust_no_folder()
    return Parallel(workers, **how)


def trust_no_folder() -> None:
    """Let every interpreter that this process begins from now on look for modules where they are installed."""
    os.environ["PYTHONSAFEPATH"] = "1"


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
