"""What policies asked for and never held: a lot dearer than the book, a day's volume of nothing, one session alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from simulator.core.types import IntArray
from simulator.engine import RunResult
from simulator.ledger import Kind
from simulator.ledger.events import LIMIT_NAMES

#: So many policies, and assets of one, are named; of the others their number is.
NAMED: Final = 3


def never_bought(results: Mapping[str, RunResult]) -> Iterator[str]:
    """A sentence where policies never held something that they had asked for, with what held it back."""
    found = [said for name, run in results.items() if (said := _said(name, run))]
    if found:
        more = len(found) - NAMED
        yield f"asked for and never held: {'; '.join([*found[:NAMED], *([f'and {more:,} more'] if more > 0 else [])])}"


def _said(name: str, run: RunResult) -> str:
    stream = run.stream
    filled = set(stream["asset"][(stream["kind"] == Kind.FILL) | (stream["kind"] == Kind.DELISTING)].tolist())
    held = set(np.flatnonzero(run.out.shares.any(axis=0)).tolist()) if run.out.shares is not None else set()
    asked = stream[np.isin(stream["kind"], (Kind.ORDER, Kind.LIMIT)) & (stream["asset"] >= 0)]
    if filled or held:  # what was asked for on the last session alone is still to come
        asked = asked[asked["session"] < len(run.sessions) - 1]
    lacking = [k for k in dict.fromkeys(asked["asset"].tolist()) if k not in filled | held]
    if not lacking:
        return "" if filled or held else _all_cut(name, run)
    limits = asked[(asked["kind"] == Kind.LIMIT) & np.isin(asked["asset"], lacking)]
    bound = _most_often(limits["component"])
    more = len(lacking) - NAMED
    assets = ", ".join([*(run.assets[k] for k in lacking[:NAMED]), *([f"{more:,} more"] if more > 0 else [])])
    why = f"held back by {bound}" if bound else "the run ends before an order fills"
    return f"{name} {assets} ({why})"


def _all_cut(name: str, run: RunResult) -> str:
    """Where every decision of a policy was cut to nothing before an order was made."""
    stream = run.stream
    bound = _most_often(stream["component"][stream["kind"] == Kind.LIMIT])
    return f"{name} anything at all (held back by {bound})" if bound else ""


def _most_often(components: IntArray) -> str:
    """The limit that bit most often; empty for none."""
    names = Counter(LIMIT_NAMES.get(int(component), "") for component in components)
    return next((limit for limit, _ in names.most_common() if limit), "")
