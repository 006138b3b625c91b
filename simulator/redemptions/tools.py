"""The nine tools of open-ended funds, each with what triggers it.

Each changes one thing of a dealing day: how much is dealt (gate, suspension), when (notice), at what price (fee, swing,
dual price, levy), in what (kind), or of which assets (side pocket). They are the nine of directive (EU) 2024/927, which
names them as liquidity management tools of open-ended funds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, NamedTuple

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray
from simulator.core.within import SOME, Within, check_fields

from .book import Book, Waterfall, raised

_BPS: Final = 1e-4


@dataclass(frozen=True)
class Trigger:
    """When a tool is used: where any of what is stated holds; always where nothing is.

    Parameters
    ----------
    asked
        Share of the fund due on the dealing day, at least.
    liquid_share
        Liquid share of the fund, at most.
    fall
        Fall of a share's price from its highest, at least.
    """

    asked: Annotated[float | None, Within(0.0, 1.0)] = None
    liquid_share: Annotated[float | None, Within(0.0, 1.0)] = None
    fall: Annotated[float | None, Within(0.0, 1.0)] = None

    def __post_init__(self) -> None:
        check_fields(self, "trigger")

    @property
    def words(self) -> str:
        """When that is, for people."""
        told = [
            f"{before} {value * 100.0:g}% {after}"
            for before, value, after in (
                ("once", self.asked, "of the fund is due on a day"),
                ("while", self.liquid_share, "of it or less is liquid"),
                ("after a fall of", self.fall, "from its highest"),
            )
            if value is not None
        ]
        return " or ".join(told) or "always"

    def pulled(self, day: Dealing) -> bool:
        """Whether it holds on a dealing day."""
        stated = (self.asked, self.liquid_share, self.fall)
        if stated == (None, None, None):
            return True
        return (
            (self.asked is not None and day.asked >= self.asked)
            or (self.liquid_share is not None and day.liquid_share <= self.liquid_share)
            or (self.fall is not None and day.fall >= self.fall)
        )


class Dealing(NamedTuple):
    """A dealing day before anything is paid.

    Attributes
    ----------
    session
        Its number.
    book
        What the fund holds.
    waterfall
        How it sells.
    asked
        Share of the fund due.
    liquid_share, fall
        Of the fund; of a share's price from its highest.
    """

    session: int
    book: Book
    waterfall: Waterfall
    asked: float
    liquid_share: float
    fall: float

    def cost_rate(self, share: float) -> float:
        """Cost of paying a share of the fund out, as a fraction of what is paid."""
        amount = self.book.worth * share
        sale = raised(self.book, amount, self.waterfall)
        return sale.cost / sale.paid if sale.paid > 0.0 else 0.0


@dataclass(frozen=True, kw_only=True)
class Tool:
    """No tool: everything due is dealt at net asset value, in cash.

    Parameters
    ----------
    trigger
        When it is used.
    """

    kind: ClassVar[str] = "none"

    trigger: Trigger = field(default_factory=Trigger)

    def __post_init__(self) -> None:
        check_fields(self, self.kind)

    def dealt(self, day: Dealing) -> float:  # noqa: ARG002 - what a tool may need
        """Share of what is due that is dealt today."""
        return 1.0

    def later(self, day: Dealing) -> int:  # noqa: ARG002
        """Sessions by which what was asked today is due later."""
        return 0

    def charge(self, day: Dealing, dealt: float) -> float:  # noqa: ARG002
        """Fraction of their price that those who leave do not get, for the share of the fund ``dealt`` in cash."""
        return 0.0

    def in_kind(self, day: Dealing) -> float:  # noqa: ARG002
        """Share of what is dealt that is paid in assets."""
        return 0.0

    def pocketed(self, day: Dealing) -> BoolArray | None:  # noqa: ARG002
        """(A,) assets that are set apart from today on. ``None`` where it sets none apart on any day."""
        return None


@dataclass(frozen=True, kw_only=True)
class Suspension(Tool):
    """Nothing is dealt for some sessions from the trigger on; what is asked waits. Then all of it is dealt for a day.

    Parameters
    ----------
    sessions
        How long it lasts, the day of the trigger included; the trigger is looked at again after the day of dealing.
    """

    kind: ClassVar[str] = "suspension"

    sessions: Annotated[int, Within(1, 1000)] = 10

    def dealt(self, day: Dealing) -> float:  # noqa: ARG002
        """Nothing while it lasts: a run counts the sessions."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Gate(Tool):
    """At most a share of the fund is dealt on a day, all requests alike; the rest waits for the next.

    Parameters
    ----------
    most
        Share of the fund.
    """

    kind: ClassVar[str] = "gate"

    most: Annotated[float, SOME] = 0.10

    def dealt(self, day: Dealing) -> float:
        """The gate over what is due, at most all of it. A fraction of what is due that day."""
        return min(1.0, self.most / day.asked) if day.asked > 0.0 else 1.0


@dataclass(frozen=True, kw_only=True)
class NoticeExtension(Tool):
    """What is asked on a day on which the trigger holds is due later; that day's own requests pull it as well.

    Parameters
    ----------
    sessions
        By how many.
    """

    kind: ClassVar[str] = "notice"

    sessions: Annotated[int, Within(1, 1000)] = 5

    def later(self, day: Dealing) -> int:  # noqa: ARG002
        """Always as many. In sessions."""
        return self.sessions


@dataclass(frozen=True, kw_only=True)
class RedemptionFee(Tool):
    """A stated part of the price stays in the fund, whatever leaving costs it.

    Parameters
    ----------
    bps
        Of the price.
    """

    kind: ClassVar[str] = "fee"

    bps: Annotated[float, Within(0.0, 10_000.0, below=True, means="bps")] = 100.0

    def charge(self, day: Dealing, dealt: float) -> float:  # noqa: ARG002
        """The fee. A fraction of their price."""
        return self.bps * _BPS


@dataclass(frozen=True, kw_only=True)
class SwingPricing(Tool):
    """The day's price is lowered, for all who deal, by what net redemptions are estimated to cost.

    Parameters
    ----------
    bps
        A fixed swing; the estimated cost of the day's net redemption where it is left out.
    most_bps
        Largest swing.
    """

    kind: ClassVar[str] = "swing"

    bps: Annotated[float | None, Within(0.0, 10_000.0, below=True, means="bps")] = None
    most_bps: Annotated[float, Within(0.0, 10_000.0, below=True, means="bps")] = 1000.0

    def charge(self, day: Dealing, dealt: float) -> float:
        """The swing. A fraction of their price."""
        found = day.cost_rate(dealt) if self.bps is None else self.bps * _BPS
        return min(found, self.most_bps * _BPS)


@dataclass(frozen=True, kw_only=True)
class DualPricing(Tool):
    """Those who leave have the bid price, those who come the ask: the spread of the book, whatever the size."""

    kind: ClassVar[str] = "dual"

    def charge(self, day: Dealing, dealt: float) -> float:  # noqa: ARG002
        """The spread of the book's own mix, impact left out. A fraction of their price."""
        worth = day.book.worth
        return float((day.book.values * day.book.half_spread).sum()) / worth if worth > 0.0 else 0.0


@dataclass(frozen=True, kw_only=True)
class DilutionLevy(Tool):
    """Those who leave pay what their own redemption is estimated to cost; the price itself stays.

    Parameters
    ----------
    most_bps
        Largest levy.
    """

    kind: ClassVar[str] = "levy"

    most_bps: Annotated[float, Within(0.0, 10_000.0, below=True, means="bps")] = 1000.0

    def charge(self, day: Dealing, dealt: float) -> float:
        """The estimated cost. A fraction of their price."""
        return min(day.cost_rate(dealt), self.most_bps * _BPS)


@dataclass(frozen=True, kw_only=True)
class InKind(Tool):
    """Those who leave are given a slice of the book instead of cash, and sell it themselves.

    Parameters
    ----------
    share
        Of what is dealt.
    """

    kind: ClassVar[str] = "in-kind"

    share: Annotated[float, SOME] = 1.0

    def in_kind(self, day: Dealing) -> float:  # noqa: ARG002
        """The share."""
        return self.share


@dataclass(frozen=True, kw_only=True)
class SidePocket(Tool):
    """Assets dearest to sell are set apart for those invested on the day of the trigger; the rest is dealt as before.

    Parameters
    ----------
    assets
        Which, by their place in the book; by default those with a half-spread above ``above_bps``.
    above_bps
        Half-spread from which an asset is set apart.
    """

    kind: ClassVar[str] = "side-pocket"

    assets: tuple[int, ...] | None = None
    above_bps: Annotated[float, Within(0.0, 10_000.0, means="bps")] = 100.0

    def pocketed(self, day: Dealing) -> BoolArray:
        """Those assets. Of shape (A,)."""
        count = day.book.values.size
        if self.assets is None:
            return np.asarray(day.book.half_spread > self.above_bps * _BPS, np.bool_)
        if any(not 0 <= asset < count for asset in self.assets):
            raise ParameterError(f"side-pocket: assets {self.assets} are not all among the {count} of the book")
        return np.isin(np.arange(count), self.assets)


#: No tool, and the nine of them.
TOOLS: Final[tuple[type[Tool], ...]] = (
    *(Tool, Suspension, Gate, NoticeExtension, RedemptionFee, SwingPricing, DualPricing, DilutionLevy, InKind),
    SidePocket,
)
