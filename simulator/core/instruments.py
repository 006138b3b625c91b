"""What an asset is: its class, its liquidity level, and the haircut it takes under stress."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Annotated, Final, Literal

from .errors import ParameterError, nearest, shown
from .names import check_title
from .settlement import SETTLEMENT
from .within import NOT_ALL, Within, check_fields

#: Raw shares in a round lot.
LOT: Final = Within(0.0, 1e9)
#: Years by which a price answers to a yield.
DURATION: Final = Within(-100.0, 100.0, unit="years")
#: Business days from a sale to its cash.
#: Three capitals of ISO 4217, or a hundredth of one as exchanges write it: GBp for pence.
_CURRENCY: Final = re.compile(r"[A-Z]{3}|GBp|ZAc")

Level = Literal["1", "2A", "2B", "other"]
LEVELS: Final[tuple[Level, ...]] = ("1", "2A", "2B", "other")

#: Liquidity level (Basel III LCR, BCBS 238, paragraphs 49 to 54) and stressed haircut by asset class. Levels
#: follow the standard; the haircuts of a fund's coverage are assumptions of ours, which a scenario overrides.
CLASS_DEFAULTS: Final[dict[str, tuple[Level, float]]] = {
    "treasury": ("1", 0.02),
    "agency": ("2A", 0.05),
    "aggregate-bond": ("2A", 0.05),
    "inflation-linked": ("1", 0.05),
    "ig-credit": ("2A", 0.10),
    "hy-credit": ("other", 0.20),
    "equity": ("2B", 0.15),
    "small-cap": ("2B", 0.20),
    "emerging-equity": ("other", 0.25),
    "real-estate": ("other", 0.25),
    "commodity": ("other", 0.15),
    "gold": ("other", 0.10),
}

#: Asset classes of widely held exchange-traded funds, by ticker.
KNOWN_CLASSES: Final[dict[str, str]] = {
    **dict.fromkeys(("BIL", "SHY", "IEF", "TLT"), "treasury"),
    "TIP": "inflation-linked",
    "AGG": "aggregate-bond",
    "LQD": "ig-credit",
    "HYG": "hy-credit",
    **dict.fromkeys(("SPY", "QQQ", "MDY", "VTI", "EFA", "EWJ", "IEV"), "equity"),
    "IWM": "small-cap",
    "EEM": "emerging-equity",
    **dict.fromkeys(("VNQ", "IYR"), "real-estate"),
    "DBC": "commodity",
    "GLD": "gold",
}


@dataclass(frozen=True, slots=True, repr=False)
class Instrument:
    """One asset's standing facts.

    Parameters
    ----------
    asset_class
        One of :data:`CLASS_DEFAULTS`.
    level
        Liquidity level under the LCR: ``"1"``, ``"2A"``, ``"2B"`` or ``"other"``. ``None`` takes the class's.
    stressed_haircut
        Fraction of value lost when sold in stress, before trading costs. ``None`` takes the class's.
    lot
        Raw shares in a round lot; 0 trades fractions.
    sector
        Any text; bounds may be on one.
    duration
        Years by which its price answers to yields, for shocks of rates and credit spreads; ``None`` where not stated.
    settlement
        Sessions from a trade to its cash; ``None`` takes what the execution states.
    currency
        What its prices were quoted in before they were converted, as ``EUR`` or ``GBp`` (pence); ``None`` where not
        stated: that of the book.
    """

    asset_class: str = "equity"
    level: Level | None = None
    stressed_haircut: Annotated[float | None, NOT_ALL] = None
    lot: Annotated[float, LOT] = 0.0
    sector: str | None = None
    duration: Annotated[float | None, DURATION] = None
    settlement: Annotated[int | None, SETTLEMENT] = None
    currency: str | None = None

    def __repr__(self) -> str:
        """What is stated: fields that are not leave no trace, in fingerprints neither."""
        told = [(field.name, getattr(self, field.name)) for field in fields(self)]
        shown_fields = (f"{name}={value!r}" for name, value in told if value is not None)
        return f"Instrument({', '.join(shown_fields)})"

    def __post_init__(self) -> None:
        if self.asset_class not in CLASS_DEFAULTS:
            hint = nearest(self.asset_class, CLASS_DEFAULTS)
            raise ParameterError(f"unknown asset class {self.asset_class!r}{hint}")
        level, haircut = CLASS_DEFAULTS[self.asset_class]
        object.__setattr__(self, "level", level if self.level is None else self.level)
        given = haircut if self.stressed_haircut is None else self.stressed_haircut
        object.__setattr__(self, "stressed_haircut", given)
        if self.level not in LEVELS:
            raise ParameterError(f"unknown liquidity level {self.level!r}{nearest(str(self.level), LEVELS)}")
        check_fields(self)
        if self.sector is not None:
            check_title(self.sector)
        if self.currency is not None:
            check_currency(self.currency)

    @property
    def haircut(self) -> float:
        """The stressed haircut, a fraction of value."""
        assert self.stressed_haircut is not None  # set in __post_init__
        return self.stressed_haircut


def check_currency(code: str) -> str:
    """The code of a currency as it is; raise :class:`ParameterError` if it is none."""
    if not _CURRENCY.fullmatch(code):
        raise ParameterError(f"currency must be three capital letters, as EUR (or GBp, ZAc), not {shown(code)}")
    return code


def known_instrument(ticker: str) -> Instrument:
    """An instrument of the class in :data:`KNOWN_CLASSES`, or an equity."""
    return Instrument(KNOWN_CLASSES.get(ticker, "equity"))
