"""The trades of a run as its page carries them, for search: the latest of each policy where they are too many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray

#: Fills that a page carries, over all policies.
_MOST: Final = 24_000
_DIGITS: Final = 7  # of shares and prices
_COST_DIGITS: Final = 4


class Blotter(NamedTuple):
    """What the page carries: columns as text for its script, and what was left out, a line a policy."""

    columns: str
    left_out: list[str]


def blotter(fills: pd.DataFrame, policies: Sequence[str], most: int = _MOST) -> Blotter:
    """Of a table of trades, the latest fills of each policy: all of those that have few, and as many of the others.

    Quantities are in shares, costs in currency.

    Parameters
    ----------
    fills
        As :func:`.spreadsheets.trades_table` has them, in order of date within a policy.
    policies
        Their names in the order of the page.
    most
        Fills over all policies.
    """
    counts = {name: int((fills["policy"] == name).sum()) for name in policies}
    share = fair_share(list(counts.values()), most)
    parts = [fills[fills["policy"] == name].tail(share) for name in policies]
    kept = pd.concat(parts, ignore_index=True)
    left_out = [
        f"of {name} the latest {len(part):,} of {counts[name]:,}, from {part['date'].iloc[0]} on"
        for name, part in zip(policies, parts, strict=True)
        if 0 < len(part) < counts[name]
    ]
    return Blotter(json.dumps(_columns(kept, policies), separators=(",", ":")), left_out)


def fair_share(counts: Sequence[int], most: int) -> int:
    """The largest number such that so many of each, or all of those with fewer, are ``most`` at most; 1 at least."""
    low, high = 1, max([*counts, 1])
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(min(count, middle) for count in counts) <= most else (low, middle - 1)
    return low


def _columns(fills: pd.DataFrame, policies: Sequence[str]) -> dict[str, Any]:
    """Names once each, and columns of numbers: places of names, signed shares, prices and costs."""
    days, day = np.unique([str(value) for value in fills["date"]], return_inverse=True)
    assets, asset = np.unique([str(value) for value in fills["asset"]], return_inverse=True)
    place = {name: number for number, name in enumerate(policies)}
    sign = np.where(fills["side"].to_numpy() == "sell", -1.0, 1.0)
    return {
        "policies": list(policies),
        "days": days.tolist(),
        "assets": assets.tolist(),
        "policy": [place[name] for name in fills["policy"]],
        "day": day.tolist(),
        "asset": asset.tolist(),
        "shares": _short(sign * fills["shares"].to_numpy(np.float64), _DIGITS),
        "price": _short(fills["price"].to_numpy(np.float64), _DIGITS),
        "cost": _short(fills["cost"].to_numpy(np.float64), _COST_DIGITS),
    }


def _short(values: FloatArray, digits: int) -> list[float]:
    """Numbers with so many digits."""
    return [float(f"{value:.{digits}g}") for value in values]
