"""A scenario as it stood at one close: nothing later is loaded into anything that decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scenarios.audit.futures import truncated
from scenarios.build import Scenario, assemble, check, load_market, naming_origins
from scenarios.days import session_at
from scenarios.liquidity.run import replayed
from scenarios.progress import Progress
from scenarios.schema import ScenarioFile
from scenarios.shocks import World
from scenarios.stored import check_stored, stored
from simulator.core.committee import Committee
from simulator.core.errors import ScenarioError, nearest
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.engine import RunResult

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper


@dataclass(frozen=True, eq=False)
class BookHistory:
    """A scenario file and its market, of which any close can be asked for.

    Attributes
    ----------
    file
        As validated.
    policy
        The one that is asked.
    market
        Whole; :meth:`at` cuts it before anything else sees it.
    """

    file: ScenarioFile
    policy: str
    market: MarketData
    keeper: Keeper | None = None

    def row(self, day: str, option: str) -> int:
        """Position of a session of the market; ``option`` is where the day was stated."""
        return session_at(self.market.sessions, day, option, "the data")

    def at(self, row: int) -> Scenario:
        """The scenario on the market up to the close of a session: as it would have been made that evening."""
        market = truncated(World(self.market, self.market), row).market
        section = self.file.scenario.model_copy(update={"end": market.sessions[-1].astype(object)})
        made = assemble(self.file.model_copy(update={"scenario": section}), market, None, self.keeper)
        check_stored(stored(made.signals), made.market)
        return made

    def replayed(self, row: int, committee: Committee, progress: Progress) -> tuple[Scenario, RunResult]:
        """The policy from its first session to a close, under a committee."""
        made = self.at(row)
        ruled = replace(made, terms=replace(made.terms, committee=committee))
        return made, replayed(ruled, self.policy, progress)

    def sessions(self, after: str, to: int) -> Iterator[int]:
        """Positions of the sessions after a date, up to one of them."""
        first = int(np.searchsorted(self.market.sessions, np.datetime64(after), side="right"))
        yield from range(first, to + 1)


def history(file: ScenarioFile, policy: str | None, data: Path | None, keeper: Keeper | None = None) -> BookHistory:
    """The history of a scenario for one policy, the benchmark unless stated.

    Raises
    ------
    UndertowError
        If the scenario cannot be used, there is no such policy, or its orders are not made the evening before they are
        filled.
    """
    name = file.scenario.benchmark if policy is None else policy
    if name not in file.policies:
        raise ScenarioError(f"--policy: no policy {quoted(name)}{nearest(name, file.policies)}")
    with naming_origins(file):
        check(file)
    _check_live(file)
    return BookHistory(file, name, load_market(file, data), keeper)


def _check_live(file: ScenarioFile) -> None:
    """Raise where a decision is no list of shares on the evening before it is filled."""
    if file.governance is not None:
        raise ScenarioError(
            "governance: this committee is simulated, and here somebody rules; leave the table out "
            "(--set governance=unset)"
        )
    if file.execution.get("size_at") == "fill":
        raise ScenarioError("execution.size_at = 'fill' makes no list of shares to approve; use 'decision'")
    if file.execution.get("lag") == 0:
        raise ScenarioError("execution.lag = 0 fills on the close it decides at, before anybody can approve; use 1")
