"""What no market or broker would have done: fills above the volume, impact that eats a book, a book below zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from simulator.core import abi
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.ledger import Kind

#: A fill larger than this share of all that was traded in the asset that day could not have happened: there was nobody
#: else left to trade with.
MOST_OF_VOLUME: Final = 1.0
#: Impact above this share of nav on one fill is beyond what its law knows: it was fitted to orders whose impact is some
#: basis points of their own price (Almgren et al. 2005, up to 0.1 of a day's volume), not per cents of a whole book.
MOST_OF_NAV: Final = 0.02
#: So many policies are named; of the others their number is.
NAMED: Final = 3


class Worst(NamedTuple):
    """The worst fill of a policy, and how many were too large.

    ``share`` is a fraction, of the volume of the day or of nav.
    """

    share: float
    asset: str
    day: str
    fills: int

    @property
    def when(self) -> str:
        """Its day, and how many such fills there were."""
        return f"{self.day} ({self.fills:,} such {'fill' if self.fills == 1 else 'fills'})"


def impossible(results: Mapping[str, RunResult]) -> Iterator[str]:
    """A sentence for each kind of thing that could not have been, if any policy did it."""
    over = {name: result for name, result in results.items() if result.ruined is not None}
    if over:
        yield f"worth nothing or less, and over from then on: {_list([_ruin(name, run) for name, run in over.items()])}"
    uncapped = {name: run for name, run in results.items() if np.isinf(run.run.limits.participation)}
    traded = {name: worst for name, run in uncapped.items() if (worst := largest_fill(run)) is not None}
    if traded:
        found = [
            f"{name} traded {assets.share:,.1f} times the day's volume of {assets.asset} on {assets.when}"
            for name, assets in traded.items()
        ]
        yield f"fills above all that was traded that day, for no max_participation is stated: {_list(found)}"
    moved = {name: worst for name, run in results.items() if (worst := largest_impact(run)) is not None}
    if moved:
        found = [
            f"{name} paid {assets.share:.1%} of its nav for the impact of one fill of {assets.asset} on {assets.when}"
            for name, assets in moved.items()
        ]
        yield f"impact above {MOST_OF_NAV:.0%} of nav on one fill, more than its law was fitted to: {_list(found)}"


def _list(found: list[str]) -> str:
    more = len(found) - NAMED
    return "; ".join([*found[:NAMED], *([f"and {more:,} more"] if more > 0 else [])])


def _ruin(name: str, run: RunResult) -> str:
    assert run.ruined is not None
    return f"{name} from {run.sessions[run.ruined]} on (nav {run.out.nav[run.ruined]:,.0f}, closed out at its marks)"


def largest_fill(run: RunResult) -> Worst | None:
    """The largest fill by the day's volume, where any is above :data:`MOST_OF_VOLUME` of it."""
    fills = run.stream[(run.stream["kind"] == Kind.FILL) & (run.stream["price"] > 0.0)]
    volumes = run.run.costs.volume
    t, i = fills["session"], fills["asset"]
    volume = volumes[np.zeros_like(t) if len(volumes) == 1 else t, i]
    known = np.isfinite(volume) & (volume > 0.0) & (t != (-1 if run.ruined is None else run.ruined))
    share = np.divide(np.abs(fills["amount"]), volume, out=np.zeros(len(fills)), where=known)
    return _worst(run, share, MOST_OF_VOLUME, t, i)


def largest_impact(run: RunResult) -> Worst | None:
    """The largest impact of a fill by nav, where any is above :data:`MOST_OF_NAV` of it."""
    stream = run.stream
    paid = stream[(stream["kind"] == Kind.COST) & np.isin(stream["component"], (abi.TEMPORARY, abi.PERMANENT))]
    t, i = paid["session"].astype(np.int64), paid["asset"].astype(np.int64)
    # A fill's temporary and permanent impact are two events: added up by session and asset.
    key, where = np.unique(t * len(run.assets) + i, return_inverse=True)
    cost = np.bincount(where, weights=-paid["amount"], minlength=key.size).astype(np.float64)
    t, i = key // len(run.assets), key % len(run.assets)
    nav = run.opening_nav[t]
    share = np.divide(cost, nav, out=np.zeros(key.size), where=nav > 0.0)
    return _worst(run, share, MOST_OF_NAV, t, i)


def _worst(run: RunResult, share: FloatArray, most: float, t: FloatArray, i: FloatArray) -> Worst | None:
    over = share > most
    if not over.any():
        return None
    k = int(share.argmax())
    return Worst(float(share[k]), run.assets[int(i[k])], str(run.sessions[int(t[k])]), int(over.sum()))
