"""Work in other processes that ends when the process that asked for it has ended, however that came about.

A process that is killed tells nobody. Those of joblib's pool then finish what waits for them, which may be hours of
work that nobody wants, and stay for five minutes more.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, ParamSpec, TypeVar

from .processes import runs

P = ParamSpec("P")
R = TypeVar("R")

_SECONDS: Final = 1.0  # between two looks
_watching = threading.Event()


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
