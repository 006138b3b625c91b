"""Which bounds bit, how often and how hard."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray, IntArray
from simulator.ledger import Kind, RunRecord
from simulator.ledger.events import COMPONENT_NAMES
from simulator.ledger.record import ratio


class LimitMetrics(NamedTuple):
    """What one bound held back.

    ``kind`` is ``"limit"`` (a trade or a target was cut) or ``"breach"`` (drift exceeded a holding bound; its
    excess is measured on the session it begins). ``cut`` is in currency and ``cut_of_nav`` the sum over sessions of
    each one's share of nav; ``largest`` and ``largest_of_nav`` are those of the worst session. A carried trade that
    is held back on several sessions counts on each.
    """

    kind: str
    limit: str
    sessions: int
    events: int
    first: str
    last: str
    cut: float
    cut_of_nav: float
    largest: float
    largest_of_nav: float

    @property
    def mean_of_nav(self) -> float:
        """Mean share of nav held back on a session on which it bit."""
        return self.cut_of_nav / self.sessions


def limit_metrics(record: RunRecord) -> tuple[LimitMetrics, ...]:
    """One row for each bound that bit, limits before breaches, the one that cut most of nav first."""
    found = [
        _of_component(record, kind, int(component))
        for kind in (Kind.LIMIT, Kind.BREACH)
        for component in np.unique(record.stream["component"][record.stream["kind"] == kind])
    ]
    return tuple(sorted(found, key=lambda row: (row.kind != "limit", -row.cut_of_nav, row.limit)))


def _of_component(record: RunRecord, kind: Kind, component: int) -> LimitMetrics:
    days, amounts = limit_days(record, kind, component)
    chosen = (record.stream["kind"] == kind) & (record.stream["component"] == component)
    shares = ratio(amounts, record.out.nav[days], 0.0)
    return LimitMetrics(
        kind=kind.name.lower(),
        limit=COMPONENT_NAMES[component],
        sessions=days.size,
        events=int(chosen.sum()),
        first=str(record.sessions[days[0]]),
        last=str(record.sessions[days[-1]]),
        cut=float(amounts.sum()),
        cut_of_nav=float(shares.sum()),
        largest=float(amounts.max()),
        largest_of_nav=float(shares.max()),
    )


def limit_days(record: RunRecord, kind: Kind, component: int | None = None) -> tuple[IntArray, FloatArray]:
    """Sessions (rows of the run) on which a bound bit, and the notional it cut on each."""
    chosen = record.stream["kind"] == kind
    if component is not None:
        chosen &= record.stream["component"] == component
    part = record.stream[chosen]
    days, where = np.unique(part["session"], return_inverse=True)
    cut = np.bincount(where, weights=part["amount"], minlength=days.size).astype(np.float64)
    return days.astype(np.int64), cut
