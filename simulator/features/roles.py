"""The exogenous series that features know by role, and how long each may stay silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from simulator.core.series import ExogenousSeries

Frequency = Literal["daily", "weekly", "monthly", "quarterly"]

#: Calendar days without a new publication after which a series is late, and after which it has ended.
SILENCE: Final[dict[Frequency, tuple[int, int]]] = {
    "daily": (5, 21),
    "weekly": (10, 28),
    "monthly": (45, 75),
    "quarterly": (120, 200),
}


#: A series that no role names is late after this many of its usual waits.
_LATE_WAITS: Final = 2


@dataclass(frozen=True, slots=True)
class Role:
    """What a feature calls an exogenous series.

    Attributes
    ----------
    key
        The name features use, and the first under which a market may hold it.
    names
        Other names under which a market may hold it, the first present wins.
    text
        What it is, with its unit.
    frequency
        How often it is published; decides when it counts as late and when as ended (:data:`SILENCE`).
    ended_after
        Calendar days without a publication after which values become missing, where the frequency's do not fit.
    per_asset
        The market holds one series an asset, named ``NAME:ASSET``.
    unnamed
        Made for a series that no role names.
    """

    key: str
    names: tuple[str, ...]
    text: str
    frequency: Frequency = "daily"
    ended_after: int | None = None
    per_asset: bool = False
    unnamed: bool = False

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names under which a market may hold it, in the order in which they are tried."""
        return tuple(dict.fromkeys((self.key, *self.names)))

    @property
    def late_days(self) -> int:
        """Calendar days of silence after which a value counts as late."""
        return SILENCE[self.frequency][0]

    @property
    def max_age_days(self) -> int:
        """Calendar days of silence after which a value is no longer carried."""
        return SILENCE[self.frequency][1] if self.ended_after is None else self.ended_after

    def late_after(self, series: ExogenousSeries) -> int:
        """:attr:`late_days`; for a series that no role names, by its own rhythm. In days."""
        return max(self.late_days, _LATE_WAITS * (series.wait_days or 0)) if self.unnamed else self.late_days

    def missing_after(self, series: ExogenousSeries) -> int:
        """:attr:`max_age_days`; what a series states itself comes first, and its rhythm if no role names it.

        In days.
        """
        return series.age_limit_days if self.unnamed or series.max_age_days is not None else self.max_age_days


def _ranges(key: str, name: str, text: str) -> tuple[Role, ...]:
    """A quoted market: its close, and the day's high and low as series of their own."""
    return (
        Role(key, (name,), f"{text}, close"),
        *(Role(f"{key}_{end}", (f"{name}_{end}",), f"{text}, {end.lower()} of the day") for end in ("HIGH", "LOW")),
    )


_QUOTED: Final = (
    *_ranges("VIX", "VIX", "CBOE volatility index, annual percent"),
    *_ranges("CRUDE", "CL", "front crude-oil future, dollars a barrel (may be negative)"),
    *_ranges("NASDAQ", "NDX", "Nasdaq 100, index points"),
    *_ranges("EURONEXT", "N100", "Euronext 100, index points"),
)

_FUNDING: Final = (
    Role("TED", ("TEDRATE",), "3-month LIBOR minus 3-month bill, percent"),
    # Commercial-paper quotes fail for weeks under stress: the last spread is then carried for longer than others.
    Role("CPFF", (), "3-month commercial paper minus fed funds, percent", ended_after=90),
    Role("LIBOR", ("USD3MTD156N",), "3-month LIBOR, percent"),
    Role("PAPER", ("RIFSPPFAAD90NB", "CP_RATE"), "90-day AA financial commercial paper, percent", ended_after=90),
    Role("POLICY", ("DFF", "EFFR", "POLICY_RATE"), "overnight policy rate, percent"),
    Role("REPO", ("REPO", "SOFR"), "overnight repo rate on general collateral, percent"),
    Role("LCR", (), "liquidity coverage ratio of the funding side (1 is 100%)", "monthly"),
    Role("NSFR", (), "net stable funding ratio of the funding side (1 is 100%)", "quarterly"),
)

_MACRO: Final = (
    Role("BAA", ("BAA10Y",), "Baa corporate yield minus 10-year Treasury, percent"),
    Role("IG", ("BAMLC0A0CM", "IG_OAS"), "investment-grade option-adjusted spread, percent"),
    Role("HY", ("BAMLH0A0HYM2", "HY_OAS"), "high-yield option-adjusted spread, percent"),
    Role("TERM", ("T10Y2Y",), "10-year minus 2-year Treasury, percent"),
    Role("BILL", ("DTB3",), "3-month Treasury bill, percent"),
    Role("Y10", ("DGS10",), "10-year Treasury, percent"),
    Role("Y30", ("DGS30",), "30-year Treasury, percent"),
    Role("STLFSI2", (), "St. Louis Fed financial stress index, version 2", "weekly"),
    Role("STLFSI4", ("STLFSI4", "STLFSI"), "St. Louis Fed financial stress index, version 4", "weekly"),
    Role("NFCI", (), "Chicago Fed national financial conditions index", "weekly"),
    Role("OFRFSI", (), "OFR financial stress index"),
    Role("CREDIT_GAP", ("CREDIT_GDP_GAP",), "credit-to-GDP gap, percentage points", "quarterly"),
)

_ALTERNATIVE: Final = (
    Role("NEWS", ("NEWS_UNCERTAINTY",), "news-based uncertainty index"),
    Role("SENTIMENT", (), "sentiment score of news or social media, higher is better"),
    Role("FUND_FLOWS", (), "net flow into funds, share of assets a day"),
    Role("REDEMPTIONS", (), "redemptions from funds, share of assets a day"),
    Role("DEPTH", ("ORDER_BOOK_DEPTH",), "depth of the order book near the best quotes, currency"),
    Role("REVISIONS", ("QUOTE_REVISIONS",), "quote revisions a day"),
    Role("CANCELLATIONS", (), "share of orders cancelled"),
    Role("INTRADAY_VOLATILITY", (), "realised volatility from intraday returns, daily"),
    Role("INTRADAY_SPREAD", (), "time-weighted quoted spread of the day, share of price"),
    Role("IMBALANCE", ("ORDER_IMBALANCE",), "buys minus sells over their sum"),
    Role("SHARES", ("SHARES_OUTSTANDING",), "shares outstanding", "quarterly", per_asset=True),
)

_BANK: Final = (
    Role("BANK_LIQUIDITY", (), "liquidity position, currency"),
    Role("BANK_LCR", (), "the bank's own liquidity coverage ratio (1 is 100%)"),
    Role("BANK_OUTFLOWS", (), "deposit outflows, share of deposits a day"),
    Role("BANK_CALLS", ("BANK_COLLATERAL_CALLS",), "collateral calls received, currency"),
    Role("BANK_CDS", (), "the bank's own credit-default swap, basis points"),
    Role("BANK_FUNDING", ("BANK_FUNDING_SPREAD",), "its funding spread over that of peers, percent"),
    Role("BANK_SHARE", ("BANK_SHARE_PRICE",), "its share price, currency"),
)

ROLES: Final[dict[str, Role]] = {role.key: role for role in (*_QUOTED, *_FUNDING, *_MACRO, *_ALTERNATIVE, *_BANK)}


def role_of(key: str) -> Role:
    """The role of a key. Another name of a role means the series of that very name, published as often.

    A series that no role names has the rhythm that its dates show.
    """
    if key in ROLES:
        return ROLES[key]
    alike = next((role for role in ROLES.values() if key in role.names), None)
    return Role(key, (), f"series {key}", unnamed=True) if alike is None else replace(alike, key=key, names=())
