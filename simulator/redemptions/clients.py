"""Classes of investors as the clients of any book: what they ask back answers to it, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulator.core.clients import BookSeen
from simulator.core.errors import ParameterError
from simulator.core.types import DateArray

from .investors import Investors, Seen, asked_share, leaving

#: Sessions over which they look at performance.
_MONTH = 21


@dataclass(frozen=True)
class Class:
    """A class of investors, and when they may ask.

    Attributes
    ----------
    who
        The class.
    first, last
        Days on which they may ask, both included.
    severity
        Of what they would ask for, a share x, they ask for 1 - (1 - x)^severity.
    seed
        Of those that are counted, and leave whole.
    """

    who: Investors
    first: np.datetime64
    last: np.datetime64
    severity: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class FundClients:
    """All classes of a fund; whoever holds the rest of it stays whatever happens.

    They ask on a session from what they saw at the close before it, for the open of that session or, with notice,
    of a later one. Flows that the run states besides are everybody's alike.

    Raises
    ------
    ParameterError
        If the classes hold more than the fund.
    """

    classes: tuple[Class, ...]

    def __post_init__(self) -> None:
        total = sum(group.who.share for group in self.classes)
        if total > 1.0 + 1e-9:
            raise ParameterError(f"investors: the shares of the classes sum to {total:g}, more than the fund")

    @property
    def watches_liquidity(self) -> bool:
        """Whether any of them looks at the liquid share."""
        return any(group.who.to_illiquidity > 0.0 for group in self.classes)

    def begin(self, sessions: DateArray) -> FundLeaving:
        """Clients at the first of the sessions (T,) replayed."""
        held = [_Held(group, np.random.default_rng(group.seed)) for group in self.classes]
        return FundLeaving(sessions, held)


@dataclass(eq=False)
class _Held:
    """A class in the middle of a run; shares are of those of the fund at first."""

    of: Class
    rng: np.random.Generator
    shares: float = field(init=False)  # held, and not asked for yet
    present: int | None = field(init=False)
    waiting: dict[int, float] = field(default_factory=dict)  # by the session they are dealt on

    def __post_init__(self) -> None:
        self.shares, self.present = self.of.who.share, self.of.who.count

    def ask(self, session: int, day: np.datetime64, seen: Seen) -> float:
        """Shares asked for on a session."""
        group = self.of
        if not group.first <= day <= group.last:
            return 0.0
        part = float(-np.expm1(group.severity * np.log1p(-min(asked_share(group.who, seen), 1.0 - 1e-12))))
        if self.present is not None:
            part = leaving(part, self.present, self.rng)
            self.present -= round(part * self.present)
        asked = part * self.shares
        self.shares -= asked
        if asked > 0.0:
            due = session + group.who.notice
            self.waiting[due] = self.waiting.get(due, 0.0) + asked
        return asked


class FundLeaving:
    """Clients during a run."""

    def __init__(self, sessions: DateArray, held: Sequence[_Held]) -> None:
        self._sessions, self._held = sessions, held
        self._values: list[float] = []
        self._shares, self._others = 1.0, 0.0

    def after(self, t: int, seen: BookSeen) -> float:
        """Share of what belongs to those who stay that is due at the open of session t + 1, from the close of t."""
        self._values.append(seen.value)
        then = self._values[max(len(self._values) - 1 - _MONTH, 0)]
        if t + 1 >= self._sessions.size:
            return 0.0
        performance = seen.value / then - 1.0 if then > 0.0 else 0.0
        known = Seen(performance, 1.0 if np.isnan(seen.liquid_share) else seen.liquid_share, self._others)
        asked = sum(group.ask(t + 1, self._sessions[t + 1], known) for group in self._held)
        self._others = asked / self._shares if self._shares > 0.0 else 0.0
        due = sum(group.waiting.pop(t + 1, 0.0) for group in self._held)
        share = min(due / self._shares, 1.0) if self._shares > 0.0 else 0.0
        self._shares -= due
        return share
