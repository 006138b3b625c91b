"""A payment log and what belongs to it, from files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from scenarios.study.tables import has_columns, line_of, loaded, names_in, numbers_in, stamps_in
from signals.payments.codes import CODES, codes_of_news, codes_of_spells
from signals.payments.log import CENTRAL_BANK, PaymentLog, Payments, Positions, unknown_positions
from signals.payments.panel import WARM_UP
from simulator.core.errors import DataError, ParameterError, nearest
from simulator.core.types import DateArray, FloatArray, IntArray

_HELD: Final = ("opening_balance", "collateral_before", "collateral_after", "minimum_reserve")
#: Banks with stress that leaving one out needs.
FEWEST: Final = 3


class Hours(NamedTuple):
    """Opening and close of the system, in hours."""

    opens: float = 7.0
    closes: float = 18.0


@dataclass(frozen=True, eq=False)
class BankData:
    """What the study works on.

    Attributes
    ----------
    payments
        Log, positions, benchmark.
    banks, places
        The B banks under study, and their accounts.
    codes
        (D, B) stress codes.
    notes
        What is odd or missing, to be said first.
    """

    payments: Payments
    banks: tuple[str, ...]
    places: tuple[int, ...]
    codes: IntArray
    notes: tuple[str, ...]


#: The day of TARGET2.
DAY: Final = Hours()


def read_hours(text: str) -> Hours:
    """``07:00-18:00``."""
    found = re.fullmatch(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)", text.strip())
    if found is None:
        raise ParameterError(f"--hours {text} is not two times of day; write 07:00-18:00")
    a, b, c, d = map(int, found.groups())
    hours = Hours(a + b / 60.0, c + d / 60.0)
    if not 0.0 <= hours.opens < hours.closes <= 24.0 or max(b, d) > 59:
        raise ParameterError(f"--hours {text} must begin before it ends, within one day")
    return hours


class BankSource(NamedTuple):
    """A table, and what to call it where something is wrong with it."""

    path: str
    table: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Sources:
    """Everything that is known; ``central`` is the account of the central bank."""

    log: BankSource
    stress: BankSource
    positions: BankSource | None = None
    rates: BankSource | None = None
    hours: Hours = DAY
    central: str = CENTRAL_BANK


def read_source(path: Path) -> BankSource:
    """A table from a file."""
    return BankSource(str(path), loaded(path))


def bank_data(files: Sources, *, central_stated: bool = False) -> BankData:
    """Log, stress and what else there is, checked; a central bank that was ``central_stated`` must have an account.

    Raises
    ------
    DataError
        Naming file, column, line or bank, and what to do.
    """
    log = _read_log(files)
    notes = []
    if files.central not in log.accounts:
        if central_stated:
            hint = nearest(files.central, log.accounts)
            raise DataError(f"{files.log.path}: has no account {files.central} (--central-bank){hint}")
        notes.append(f"{files.log.path} has no account {files.central}: every account is taken for a bank")
    if files.positions is None:
        positions = unknown_positions(log)
        notes.append(
            "no --positions: balances count from each day's opening, and collateral, haircut and reserve are not known"
        )
    else:
        positions = _read_positions(files.positions, log, files.central)
    benchmark = np.full(log.sessions.size, np.nan)
    if files.rates is None:
        notes.append("no --rates: the median rate of the loans found in twenty sessions stands for the benchmark")
    else:
        benchmark = _read_rates(files.rates, log.sessions)
        if np.isnan(benchmark).any():
            notes.append(
                f"{files.rates.path} has no rate for {int(np.isnan(benchmark).sum())} sessions; medians stand there"
            )
    banks, codes = _read_stress(files.stress, log)
    places = tuple(log.accounts.index(bank) for bank in banks)
    _enough(files, log, banks, places)
    return BankData(Payments(log, positions, benchmark), banks, places, codes, tuple(notes))


def _read_log(files: Sources) -> PaymentLog:
    path, table = files.log
    has_columns(path, table, ("time", "payer", "payee", "amount", "type"))
    stamps = stamps_in(path, table, "time", "2010-01-04 09:13:22")
    payer, payee, kind = (names_in(path, table, name) for name in ("payer", "payee", "type"))
    amount = numbers_in(path, table, "amount", 0.0, above=True)
    if "id" in table:
        twice = table["id"].duplicated()
        if twice.any():
            line = line_of(twice)
            raise DataError(
                f"{path}, column id, line {line}: {table['id'][line - 2]} is there twice; each payment once"
            )
    own = payer == payee
    if own.any():
        line = line_of(own)
        raise DataError(f"{path}, line {line}: {payer[line - 2]} pays itself; leave such rows out")
    days = stamps.dt.normalize()
    hour = ((stamps - days) / np.timedelta64(1, "h")).to_numpy(np.float64)
    outside = (hour < files.hours.opens) | (hour > files.hours.closes)
    if outside.any():
        line = line_of(outside)
        raise DataError(
            f"{path}, column time, line {line}: {stamps[line - 2]} lies outside the day of the system, "
            f"{_clock(files.hours.opens)} to {_clock(files.hours.closes)}; say --hours if it is another"
        )
    sessions, day = np.unique(days.to_numpy().astype("datetime64[D]"), return_inverse=True)
    accounts = sorted(set(payer) | set(payee))
    types = sorted(set(kind))
    order = np.lexsort((hour, day))
    place = {name: number for number, name in enumerate(accounts)}
    of_type = {name: number for number, name in enumerate(types)}
    return PaymentLog(
        sessions,
        tuple(accounts),
        tuple(types),
        day.astype(np.int64)[order],
        hour[order],
        payer.map(place).to_numpy(np.int64)[order],
        payee.map(place).to_numpy(np.int64)[order],
        amount.to_numpy(np.float64)[order],
        kind.map(of_type).to_numpy(np.int64)[order],
    )


def _clock(hour: float) -> str:
    return f"{int(hour):02d}:{round(60 * (hour % 1)):02d}"


def _known(path: str, banks: pd.Series, log: PaymentLog) -> IntArray:
    place = {name: number for number, name in enumerate(log.accounts)}
    unknown = ~banks.isin(list(place))
    if unknown.any():
        line = line_of(unknown)
        name = banks[line - 2]
        raise DataError(
            f"{path}, column bank, line {line}: {name} is not in the payment log{nearest(name, list(place))}"
        )
    return np.asarray(banks.map(place), np.int64)


def _read_positions(source: BankSource, log: PaymentLog, central: str) -> Positions:
    path, table = source
    has_columns(path, table, ("date", "bank", *_HELD))
    banks = names_in(path, table, "bank")
    places = _known(path, banks, log)
    days = stamps_in(path, table, "date", "2010-01-04").dt.normalize().to_numpy().astype("datetime64[D]")
    twice = pd.DataFrame({"day": days, "bank": banks}).duplicated()
    if twice.any():
        line = line_of(twice)
        raise DataError(f"{path}, line {line}: {banks[line - 2]} has two rows for {days[line - 2]}; keep one")
    missing = set(log.accounts) - set(banks) - {central}
    if missing:
        raise DataError(f"{path}: has no row for {min(missing)}, which is in the payment log; give one a session")
    row = np.searchsorted(log.sessions, days)
    inside = (row < log.sessions.size) & (log.sessions[np.minimum(row, log.sessions.size - 1)] == days)
    arrays = []
    for name in _HELD:
        values = numbers_in(path, table, name, -np.inf if name == "opening_balance" else 0.0)
        held = np.full((log.sessions.size, len(log.accounts)), np.nan)
        held[row[inside], places[inside]] = values.to_numpy()[inside]
        arrays.append(held)
    unknown = np.isnan(arrays[0])
    unknown[:, [number for number, name in enumerate(log.accounts) if name == central]] = False
    if unknown.any():
        day, place = (int(found[0]) for found in np.nonzero(unknown))
        raise DataError(f"{path}: has no row for {log.accounts[place]} on {log.sessions[day]}; give one a session")
    return Positions(*arrays)


def _read_rates(source: BankSource, sessions: DateArray) -> FloatArray:
    path, table = source
    has_columns(path, table, ("date", "rate"))
    days = stamps_in(path, table, "date", "2010-01-04").dt.normalize()
    rates = numbers_in(path, table, "rate", -0.5)
    large = rates > 0.5
    if large.any():
        line = line_of(large)
        raise DataError(f"{path}, column rate, line {line}: {rates[line - 2]:g} is no fraction a year; 1% is 0.01")
    series = pd.Series(rates.to_numpy(), index=days.to_numpy().astype("datetime64[D]"))
    if series.index.has_duplicates:
        twice = str(series.index[series.index.duplicated()][0])[:10]
        raise DataError(f"{path}: has two rows for {twice}; keep one")
    return series.reindex(sessions).to_numpy(np.float64)


def _read_stress(source: BankSource, log: PaymentLog) -> tuple[tuple[str, ...], IntArray]:
    """The banks under study and their (D, B) codes.

    Spells (``bank, from, to, code``, both days included), or news (``bank, date, severity``) scored by the rule of
    :func:`~signals.payments.codes.codes_of_news`.
    """
    path, table = source.path, source.table.copy()
    spells = "code" in table
    has_columns(path, table, ("bank", "from", "to", "code") if spells else ("bank", "date", "severity"))
    banks = names_in(path, table, "bank")
    _known(path, banks, log)
    table["bank"] = banks
    for name in ("from", "to") if spells else ("date",):
        table[name] = stamps_in(path, table, name, "2010-01-04").dt.normalize()
    column, allowed = ("code", tuple(CODES)) if spells else ("severity", (1, 2, 3))
    values = pd.to_numeric(table[column], errors="coerce")
    wrong = ~values.isin(allowed)
    if wrong.any():
        line = line_of(wrong)
        given = table[column][line - 2]
        raise DataError(f"{path}, column {column}, line {line}: {given} is none of {', '.join(map(str, allowed))}")
    table[column] = values.astype(int)
    if spells and (table["from"] > table["to"]).any():
        raise DataError(f"{path}, line {line_of(table['from'] > table['to'])}: begins after it ends")
    names = tuple(sorted(set(banks)))
    build = codes_of_spells if spells else codes_of_news
    return names, build(table, log.sessions, names)


def _enough(files: Sources, log: PaymentLog, banks: Sequence[str], places: Sequence[int]) -> None:
    for bank, place in zip(banks, places, strict=True):
        here = (log.payer == place) | (log.payee == place)
        days = np.unique(log.day[here]).size
        if days <= WARM_UP:
            raise DataError(
                f"{files.log.path}: {bank} pays on {days} {'day' if days == 1 else 'days'} only; "
                f"{WARM_UP + 1} are needed to say what is usual for it; leave it out of the stress file"
            )
