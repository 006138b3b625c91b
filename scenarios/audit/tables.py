"""What is compared: values by row, each row settled at the close of a session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from simulator.core.types import BoolArray, DateArray, FloatArray, IntArray
from simulator.ledger import EVENT, Kind

#: A row that is settled on no session of this history.
NEVER: Final = 2**31
#: A row that holds whatever the session.
ALWAYS: Final = -1


class TableDifference(NamedTuple):
    """The first row that differs, and how. Values are in words, in the unit of their column."""

    column: str
    date: np.datetime64
    at: int  # session at whose close the row is settled
    was: str
    became: str


class Table(Protocol):
    """Rows that can be compared with those of another replay, up to a session."""

    def difference(self, other: Any, t: int) -> TableDifference | None:
        """The first row settled by session t that is not the same in both; ``None`` if all are, to the bit."""
        ...

    def digest(self, t: int) -> bytes:
        """SHA-256 of every value settled by session t."""
        ...


@dataclass(frozen=True, eq=False)
class PanelTable:
    """Numbers by row and column.

    Attributes
    ----------
    columns
        K names.
    values
        (R, K).
    dates
        (R,) the session a row is for.
    at
        (R,) the session at whose close it is settled.
    tolerance
        Relative difference that still counts as the same; 0 compares bits.
    """

    columns: tuple[str, ...]
    values: FloatArray
    dates: DateArray
    at: IntArray
    tolerance: float = 0.0

    def settled(self, t: int) -> BoolArray:
        """(R,) True for rows settled by session t."""
        return np.asarray(self.at <= t)

    def difference(self, other: PanelTable, t: int) -> TableDifference | None:
        """See :class:`Table`. ``t`` is a session of the market."""
        mine, theirs = self.settled(t), other.settled(t)
        ours, others, dates, at = self.values[mine], other.values[theirs], self.dates[mine], self.at[mine]
        if self.columns != other.columns:
            return _shape(self.dates, at, f"{len(self.columns)} columns", f"{len(other.columns)} columns")
        common = min(len(ours), len(others))
        differs = ~_same(ours[:common], others[:common], self.tolerance)
        if differs.any():
            row = int(np.flatnonzero(differs.any(axis=1))[0])
            column = int(np.flatnonzero(differs[row])[0])
            was, became = _number(ours[row, column]), _number(others[row, column])
            return TableDifference(self.columns[column], dates[row], int(at[row]), was, became)
        if len(ours) == len(others):
            return None
        longer = self if len(ours) > common else other
        rows = np.flatnonzero(longer.settled(t))[common:]
        date, when = longer.dates[rows[0]], int(longer.at[rows[0]])
        return TableDifference("rows", date, when, f"{len(ours)} rows", f"{len(others)} rows")

    def digest(self, t: int) -> bytes:
        """See :class:`Table`. Values that need not keep every bit have no hash. ``t`` is a session of the market."""
        if self.tolerance > 0.0:
            return b""
        values = self.values[self.settled(t)]
        return _sha(repr((self.columns, values.shape)).encode(), _canonical(values).tobytes())


def _shape(dates: DateArray, at: IntArray, was: str, became: str) -> TableDifference:
    return TableDifference("columns", dates[0], int(at[0]) if at.size else ALWAYS, was, became)


@dataclass(frozen=True, eq=False)
class EventTable:
    """Events of some kinds, in order.

    Attributes
    ----------
    records
        Records of :data:`simulator.ledger.EVENT`.
    at
        (R,) the market's session of each.
    sessions
        (T,) the market's sessions.
    assets
        N names.
    """

    records: npt.NDArray[Any]
    at: IntArray
    sessions: DateArray
    assets: tuple[str, ...]

    def difference(self, other: EventTable, t: int) -> TableDifference | None:
        """See :class:`Table`. ``t`` is a session of the market."""
        ours, theirs = self.records[self.at <= t], other.records[other.at <= t]
        common = min(len(ours), len(theirs))
        same = np.ones(common, bool)
        for name in EVENT.names or ():
            same &= _same(ours[name][:common], theirs[name][:common])
        if same.all() and len(ours) == len(theirs):
            return None
        row = int(np.flatnonzero(~same)[0]) if not same.all() else common
        return self._difference(row, ours, theirs, other)

    def _difference(
        self, row: int, ours: npt.NDArray[Any], theirs: npt.NDArray[Any], other: EventTable
    ) -> TableDifference:
        mine = ours[row] if row < len(ours) else None
        yours = theirs[row] if row < len(theirs) else None
        shift = int(self.at[0] - self.records[0]["session"]) if len(self.at) else _shift(other)
        earlier = min((event for event in (mine, yours) if event is not None), key=lambda event: int(event["session"]))
        at = int(earlier["session"]) + shift
        alike = mine is not None and yours is not None and all(mine[k] == yours[k] for k in _IDENTITY)
        was, became = self._text(mine, earlier, alike), self._text(yours, earlier, alike)
        return TableDifference(self._label(earlier), self.sessions[at], at, was, became)

    def _label(self, event: Any) -> str:
        asset = f" {self.assets[event['asset']]}" if event["asset"] >= 0 else ""
        return f"{Kind(int(event['kind'])).name.lower()}{asset}"

    def _text(self, event: Any, earlier: Any, alike: bool) -> str:
        if event is None or (not alike and event["session"] != earlier["session"]):
            return "nothing that day"
        label = "" if alike else f"{self._label(event)} "
        if event["kind"] == Kind.DECISION:
            return f"{label}turnover {_number(event['quantity'])} on nav {_number(event['amount'])}"
        shares = f"{_number(event['quantity'])} at {_number(event['price'])}, " if event["price"] else ""
        return f"{label}{shares}amount {_number(event['amount'])}"

    def digest(self, t: int) -> bytes:
        """See :class:`Table`. ``t`` is a session of the market."""
        rows = self.records[self.at <= t]
        return _sha(*(_canonical(rows[name]).tobytes() for name in EVENT.names or ()))


_IDENTITY = ("session", "kind", "component", "asset", "decision")


def _shift(table: EventTable) -> int:
    return int(table.at[0] - table.records[0]["session"]) if len(table.at) else 0


@dataclass(frozen=True, eq=False)
class Component:
    """One step of a run that could look ahead.

    Attributes
    ----------
    name
        ``signals.stress``, ``costs``, ``policies.monthly``...
    tables
        What it came to.
    feeds
        Names of the components it is made from: what they saw, it saw.
    order
        Its place within a session among components that feed each other.
    error
        What stopped it, if something did; there are then no tables.
    """

    name: str
    tables: tuple[Table, ...]
    feeds: tuple[str, ...] = ()
    order: int = 0
    error: Exception | None = field(default=None)

    def digest(self, t: int) -> bytes:
        """SHA-256 of everything settled by session t."""
        return _sha(self.name.encode(), *(table.digest(t) for table in self.tables))


#: Components by name, in the order in which a run makes them.
Observation = dict[str, Component]


def observation_hash(observed: Observation, names: list[str], t: int) -> str:
    """SHA-256 over the named components up to session t, in order."""
    return _sha(*(observed[name].digest(t) for name in names if name in observed)).hex()


def _same(a: npt.NDArray[Any], b: npt.NDArray[Any], tolerance: float = 0.0) -> BoolArray:
    same = a == b
    if a.dtype.kind == "f":
        same |= np.isnan(a) & np.isnan(b)
        if tolerance > 0.0:
            same |= np.isclose(a, b, rtol=tolerance, atol=0.0, equal_nan=True)
    return np.asarray(same)


def _canonical(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values with one NaN and one zero, so that equal values have equal bytes."""
    if values.dtype.kind != "f":
        return np.ascontiguousarray(values)
    return np.ascontiguousarray(np.where(np.isnan(values), np.nan, values + 0.0))


def _sha(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _number(value: float) -> str:
    """A value with all its digits, or "missing"."""
    return "missing" if np.isnan(value) else repr(float(value))
