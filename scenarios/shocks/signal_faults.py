"""Signals reach policies late, with noise, or inverted; the market, and what signals are made of, stay as they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.errors import ParameterError, ScenarioError, nearest
from simulator.core.hearing import Delayed, Garbled, Inverted, Misheard
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.within import SESSIONS, Within
from simulator.core.world import Shock, World

from .dated import DatedShock, Hit, Window


@dataclass(frozen=True, kw_only=True)
class SignalFault(DatedShock):
    """A fault between the scenario's signals and the policies that follow them.

    Signals that a policy carries itself, a period of its own for example, are not among them.

    Parameters
    ----------
    signals
        Names of the signals it strikes; all of the scenario's by default.
    """

    kind: ClassVar[str] = "signal-fault"

    signals: Sequence[str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, given in (("assets", self.assets is not None), ("dispersion", self.dispersion != 0.0)):
            if given:
                raise ParameterError(
                    f"{self.kind}: {name} is of shocks to a market; signals names what this one strikes"
                )

    @property
    def named(self) -> tuple[str, ...] | None:
        """The signals, or ``None`` for all."""
        return None if self.signals is None else tuple(self.signals)

    @abstractmethod
    def fault(self, window: Window, seed: int) -> Misheard:
        """What is wrong on some sessions, with a seed for what is drawn."""

    def log_size(self) -> float:
        """A fault of signals has no size in logs."""
        return 1.0

    def apply(self, world: World, rng: np.random.Generator) -> World:
        """Add the fault; the market is as it was, but for its series."""
        if self.severity == 0.0:
            return world
        after = super().apply(world, rng) if self.series or self.shifts else replace(world, before=world.unshocked)
        fault = self.fault(self.lasting(world.market), int(rng.integers(2**63)))
        return replace(after, misheard=(*world.misheard, fault))

    def lasting(self, market: MarketData) -> Window:
        """The sessions of its window, however severe it is."""
        return self.window(market)

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:  # noqa: ARG002 - the protocol's
        """The market itself does not change."""
        return market

    def describe(self) -> str:
        """One line for the report."""
        who = "all signals" if self.named is None else f"signals {', '.join(self.named)}"
        return f"{self.kind} {self.dates}: {who} {self.detail()}, severity {self.severity:g}"


@dataclass(frozen=True, kw_only=True)
class SignalDelay(SignalFault):
    """What signals say in the window is heard severity x ``sessions`` later, rounded up; several delays add up.

    Until then what was heard last stands; a call to act is made when it arrives, and not on its own day.

    Parameters
    ----------
    sessions
        Sessions of delay at severity 1.
    """

    kind: ClassVar[str] = "signal-delay"

    sessions: Annotated[int, SESSIONS] = 1

    @property
    def late(self) -> int:
        """Sessions of delay."""
        return int(np.ceil(round(self.sessions * self.severity, 9)))

    def detail(self) -> str:
        """The size in words."""
        return f"heard {self.late} sessions late"

    def fault(self, window: Window, seed: int) -> Misheard:  # noqa: ARG002 - nothing is drawn
        """The delay."""
        return Delayed(window.start, window.stop, self.named, sessions=self.late)


@dataclass(frozen=True, kw_only=True)
class SignalNoise(SignalFault):
    """On some sessions of the window signals are heard wrongly: on for off, a call where there was none, or none.

    Each session and column is wrong with probability 1 - (1 - rate)^severity. What is wrong at a lower severity is
    at a higher one too.

    Parameters
    ----------
    rate
        How probable it is at severity 1 that a session is heard the wrong way round.
    sigma
        Standard deviation at severity 1 of the log by which numbers are heard wrongly that are no calls: a
        probability, or a volatility, for policies that follow these.
    """

    kind: ClassVar[str] = "signal-noise"

    rate: Annotated[float, Within(0.0, 1.0, means="share")] = 0.05
    sigma: Annotated[float, Within(0.0, 3.0)] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rate == 0.0 and self.sigma == 0.0:
            raise ParameterError(f"{self.kind}: state a rate, or a sigma, above 0")

    @property
    def wrong(self) -> float:
        """How probable it is that a session is heard the wrong way round."""
        return float(1.0 - (1.0 - self.rate) ** self.severity)

    def detail(self) -> str:
        """The size in words."""
        numbers = f", numbers with a log error of {self.sigma * self.severity:g}" if self.sigma else ""
        return f"heard the wrong way round on {self.wrong:.1%} of sessions{numbers}"

    def fault(self, window: Window, seed: int) -> Misheard:
        """The noise."""
        size = {"rate": self.wrong, "sigma": self.sigma * self.severity}
        return Garbled(window.start, window.stop, self.named, **size, seed=seed)


@dataclass(frozen=True, kw_only=True)
class SignalInversion(SignalFault):
    """In the window signals say the opposite of what they are: on for off, and a probability p is heard as 1 - p.

    It lasts severity times as long as stated. Days on which a calendar calls, and other numbers, stay as they are.
    """

    kind: ClassVar[str] = "signal-inversion"

    def detail(self) -> str:
        """The size in words."""
        return "heard as their opposite"

    def lasting(self, market: MarketData) -> Window:
        """The sessions on which it holds: severity times as many as stated."""
        return DatedShock.lasting(self, market)

    def fault(self, window: Window, seed: int) -> Misheard:  # noqa: ARG002 - nothing is drawn
        """The inversion."""
        return Inverted(window.start, window.stop, self.named)


def check_struck(shocks: Sequence[Shock], signals: Collection[str]) -> None:
    """Raise :class:`ScenarioError` for a fault of signals that a scenario does not have.

    Parameters
    ----------
    shocks
        All of the scenario's.
    signals
        Names of its signals.
    """
    for shock in shocks:
        if not isinstance(shock, SignalFault):
            continue
        for name in shock.signals or ():
            if name not in signals:
                raise ScenarioError(f"shocks: {shock.kind}: no signal {quoted(name)}{nearest(name, signals)}")
        if not signals:
            raise ScenarioError(
                f"shocks: {shock.kind}: the scenario has no table [signals.NAME] to strike; a period or a signal that "
                "a policy carries itself is not one"
            )
