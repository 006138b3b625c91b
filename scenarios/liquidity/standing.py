"""What the measures of a book on a day leave out: claims that were not paid, and positions that nobody could trade."""

from __future__ import annotations

from typing import Any

from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.ledger import Kind
from simulator.ledger.events import NOTHING_LEFT


def standing(result: RunResult, row: int, values: FloatArray) -> dict[str, Any]:
    """At a close: what investors are owed, what was never paid up to it, and assets held that were not traded that day.

    Amounts are in currency. ``values`` (N,) are the long positions. An asset is not traded that is halted, or has no
    price or no volume that day.
    """
    traded = result.run.market.tradable[result.run.start + row]
    return {
        "owed": float(result.owed.iloc[row]),
        "never_paid": _never_paid(result, row),
        "untraded": [asset for i, asset in enumerate(result.assets) if values[i] > 0.0 and not traded[i]],
    }


def _never_paid(result: RunResult, row: int) -> float:
    stream = result.stream
    ended = (stream["kind"] == Kind.SHORTFALL) & (stream["component"] == NOTHING_LEFT) & (stream["session"] <= row)
    return float(stream["amount"][ended].sum())
