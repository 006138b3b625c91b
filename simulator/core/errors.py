"""One error family: every message says what was wrong, where, and what to do.

The command line turns an :class:`UndertowError` into one line on stderr and exit status 2. Anything else,
:class:`ReconciliationError` included, is a defect of Undertow itself and exits 1 with a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UndertowError(Exception):
    """Base of every error Undertow raises on purpose."""


class DataError(UndertowError):
    """Market data or an exogenous series cannot be used as given."""


class NoPricesError(DataError):
    """There is no history of an asset that is asked for: ``asset``, empty where a message was made anew."""

    def __init__(self, message: str, asset: str = "") -> None:
        super().__init__(message)
        self.asset = asset


class ScenarioError(UndertowError):
    """A scenario file, or an override of one of its keys, is wrong."""


class PluginError(UndertowError):
    """A signal, policy, cost model or shock of the user's own cannot be loaded or breaks its contract."""


class ParameterError(UndertowError):
    """A parameter is outside the range in which it means something."""


class ConvergenceError(UndertowError):
    """What answers to itself does not settle: there is no price at which everybody's trades fit it."""


class ReconciliationError(UndertowError):
    """The books do not balance: a defect of the engine, never of the input."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name nearest to ``name``, or the list of known ones."""
    known = sorted(known)
    folded = {name.casefold(): name for name in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def shown(value: object, most: int = 80) -> str:
    """Return ``repr(value)`` cut to ``most`` characters, whatever the value: too deep, too long or too many digits."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):
        return f"a {type(value).__name__} too large to be shown"
    return text if len(text) <= most else f"{text[: most - 3]}..."
