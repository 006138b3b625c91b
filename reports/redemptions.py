"""Everything the page of a run on a fund shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulator.core.types import DateArray, FloatArray


class Spread(NamedTuple):
    """A figure over draws of counted investors.

    Attributes
    ----------
    value
        Its mean; ``None`` where it is undefined.
    low, high
        Between which nine of ten draws lie; ``None`` where nothing is drawn.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


class ClassRow(NamedTuple):
    """A class of investors under one tool.

    Attributes
    ----------
    tool, investors
        As they are called.
    asked
        Share of its own that it asked back.
    lost_bps
        What the whole class has lost to dealing, those who left and those who stay together.
    """

    tool: str
    investors: str
    asked: float
    lost_bps: float


class ToolRow(NamedTuple):
    """A run under one tool; means over draws.

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
        Sessions on which the tool changed anything.
    """

    tool: str
    dilution_bps: Spread
    leavers_bps: Spread
    first_mover_bps: Spread
    delay_sessions: Spread
    asked: float
    dealt: float
    waiting: float
    cost: float
    liquid_share: float
    used: float


@dataclass(frozen=True, eq=False)
class RedemptionsReport:
    """A run on the book of a policy under each tool.

    Attributes
    ----------
    name, policy, date, last
        Of the scenario; the run goes from the close of ``date`` to ``last``.
    nav
        Of the book, in currency.
    notices, answers, tools, investors, shocks, assumptions
        A sentence each; ``answers`` are what it comes to.
    draws
        How often counted investors were drawn; 1 where none are.
    rows, classes
        By tool, no tool first; and by tool and class.
    paths
        By tool, (T,) series by name: what one who stays has, shares that wait, shares dealt, liquid share; means over
        draws.
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
    answers: Sequence[str]
    draws: int
    rows: Sequence[ToolRow]
    classes: Sequence[ClassRow]
    paths: Mapping[str, Mapping[str, FloatArray]]
    sessions: DateArray
    shocks: Sequence[str]
    assumptions: Sequence[str]
