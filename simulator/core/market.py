"""The market as arrays: sessions by assets, frozen, with what is known about each instrument."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import abi, frames
from .bars import VectorbtData, holds_bars, wide_frames
from .dates import check_week
from .errors import DataError, ParameterError
from .instruments import Instrument
from .names import CASH
from .notes import QualityNote
from .series import ExogenousSeries
from .types import BoolArray, DateArray, FloatArray, IntArray, frozen

_PANELS = (
    *("open", "high", "low", "close", "volume", "depth", "adjustment", "half_spread", "spread_scale"),
    *("dividends", "splits"),
)

#: What prices carry: dividends and splits, splits alone, or neither.
Prices = Literal["adjusted", "split-adjusted", "raw"]


#: Most sessions a year can have.
MOST_A_YEAR: Final = 366.0


class Delisting(NamedTuple):
    """An asset that ceases to trade: gone from the open of ``date``, paying ``recovery`` of its last mark.

    The recovery is a fraction of it.
    """

    date: np.datetime64
    recovery: float


@dataclass(frozen=True, eq=False)
class MarketData:
    """Daily history of N assets over T sessions. Build one with :meth:`from_frames`.

    Attributes
    ----------
    sessions
        (T,) ``datetime64[D]``, ascending and unique.
    assets
        N names.
    close
        (T, N) prices in currency; NaN where there was none that day. Either adjusted for dividends and splits
        (total-return prices), or raw with ``dividends`` and ``splits`` given.
    open, high, low
        (T, N) likewise, or ``None`` where unknown; what needs them says so.
    volume
        (T, N) shares traded, or ``None``. Zero or NaN means that nothing could be traded that day.
    depth
        (T, N) what one can trade into for each unit of volume, as known at that close, or ``None`` for ones: in a
        crisis the tape shows more volume while books are thin. It scales what caps, coverage and impact take volume to
        be (:attr:`tradable_notional`), and nothing that is measured of the tape. Above 0; NaN is refused.
    adjustment
        (T, N) adjusted over raw close, or ``None`` for ones. Notional is raw close x volume.
    raw_known
        Whether a share of these prices, over ``adjustment``, is one that traded that day: prices as traded. Vendors
        restate their closes for later splits; lots and fees a share then mean nothing.
    dividends
        (T, N) cash a (new) share pays before the open of its ex-date, or ``None``; for raw prices.
    splits
        (T, N) new shares for an old one before the open of a session (1 for none), or ``None``; for raw prices.
    delistings
        When an asset ceased to trade and what it paid, by name.
    halted
        (T, N) True where trading was suspended, or ``None`` for never.
    half_spread
        (T, N) quoted half-spread as a fraction of price, or ``None`` where the cost model states one.
    spread_scale
        (T, N) multiplier that stress puts on whatever half-spread applies, or ``None`` for ones.
    cash_rate
        (T,) annual rate (ACT/360) that cash held from this close to the next earns; NaN where the source of rates has
        ended and nothing was stated instead: no run reaches there.
    cash_rate_stated
        (T,) True where the source of rates had none and ``cash_rate`` is what was stated for that; ``None`` for never.
    instruments
        One :class:`Instrument` an asset.
    series
        Exogenous series by name.
    assumed_adv
        Daily notional in currency (a number, or (T, N)) assumed where ``volume`` is ``None``; ``None`` assumes
        nothing.
    unstated
        Assets of which nothing says whether their prices carry dividends and splits.
    sessions_per_year
        What annual figures are multiplied by, where stated; by default it follows from the spacing of the sessions
        of what is held (:func:`simulator.core.rhythm_nb.sessions_per_year`).
    reading
        What was found out or left out when the files were read.
    classified
        Assets whose class was stated, of those whose instruments a table gives.
    """

    sessions: DateArray
    assets: tuple[str, ...]
    close: FloatArray
    open: FloatArray | None = None
    high: FloatArray | None = None
    low: FloatArray | None = None
    volume: FloatArray | None = None
    depth: FloatArray | None = None
    adjustment: FloatArray | None = None
    raw_known: bool = False
    dividends: FloatArray | None = None
    splits: FloatArray | None = None
    delistings: Mapping[str, Delisting] = field(default_factory=dict)
    halted: BoolArray | None = None
    half_spread: FloatArray | None = None
    spread_scale: FloatArray | None = None
    cash_rate: FloatArray = field(default_factory=lambda: np.zeros(0))
    cash_rate_stated: BoolArray | None = None
    instruments: tuple[Instrument, ...] = ()
    series: Mapping[str, ExogenousSeries] = field(default_factory=dict)
    assumed_adv: float | FloatArray | None = None
    sessions_per_year: float | None = None
    unstated: tuple[str, ...] = ()
    reading: tuple[QualityNote, ...] = ()
    classified: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "sessions", frozen(self.sessions, "datetime64[D]"))
        put(self, "assets", tuple(self.assets))
        if not np.all(np.diff(self.sessions.astype(np.int64)) > 0):
            raise DataError("sessions must be ascending and unique, one a day")
        if CASH in self.assets:
            raise DataError(f"{CASH} is the cash of every book and can be no asset; rename it")
        shape = (self.sessions.size, len(self.assets))
        for name in _PANELS:
            panel = getattr(self, name)
            if panel is not None:
                put(self, name, frozen(panel))
                frames.check_shape(name, getattr(self, name), shape)
        frames.check_depth(self.depth, self.sessions, self.assets)
        if self.halted is not None:
            put(self, "halted", frozen(self.halted, np.bool_))
        if self.adjustment is not None and (self.dividends is not None or self.splits is not None):
            raise DataError("prices are either adjusted or raw with dividends and splits, not both: drop one of them")
        put(self, "delistings", frames.delistings(self.delistings, self.assets, Delisting))
        if isinstance(self.assumed_adv, np.ndarray):
            put(self, "assumed_adv", frozen(self.assumed_adv))
            frames.check_shape("assumed_adv", self.assumed_adv, shape)
        rate = self.cash_rate if np.size(self.cash_rate) else np.zeros(shape[0])
        put(self, "cash_rate", frozen(rate))
        frames.check_shape("cash_rate", self.cash_rate, shape[:1])
        if self.cash_rate_stated is not None:
            put(self, "cash_rate_stated", frozen(self.cash_rate_stated, np.bool_))
        for series in self.series.values():
            if series.refusal:
                raise DataError(series.refusal)
        put(self, "instruments", tuple(self.instruments) or tuple(Instrument() for _ in self.assets))
        if len(self.instruments) != shape[1]:
            raise DataError(f"{len(self.instruments)} instruments for {shape[1]} assets")
        _check_per_year(self.sessions_per_year)

    @classmethod
    def from_frames(
        cls,
        close: pd.DataFrame | VectorbtData,
        *,
        open: pd.DataFrame | None = None,  # noqa: A002 - the field's own name
        high: pd.DataFrame | None = None,
        low: pd.DataFrame | None = None,
        volume: pd.DataFrame | None = None,
        depth: pd.DataFrame | None = None,
        adjustment: pd.DataFrame | None = None,
        prices: Prices | None = None,
        raw_known: bool | None = None,
        dividends: pd.DataFrame | None = None,
        splits: pd.DataFrame | None = None,
        delistings: Mapping[str, tuple[str | np.datetime64, float]] | None = None,
        halted: pd.DataFrame | None = None,
        half_spread: pd.DataFrame | None = None,
        cash_rate: float | pd.Series = 0.0,
        cash_rate_after: float | None = None,
        instruments: Mapping[str, Instrument] | None = None,
        series: Mapping[str, ExogenousSeries] | None = None,
        assumed_adv: float | None = None,
        zone: str | None = None,
        sessions_per_year: float | None = None,
    ) -> MarketData:
        """Build a market from wide frames: one row a session, one column an asset.

        Every frame must have the rows and columns of ``close``, in any column order. Prices must be positive
        where present; a missing price (NaN) makes the asset untradable that day. A ``vectorbt.Data``, or the frame of
        ``yfinance.download``, in the place of ``close`` gives open, high, low and volume too where it has them, and
        the adjustment where there is an adjusted close.

        Parameters
        ----------
        prices
            What prices carry: ``"adjusted"`` for dividends and splits, ``"split-adjusted"`` for later splits, or
            ``"raw"``, as traded. Lots and fees a share need ``"raw"``, or ``splits``; nothing else does.
        raw_known
            Whether close over ``adjustment`` is the price as traded; follows from ``prices`` and ``splits``.
        zone
            The exchange's time zone, in which stamps with a zone are read. By default they are read in the zone that
            they have, and refused where they may be those of the next day; so is a weekday market with Sundays,
            which a stated zone allows.

        A ``cash_rate`` series holds for as long as its own rhythm says (:func:`simulator.core.age.age_limit`), then
        ``cash_rate_after`` does; without it no run reaches beyond.

        Raises
        ------
        DataError
            Naming the frame, the column and the date that cannot be used.
        """
        if holds_bars(close):
            wide = wide_frames(close, zone, adjusted=prices in (None, "adjusted"))
            own = {"open": open, "high": high, "low": low, "volume": volume, "adjustment": adjustment}
            stated = {field: frame for field, frame in own.items() if frame is not None}
            open, high, low, volume, adjustment = ({**wide, **stated}.get(field) for field in own)  # noqa: A001
            close = wide["close"]
        close = frames.dated("close", close, zone)
        frames.check_assets(close)
        _check_convention(prices, adjustment, dividends, splits)
        names = tuple(close.columns)
        panels: dict[str, Any] = {"close": frames.prices("close", close, close)}
        for label, frame in (("open", open), ("high", high), ("low", low)):
            panels[label] = None if frame is None else frames.prices(label, frames.dated(label, frame, zone), close)
        given_panels = {
            "volume": volume,
            "depth": depth,
            "half_spread": half_spread,
            "adjustment": adjustment,
            "dividends": dividends,
            "splits": splits,
        }
        for label, frame in given_panels.items():
            panels[label] = None if frame is None else frames.quantities(label, frames.dated(label, frame, zone), close)
        panels["halted"] = (
            None if halted is None else frames.flags("halted", frames.dated("halted", halted, zone), close)
        )
        known = dict(instruments or {})
        rate, rate_stated = frames.rate(cash_rate, close, cash_rate_after, zone)
        sessions = pd.DatetimeIndex(close.index).values.astype("datetime64[D]")
        if zone is None:
            for name, column in zip(names, panels["close"].T, strict=True):
                check_week(name, sessions[np.isfinite(column)])
        return cls(
            sessions=sessions,
            assets=names,
            cash_rate=rate,
            cash_rate_stated=rate_stated,
            instruments=tuple(known.get(name, Instrument()) for name in names),
            series=dict(series or {}),
            assumed_adv=assumed_adv,
            raw_known=(prices == "raw" or splits is not None) if raw_known is None else raw_known,
            sessions_per_year=sessions_per_year,
            delistings=frames.delistings(delistings or {}, names, Delisting),
            **panels,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(T, N)."""
        return self.sessions.size, len(self.assets)

    @property
    def settlement(self) -> dict[str, int]:
        """Sessions from a trade to its cash, of the assets whose instruments state them."""
        stated = zip(self.assets, self.instruments, strict=True)
        return {name: instrument.settlement for name, instrument in stated if instrument.settlement is not None}

    @cached_property
    def priced(self) -> BoolArray:
        """(T, N) True where there was a price."""
        return frozen(np.isfinite(self.close), np.bool_)

    @cached_property
    def tradable(self) -> BoolArray:
        """(T, N) True where there was a price and, if volumes are known, some volume, and no halt."""
        able = self.priced & self.alive
        if self.volume is not None:
            able &= self.volume > 0.0
        if self.halted is not None:
            able &= ~self.halted
        return frozen(able, np.bool_)

    @cached_property
    def gone_from(self) -> IntArray:
        """(N,) first session on which an asset is no longer listed; T for never."""
        gone = [
            int(np.searchsorted(self.sessions, self.delistings[name].date))
            if name in self.delistings
            else len(self.sessions)
            for name in self.assets
        ]
        return frozen(gone, np.int64)

    @cached_property
    def alive(self) -> BoolArray:
        """(T, N) True from an asset's first price until it is delisted."""
        born = self.priced if self.priced.all() else np.logical_or.accumulate(self.priced, axis=0)
        return frozen(born & (np.arange(self.sessions.size)[:, None] < self.gone_from), np.bool_)

    @cached_property
    def quoted(self) -> npt.NDArray[np.uint8]:
        """(T, N) whether there was a price, as ``abi.QUOTED``, ``CLOSED`` or ``UNLISTED``.

        An asset is no observation of a book where its market was closed: where it is listed and has no price.
        """
        listed = np.where(self.priced, abi.QUOTED, abi.CLOSED)
        return frozen(np.where(self.alive, listed, abi.UNLISTED), np.uint8)

    @cached_property
    def growth_factor(self) -> FloatArray | None:
        """(T, N) what one share has become by each session through splits and reinvested dividends.

        Prices times this are total-return prices that use the past alone. A dividend on a day without a price is
        reinvested on the next day that has one. ``None`` where prices are adjusted.
        """
        if self.dividends is None and self.splits is None:
            return None
        ratio = np.ones(self.shape) if self.splits is None else np.nan_to_num(self.splits, nan=1.0)
        if self.dividends is not None:
            ratio = ratio * (1.0 + np.nan_to_num(self._reinvested(self.dividends, ratio) / self.close))
        return frozen(np.cumprod(ratio, axis=0))

    def _reinvested(self, dividends: FloatArray, splits: FloatArray) -> FloatArray:
        """(T, N) cash that a share held on a session reinvests: its dividends, and those since its last price."""
        cash: FloatArray = np.nan_to_num(dividends)
        for t, i in np.argwhere((cash != 0.0) & ~self.priced & self.alive):
            later = t + np.flatnonzero(self.priced[t:, i])
            if later.size:
                cash[later[0], i] += cash[t, i] / np.prod(splits[t + 1 : later[0] + 1, i])
        return cash

    def total_return(self, name: str = "close") -> FloatArray:
        """(T, N) a price field as a total-return price, from the past alone."""
        panel = getattr(self, name)
        if panel is None:
            raise DataError(f"this market has no {name!r}; pass it to MarketData.from_frames")
        values: FloatArray = panel if self.growth_factor is None else panel * self.growth_factor
        return values

    @cached_property
    def notional(self) -> FloatArray | None:
        """(T, N) currency traded that day: raw close x volume, else ``assumed_adv``; ``None`` if neither."""
        if self.volume is not None:
            raw = self.close if self.adjustment is None else self.close / self.adjustment
            return frozen(raw * self.volume)
        if self.assumed_adv is None:
            return None
        return frozen(np.broadcast_to(self.assumed_adv, self.shape).copy())

    @cached_property
    def tradable_notional(self) -> FloatArray | None:
        """(T, N) currency one can trade into: :attr:`notional` x ``depth``; ``None`` without either volume."""
        if self.notional is None or self.depth is None:
            return self.notional
        return frozen(self.notional * self.depth)

    def frame(self, name: str) -> pd.DataFrame:
        """One field as a pandas frame (sessions by assets)."""
        values = getattr(self, name)
        if values is None:
            raise DataError(f"this market has no {name!r}; pass it to MarketData.from_frames")
        return pd.DataFrame(values, index=pd.DatetimeIndex(self.sessions), columns=list(self.assets))

    def index_of(self, asset: str) -> int:
        """Column of an asset. It is that of the (T, N) panels."""
        if asset not in self.assets:
            raise DataError(f"no asset {asset!r} in this market; there are: {', '.join(self.assets)}")
        return self.assets.index(asset)

    def between(self, start: int, stop: int) -> MarketData:
        """Sessions ``start`` to ``stop`` (exclusive); series keep what was published before the last of them."""
        rows = slice(start, stop)
        cut: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name)[rows]
            for name in (*_PANELS, "halted", "sessions", "cash_rate", "cash_rate_stated")
        }
        if isinstance(self.assumed_adv, np.ndarray):
            cut["assumed_adv"] = self.assumed_adv[rows]
        last = cut["sessions"][-1]
        return replace(self, **cut, series={name: series.until(last) for name, series in self.series.items()})

    def check_cash_rate(self, start: int, stop: int) -> None:
        """Raise unless what cash earns is known on every session of ``[start, stop)`` but the last."""
        unknown = start + np.flatnonzero(np.isnan(self.cash_rate[start : max(stop - 1, start + 1)]))
        if unknown.size:
            before = self.cash_rate[: unknown[0]]
            known = np.flatnonzero(~np.isnan(before))
            last = f"its last one holds to {self.sessions[known[-1]]}" if known.size else "it has none before"
            raise DataError(
                f"cash_rate: none is known on {self.sessions[unknown[0]]} ({last}); say what cash earns from then: "
                'cash_rate = { path = "...", after = 0.01 } in a scenario, cash_rate_after=0.01 from Python'
            )

    def fingerprint(self) -> str:
        """SHA-256 over every array and every name: equal fingerprints mean equal data."""
        digest = hashlib.sha256()
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in ("cash_rate_stated", "reading", "classified"):
                continue  # says of which kind a rate is, how files were read or who said what, and changes none
            if item.name in ("sessions_per_year", "depth") and value is None:
                continue  # says nothing: the same data as before there was such a field
            digest.update(item.name.encode())
            if isinstance(value, np.ndarray):
                digest.update(f"{value.dtype}{value.shape}".encode() + value.tobytes())
            elif isinstance(value, Mapping):
                for name, held in sorted(value.items()):
                    digest.update(_content(name, held))
            else:
                digest.update(repr(value).encode())
        return digest.hexdigest()


def _check_convention(prices: Prices | None, adjustment: Any, dividends: Any, splits: Any) -> None:
    """Raise if the prices are said to carry what is given beside them."""
    if prices is not None and prices not in get_args(Prices):
        raise ParameterError(f"prices must be one of {', '.join(get_args(Prices))}, not {prices!r}")
    given = {"adjustment": adjustment, "dividends": dividends, "splits": splits}
    wrong = {"adjusted": ("dividends", "splits"), "split-adjusted": ("adjustment", "splits"), "raw": ("adjustment",)}
    for name in wrong.get(prices or "", ()):
        if given[name] is not None:
            raise DataError(f"prices = {prices!r}, but {name} are given beside them; drop {name}, or say otherwise")


def _check_per_year(stated: float | None) -> None:
    if stated is not None and not 0.0 < stated <= MOST_A_YEAR:
        raise DataError(
            f"sessions_per_year is {stated}: a year has from 1 to 366 sessions; leave it out for the rhythm of the data"
        )


def _content(name: str, held: ExogenousSeries | Delisting) -> bytes:
    """What decides a fingerprint of something named: a series' values and release, or a delisting's facts."""
    if isinstance(held, ExogenousSeries):
        content = f"{name}{held.rule}".encode() + held.dates.tobytes() + held.values.tobytes()
        if held.vintages is None:
            return content
        return content + b"".join(getattr(held.vintages, part).tobytes() for part in ("dates", "known_at", "values"))
    return f"{name}{held!r}".encode()
