"""Everything the page of a run on a fund shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulator.core.types import DateArray


class ToolRow(NamedTuple):
    """A run under one tool.

    Attributes
    ----------
    tool
        As it is called.
    dilution_bps, leavers_bps
        What those who stay have lost to dealing; what those who left have, by shares.
    first_mover_bps
        What those who asked first have more than those who stay to the end.
    delay_sessions
        Mean from asking to being paid.
    asked, dealt, waiting
        Shares of those there were at first, by the end.
    cost
        Of selling, borne by the fund, in currency.
    liquid_share
        Of what is left of the fund.
    used
        Sessions on which the tool was used.
    """

    tool: str
    dilution_bps: float
    leavers_bps: float | None
    first_mover_bps: float | None
    delay_sessions: float
    asked: float
    dealt: float
    waiting: float
    cost: float
    liquid_share: float
    used: int


@dataclass(frozen=True, eq=False)
class RedemptionsReport:
    """A run on the book of a policy under each tool.

    Attributes
    ----------
    name, policy, date, last
        Of the scenario; the run goes from the close of ``date`` to ``last``.
    nav
        Of the book, in currency.
    notices, tools, investors, shocks, assumptions
        A sentence each.
    rows, runs
        By tool; no tool first.
    sessions
        (T,) of the run.
    """

    name: str
    policy: str
    date: str
    last: str
    nav: float
    notices: Sequence[str]
    tools: Sequence[str]
    investors: Sequence[str]
    rows: Sequence[ToolRow]
    runs: Mapping[str, Any]
    sessions: DateArray
    shocks: Sequence[str]
    assumptions: Sequence[str]
