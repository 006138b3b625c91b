"""Everything the page of a herd shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulator.core.types import DateArray, FloatArray, IntArray


class Figures(NamedTuple):
    """What a herd comes to, all of its money together.

    Attributes
    ----------
    funds
        How many.
    drawdown, drawdown_alone
        Largest fall of all money, in the herd and in a market that does not answer; negative.
    amplification
        The first over the second; ``None`` where nothing falls.
    final, final_alone
        What a unit of money becomes.
    deepest_bps
        Lowest displacement of a price that the herd causes.
    flow_share
        Largest net flow of a session, as a share of the asset's volume.
    alike
        Mean similarity of two funds' trades, weighted by how hard they are to trade: 1 for the same, below 0 where one
        buys what the other sells; ``None`` for a single fund.
    rounds
        Most rounds a session took to settle.
    lowest
        The session on which all money stands lowest against its highest before, in the herd.
    other_days
        Sessions on which a fund trades in the herd and does not in the market that does not answer, or the reverse.
    """

    funds: int
    drawdown: float
    drawdown_alone: float
    amplification: float | None
    final: float
    final_alone: float
    deepest_bps: float
    flow_share: float
    alike: float | None
    rounds: int
    lowest: str
    other_days: int


class FundRow(NamedTuple):
    """A kind of fund in the herd: policy, size, how many, and its own figures.

    ``size`` is in currency, falls are fractions, ``final`` is the value of one unit at the end.
    """

    policy: str
    size: float
    funds: int
    drawdown: float
    drawdown_alone: float
    final: float
    final_alone: float
    cost_bps: float  # of its mean nav, over the run
    ruined: bool


@dataclass(frozen=True, eq=False)
class HerdReport:
    """A herd and what came of it.

    Attributes
    ----------
    name, description, start, end
        Of the run.
    notices
        What must be read before any figure, a sentence each.
    answers, assumptions, shocks
        A sentence each; ``answers`` are what it comes to.
    whole
        The herd that was asked for.
    rows
        Its kinds of funds.
    by_number
        For each policy alone, and for the mix, herds of growing number.
    lead
        The policy that is followed in ``by_similarity``: shares of funds that do, with their figures.
    identical
        By policy, a herd of nothing else, of the same number.
    overlap_day, labels, overlap, similar
        (F, F) loss of the row's fund in basis points of its nav if all funds of the column sold everything that day,
        and the similarity of their books.
    indirect
        (F, A) what a fall of an asset by 1% costs a fund beyond what it holds, in basis points of nav; ``direct``
        what it holds.
    exposed
        A names: the assets whose falls were tried.
    assets
        N names: all of the market.
    sessions, displacement, depth
        (T,), (T, N), (T, N): what the herd does to prices (logs) and leaves of depth.
    rounds, changes
        (T,) rounds each session took; the largest change of a flow by round.
    """

    name: str
    description: str
    start: str
    end: str
    notices: Sequence[str]
    answers: Sequence[str]
    assumptions: Sequence[str]
    shocks: Sequence[str]
    whole: Figures
    rows: Sequence[FundRow]
    by_number: Mapping[str, Sequence[Figures]]
    lead: str
    by_similarity: Sequence[tuple[float, Figures]]
    identical: Mapping[str, Figures]
    overlap_day: str
    labels: Sequence[str]
    overlap: FloatArray
    similar: FloatArray
    direct: FloatArray
    indirect: FloatArray
    indirect_fall: float
    indirect_sessions: int
    exposed: Sequence[str]
    assets: Sequence[str]
    sessions: DateArray
    displacement: FloatArray
    depth: FloatArray
    rounds: IntArray
    changes: FloatArray

    @property
    def diversity(self) -> Mapping[str, float | None]:
        """What it is worth that models differ: the mix against the mean of herds of one policy each.

        ``drawdown`` and ``final`` are differences (above 0: the mix does better); ``amplification`` likewise (below 0).
        Beyond what the policies differ by in a market that does not answer.
        """
        if len(self.identical) < 2:
            return {"drawdown": None, "final": None, "deepest_bps": None}
        alike = list(self.identical.values())
        count = len(alike)
        worse = self.whole.drawdown - self.whole.drawdown_alone
        lost = self.whole.final / self.whole.final_alone - 1.0
        return {
            "drawdown": worse - sum(figures.drawdown - figures.drawdown_alone for figures in alike) / count,
            "final": lost - sum(figures.final / figures.final_alone - 1.0 for figures in alike) / count,
            "deepest_bps": self.whole.deepest_bps - sum(figures.deepest_bps for figures in alike) / count,
        }
