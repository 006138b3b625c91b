"""What shocks did to a policy: shocked against unshocked, over the sessions that the shocks touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.metrics import SPAN, Measure, SpanMetrics, Stretch

from .text import written


@dataclass(frozen=True)
class ShockEffect:
    """Figures with and without the shocks.

    Attributes
    ----------
    start, end
        First and last session that the shocks touch, within the run.
    shocked, unshocked
        By policy.
    """

    start: str
    end: str
    shocked: Mapping[str, SpanMetrics]
    unshocked: Mapping[str, SpanMetrics]

    def titled(self, policies: Mapping[str, str]) -> ShockEffect:
        """The same for people to read: titles in place of names."""
        sides = [{policies[name]: figures for name, figures in side.items()} for side in (self.shocked, self.unshocked)]
        return replace(self, shocked=sides[0], unshocked=sides[1])

    def rows(self) -> Sequence[tuple[str, Sequence[tuple[str, str, str]]]]:
        """By policy, for each column: shocked, unshocked and the difference, as people read them."""
        return [(name, [self._cells(name, column) for column in SPAN.values()]) for name in self.shocked]

    def _cells(self, policy: str, column: Measure[Stretch]) -> tuple[str, str, str]:
        now, was = (side[policy][column.name] for side in (self.shocked, self.unshocked))
        change = None if now is None or was is None else now - was
        sign = "+" if change is not None and change > 0.0 else ""
        return written(column, now), written(column, was), sign + written(column, change)

    def as_dict(self) -> dict[str, Any]:
        """The form of ``metrics.json``."""
        sides = (("shocked", self.shocked), ("unshocked", self.unshocked))
        by_side = {side: {name: dict(figures) for name, figures in table.items()} for side, table in sides}
        return {"start": self.start, "end": self.end, **by_side}


def shock_table(effect: ShockEffect) -> str:
    """The comparison as text, for the terminal."""
    head = ["policy", *(f"{column.title.lower()} (without)" for column in SPAN.values())]
    rows = [head, *([name, *(f"{now} ({was})" for now, was, _ in cells)] for name, cells in effect.rows())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = [
        "  ".join(
            text.rjust(width) if i else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    caption = f"under the shocks, {effect.start} to {effect.end}, and without them:"
    return "\n".join([caption, "", lines[0], "-" * len(lines[0]), *lines[1:]])
