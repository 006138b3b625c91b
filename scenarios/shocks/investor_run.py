"""Investors run: what they take answers to how each book does, day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.within import Within
from simulator.core.world import World
from simulator.redemptions import Class, FundClients, Investors

from .dated import DatedShock, Hit

_SLOPE = Within(0.0, 1000.0)


@dataclass(frozen=True, kw_only=True)
class InvestorRun(DatedShock):
    """A class of investors takes money from a book that loses, that is illiquid, or that others leave.

    On each session of the window they ask, from what they saw at the close before it, for a share x of what they hold;
    at another severity for 1 - (1 - x)^severity. It is due at the open of that session, or ``notice`` later. Losses are
    those of a share of the book over the last 21 sessions, those of the run's start at first. Several such shocks are
    several classes; who holds the rest stays. Books are asked every session then, which takes longer.

    Parameters
    ----------
    share
        Of the book that they hold at first; the classes together hold no more than all of it.
    usual
        Share that they ask back a day whatever happens.
    to_losses, convexity
        Share asked for a loss x: to_losses x + convexity x^2. Gains bring nobody.
    to_illiquidity, watched
        Share asked for each unit by which the visible liquid share (cash within the horizon of ``[liquidity]``, under
        its stress, over nav) is below ``watched``.
    to_others
        Share asked for each unit of the book that such classes asked for the day before.
    most
        Largest share asked for in a day.
    notice
        Sessions from asking to being due.
    count
        How many they are: each leaves whole, drawn from the scenario's seed; very many small ones by default.
    """

    kind: ClassVar[str] = "investor-run"

    share: Annotated[float, Within(0.0, 1.0, above=True, means="share")] = 1.0
    usual: Annotated[float, Within(0.0, 1.0, means="share")] = 0.0
    to_losses: Annotated[float, _SLOPE] = 0.02
    convexity: Annotated[float, _SLOPE] = 0.5
    to_illiquidity: Annotated[float, _SLOPE] = 0.0
    watched: Annotated[float, Within(0.0, 1.0)] = 0.5
    to_others: Annotated[float, _SLOPE] = 0.2
    most: Annotated[float, Within(0.0, 1.0, above=True)] = 0.5
    notice: Annotated[int, Within(0, 1000, unit="sessions")] = 0
    count: Annotated[int | None, Within(1, 1_000_000)] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, given in (("assets", self.assets is not None), ("dispersion", self.dispersion != 0.0)):
            if given:
                raise ParameterError(f"{self.kind}: {name} is of shocks to a market; investors leave the whole book")

    @property
    def who(self) -> Investors:
        """The class."""
        names = Investors.__dataclass_fields__
        return Investors(**{name: getattr(self, name) for name in names})

    def log_size(self) -> float:
        """What they take is not of a size that is known before."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        asks = [f"{self.to_losses:g} x + {self.convexity:g} x^2 a day of what they hold for a loss x over 21 sessions"]
        if self.usual:
            asks.append(f"{self.usual:.2%} a day whatever happens")
        if self.to_illiquidity:
            asks.append(f"{self.to_illiquidity:g} for each unit of liquid share below {self.watched:g}")
        if self.to_others:
            asks.append(f"{self.to_others:g} for each unit that was asked for the day before")
        wait = f", {self.notice} sessions' notice" if self.notice else ""
        number = f"{self.count} holders" if self.count else "holders"
        return f"{number} of {self.share:.0%} of the book ask back {' and '.join(asks)}, at most {self.most:.0%}{wait}"

    def describe(self) -> str:
        """One line for the report."""
        return f"{self.kind} {self.dates}: {self.detail()}, severity {self.severity:g}"

    def apply(self, world: World, rng: np.random.Generator) -> World:
        """Add the class; the market is as it was, but for its series."""
        if self.severity == 0.0:
            return world
        after = super().apply(world, rng) if self.series or self.shifts else replace(world, before=world.unshocked)
        window, sessions = self.window(world.market), world.market.sessions
        known = world.clients.classes if isinstance(world.clients, FundClients) else ()
        group = Class(
            self.who,
            sessions[window.start],
            sessions[window.stop - 1],
            severity=self.severity,
            seed=int(rng.integers(2**63)),
        )
        return replace(after, clients=FundClients((*known, group)))

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:  # noqa: ARG002 - the protocol's
        """The market itself does not change."""
        return market
