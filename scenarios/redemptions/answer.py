"""What a run on a fund comes to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reports.redemptions import Spread, ToolRow
from reports.text import bps, listed, percent, plain

#: Basis points below which a figure is said to be none, and sessions below which a delay is.
_NOTHING: Final = 0.05


def answers(rows: Sequence[ToolRow], draws: int) -> list[str]:
    """The fund without a tool first, then what the tools do to it."""
    return list(_said(rows[0], rows[1:], draws))


def _said(none: ToolRow, tools: Sequence[ToolRow], draws: int) -> Iterator[str]:
    if none.first_mover_bps.value is None:
        yield "Nobody asks for money, so that no tool has anything to do."
        return
    drawn = f" ({draws} draws of who leaves, 90% of them in brackets)" if draws > 1 else ""
    yield (
        f"Without a tool {percent(none.asked)} of the fund is asked back; it costs those who stay "
        f"{_ranged(none.dilution_bps)} bp, and who asks first has {_ranged(none.first_mover_bps)} bp more than who "
        f"stays{drawn}."
    )
    unused = [row.tool for row in tools if row.used == 0.0]
    tools = [row for row in tools if row.used > 0.0]
    if unused:
        yield f"Nothing ever pulls {listed(unused)}: the same as without a tool."
    gone = [row.tool for row in tools if (row.first_mover_bps.value or 0.0) <= _NOTHING]
    if gone and none.first_mover_bps.value > _NOTHING:
        yield f"No advantage of asking first is left under {listed(gone)}."
    least = none.first_mover_bps.value + _NOTHING
    worse = [row for row in tools if (row.first_mover_bps.value or 0.0) > least]
    if worse:
        told = [f"{row.tool} ({bps(row.first_mover_bps.value)} bp)" for row in worse]
        yield f"It is larger than without a tool under {listed(told)}."
    late = sorted(tools, key=lambda row: -(row.delay_sessions.value or 0.0))
    late = [row for row in late if (row.delay_sessions.value or 0.0) > (none.delay_sessions.value or 0.0) + _NOTHING]
    if late:
        told = [f"{row.tool} {plain(row.delay_sessions.value, 1)}" for row in late]
        yield f"Leavers wait, in sessions: {', '.join(told)}; without a tool {plain(none.delay_sessions.value, 1)}."


def _ranged(value: Spread) -> str:
    if value.low is None:
        return bps(value.value)
    return f"{bps(value.value)} [{bps(value.low)}, {bps(value.high)}]"
