"""Imports without the collector of garbage."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected(module: str) -> Iterator[None]:
    """Leave the collector of garbage out while ``module`` is imported for the first time.

    Modules leave no garbage, but make a million objects, through all of which it would go a few times: a sixth of
    the time that imports take. What is there afterwards stays out of its sight.
    """
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
