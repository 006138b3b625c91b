"""The figures of one policy, as ``metrics.json`` states them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.ledger import RunRecord

from .arrays import RunArrays
from .flow_measures import FLOWS
from .limits import LimitMetrics, limit_metrics
from .measure import Figure, Figures, computed
from .registry import POLICY
from .windows import WindowMetrics, windows_of


class FlowMetrics(Figures):
    """Investors' money: the measures of :data:`~simulator.metrics.flow_measures.FLOWS`; all zero without flows."""


class PolicyMetrics(Figures):
    """The measures of :data:`~simulator.metrics.registry.POLICY`, as attributes and by name.

    Fractions, not percent; drawdowns negative; ``None`` where undefined.

    Attributes
    ----------
    windows
        The crises that the run holds wholly.
    limits
        One row for each bound that bit, limits before breaches.
    flows
        How investors' money moved.
    """

    def __init__(
        self,
        values: Mapping[str, Figure],
        windows: tuple[WindowMetrics, ...],
        limits: tuple[LimitMetrics, ...],
        flows: FlowMetrics,
    ) -> None:
        super().__init__(values)
        self.windows, self.limits, self.flows = windows, limits, flows

    def as_dict(self) -> dict[str, Any]:
        """The form of ``metrics.json``."""
        plain: dict[str, Any] = {
            name: value for name, value in dict(self).items() if value is not None or not POLICY[name].optional
        }
        plain["windows"] = {f"{window.start}_{window.end}": dict(window) for window in self.windows}
        for table, kind in (("limits", "limit"), ("breaches", "breach")):
            plain[table] = {row.limit: _figures(row) for row in self.limits if row.kind == kind}
        plain["flows"] = dict(self.flows)
        return plain


def _figures(row: LimitMetrics) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if name not in ("kind", "limit")}


def policy_metrics(record: RunRecord) -> PolicyMetrics:
    """Compute every figure of a run that kept its daily arrays and events."""
    run = RunArrays(record)
    return PolicyMetrics(
        computed(POLICY, run),
        windows=tuple(windows_of(run)),
        limits=limit_metrics(record),
        flows=FlowMetrics(computed(FLOWS, run)),
    )


def flow_metrics(record: RunRecord) -> FlowMetrics:
    """How investors' money moved; all zero without flows."""
    return FlowMetrics(computed(FLOWS, RunArrays(record)))
