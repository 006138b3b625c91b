"""The system day by day: what falls due is paid, queued or financed, and the evening's balances open the next day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from signals.payments.log import CENTRAL_BANK, PaymentLog, Payments, Positions
from simulator.core.types import DateArray, FloatArray, IntArray

from .episodes import BankEpisode, Deeds, drawn, gone_from, intensities, loadings
from .habits import COLLATERAL, REFINANCING, REQUIREMENT, Habits, Oddities, drawn_habits, drawn_oddities
from .market import LEAST, STEP, Loan, afternoon, owed
from .obligations import ADMINISTRATIVE, INTERBANK, Due, few, joined, ordinary, single, together
from .settlement import settled
from .terms import CLOSES, MARKET, OPENS, TYPES, PaymentSystem

#: Sessions between two refinancing operations, and the day of the week on which they settle.
_WEEK, _ON = 5, 2
#: Share of the day's loans beside which a payment goes and comes back with something added that is no loan.
_LOOK_ALIKE: Final = 0.02
#: Sessions of lending that contagion looks back on.
_MEMORY: Final = 20
#: What a bank that no longer operates still pays, and what the marginal facility costs above the benchmark.
_LEFT, _MARGINAL = 0.02, 0.01
#: How much more customers pay in, in logs, for each time its usual refinancing that a bank has lost.
_RETURNS: Final = 0.15
#: Premium that a whole market in turmoil asks of everyone, and what it adds to collateral.
_TURMOIL_PREMIUM, _TURMOIL_COLLATERAL = 0.0008, 0.15


@dataclass(frozen=True, eq=False)
class Simulated:
    """What was made, and what was so.

    Attributes
    ----------
    payments
        Log, positions and benchmark, as a supervisor sees them.
    loans
        Every loan: ``lender``, ``borrower``, ``date``, ``amount``, ``rate``, ``sessions`` it runs for, ``repaid`` (date
        or NaT), ``parts`` it is repaid in.
    episodes
        Who came under stress, when and how.
    intensity
        (D, B) stress, what was caught from others included.
    """

    system: PaymentSystem
    payments: Payments
    loans: pd.DataFrame
    episodes: tuple[BankEpisode, ...]
    intensity: FloatArray


@dataclass
class _State:
    """What one day leaves to the next."""

    balance: FloatArray  # (B + 1,), the central bank's last and without meaning
    refinancing: FloatArray
    marginal: FloatArray
    claims: FloatArray  # (B,) lent less borrowed, overnight and weekly
    lending: FloatArray  # (B, B) lender by borrower, fading
    due: dict[int, list[tuple[int, int, float, float, int]]] = field(default_factory=dict)
    falling: dict[int, list[Loan]] = field(default_factory=dict)
    waiting: Due = field(default_factory=lambda: few([]))


@dataclass(frozen=True, eq=False)
class _World:
    """What does not depend on what happens."""

    system: PaymentSystem
    sessions: DateArray
    habits: Habits
    oddities: Oddities
    own: FloatArray
    loadings: FloatArray
    gone: IntArray
    collateral: FloatArray
    spread: FloatArray
    benchmark: FloatArray


def simulate_payments(system: PaymentSystem, rng: np.random.Generator) -> Simulated:
    """Simulate a payment system; the same generator state gives the same log."""
    world, episodes = _world(system, rng)
    size, n = world.habits.size, system.banks
    state = _State(
        np.append(REQUIREMENT * size, 0.0), REFINANCING * size, np.zeros(n), np.zeros(n), np.zeros((n, n))
    )  # fmt: skip
    days: list[tuple[Due, FloatArray]] = []
    opening, after, before = (np.full((system.sessions, n + 1), np.nan) for _ in range(3))
    intensity = np.zeros((system.sessions, n))
    loans: list[tuple[int, Loan]] = []
    for day in range(system.sessions):
        opening[day] = state.balance
        intensity[day] = world.own[day] + system.contagion * _caught(state, world.own[day])
        deeds = Deeds(*(np.clip(intensity[day], 0.0, 1.5)[:, None] * world.loadings).T)
        after[day, :n] = _collateral(world, state, day, deeds)
        haircut = world.habits.haircut + deeds.haircut + rng.normal(0.0, 0.002, size=n)
        before[day, :n] = after[day, :n] / (1.0 - np.clip(haircut, 0.0, 0.9))
        paid, agreed = _day(world, state, day, deeds, after[day], rng)
        days.append(paid)
        loans += [(day, loan) for loan in agreed]
    opening[:, n] = np.nan
    requirement = np.append(REQUIREMENT * size, np.nan) * np.ones((system.sessions, 1))
    payments = Payments(_log(world, days), Positions(opening, before, after, requirement), world.benchmark)
    return Simulated(system, payments, _loans(world, loans), episodes, intensity)


def _world(system: PaymentSystem, rng: np.random.Generator) -> tuple[_World, tuple[BankEpisode, ...]]:
    first = np.datetime64(system.first, "D")
    sessions = np.busday_offset(first, np.arange(system.sessions), roll="forward")
    habits = drawn_habits(system, rng)
    oddities = drawn_oddities(system, rng)
    episodes = drawn(system, rng)
    own = intensities(system, episodes, rng)
    shape = (system.sessions, system.banks)
    slow = np.exp(_wandering(shape, 0.01, 0.99, rng))
    benchmark = np.round(0.01 + _wandering((system.sessions, 1), 0.0002, 0.995, rng)[:, 0], 5)
    return (
        _World(
            system,
            sessions,
            habits,
            oddities,
            own,
            loadings(system, episodes, rng),
            gone_from(system, episodes),
            COLLATERAL * habits.size * slow,
            _wandering(shape, 0.00012, 0.9, rng),
            np.maximum(benchmark, 0.0005),
        ),
        episodes,
    )


def _wandering(shape: tuple[int, int], shock: float, stays: float, rng: np.random.Generator) -> FloatArray:
    """Autoregressive paths from zero, a column each."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, -stays], rng.normal(0.0, shock, size=shape), axis=0))


def _caught(state: _State, own: FloatArray) -> FloatArray:
    """(B,) share of each bank's late lending that went to banks under stress, by their intensity."""
    total = state.lending.sum(axis=1)
    return np.asarray(np.divide(state.lending @ own, total, out=np.zeros_like(total), where=total > 0.0))


def _collateral(world: _World, state: _State, day: int, deeds: Deeds) -> FloatArray:
    """(B,) collateral after haircut: enough for the refinancing and a fifth more at least."""
    calm = world.collateral[day] * world.oddities.collateral[day]
    usual = calm * (1.0 + _TURMOIL_COLLATERAL * world.oddities.turmoil[day]) * (1.0 + deeds.collateral)
    return np.asarray(np.maximum(usual, 1.2 * state.refinancing))


def _day(
    world: _World,
    state: _State,
    day: int,
    deeds: Deeds,
    collateral: FloatArray,
    rng: np.random.Generator,
) -> tuple[tuple[Due, FloatArray], list[Loan]]:
    """Carry the state over one day; return what was paid and when, and the loans agreed."""
    n = world.system.banks
    due = joined([_morning(world, state, day, deeds, rng), _ordinary(world, state, day, deeds, rng)])
    credit = np.append(np.maximum(collateral[:n] - state.refinancing, 0.0), np.inf)
    agreed = _market(world, state, day, deeds, due, credit, rng)
    due = joined([due, few([(a.lender, a.borrower, a.amount, a.hour, INTERBANK) for a in agreed])])
    hours = settled(due, state.balance, credit)
    paid = _closed(world, state, due, hours, deeds)
    _remember(world, state, day, agreed, rng)
    _look_alikes(world, state, day, len(agreed), paid[0], rng)
    return paid, agreed


def _morning(world: _World, state: _State, day: int, deeds: Deeds, rng: np.random.Generator) -> Due:
    """Repayments, what waited from yesterday, refinancing and fees."""
    n = world.system.banks
    rows = list(state.due.pop(day, []))
    held_back = [
        (payer, payee, amount, hour + (deeds.delay[payer] if payer < n else 0.0), kind)
        for payer, payee, amount, hour, kind in rows
    ]
    for loan in state.falling.pop(day, []):
        state.claims[loan.lender] -= loan.amount
        state.claims[loan.borrower] += loan.amount
    for bank in np.flatnonzero(state.marginal).tolist():
        nights = int((world.sessions[day] - world.sessions[day - 1]).astype(int))
        back = state.marginal[bank] * (1.0 + (world.benchmark[day - 1] + _MARGINAL) * nights / 360.0)
        held_back.append((bank, n, round(float(back), 2), OPENS, ADMINISTRATIVE))
    state.marginal[:] = 0.0
    if day % _WEEK == _ON:
        held_back += _refinanced(world, state, deeds)
    for bank in range(n):
        for _ in range(int(rng.poisson(0.5))):
            amount = round(float(np.exp(rng.normal(9.0, 1.0))), 2)
            held_back.append((bank, n, amount, float(rng.uniform(8.0, 16.0)), ADMINISTRATIVE))
    waiting = state.waiting
    state.waiting = few([])
    return joined([waiting._replace(hour=np.full(waiting.hour.size, OPENS)), few(held_back)])


def _refinanced(world: _World, state: _State, deeds: Deeds) -> list[tuple[int, int, float, float, int]]:
    """The weekly operation: what brings each bank back to its reserve, and something more under stress.

    Refinancing below zero is a deposit with the central bank.
    """
    n = world.system.banks
    target = REQUIREMENT * world.habits.size * (1.0 + 0.3 * deeds.hoard)
    lacking = target - (state.balance[:n] + state.claims)
    renewed = np.round(state.refinancing + lacking, 2)
    rows = []
    for amounts, hour, back in ((renewed, 9.5, False), (state.refinancing, 9.6, True)):
        for bank in np.flatnonzero(amounts).tolist():
            lent = (amounts[bank] > 0.0) != back
            payer, payee = (n, bank) if lent else (bank, n)
            rows.append((payer, payee, abs(float(amounts[bank])), hour, ADMINISTRATIVE))
    state.refinancing = renewed
    return rows


def _ordinary(world: _World, state: _State, day: int, deeds: Deeds, rng: np.random.Generator) -> Due:
    odd = world.oddities
    active = np.where(day >= world.gone, _LEFT, 1.0)
    # Month's ends are busy.
    ends = day + 1 < world.sessions.size and world.sessions[day].astype("M8[M]") != world.sessions[day + 1].astype(
        "M8[M]"
    )
    busy = (1.5 if ends else 1.0) * float(np.exp(rng.normal(0.0, 0.1)))
    delay = deeds.delay + odd.late[day]
    # What a bank has lost comes back in time: customers pay in more while it refinances more than it is used to.
    gap = np.clip(state.refinancing / (REFINANCING * world.habits.size) - 1.0, -2.0, 2.0)
    into = np.maximum(1.0 - deeds.inflow, 0.0) * np.exp(_RETURNS * gap)
    out = (1.0 + deeds.outflow) * np.exp(-_RETURNS * gap)
    plain = ordinary(world.habits, out, into, delay, active, busy, rng)
    return joined([plain, single(world.habits, np.where(active < 1.0, 0.0, odd.large[day]), rng)])


def _market(
    world: _World,
    state: _State,
    day: int,
    deeds: Deeds,
    due: Due,
    credit: FloatArray,
    rng: np.random.Generator,
) -> list[Loan]:
    """What banks lend each other, knowing their balances at the cut-off and what is still to come."""
    n = world.system.banks
    balance = state.balance.copy()
    early = int(np.searchsorted(due.hour, MARKET))
    first = due.rows(slice(early))
    hours = settled(first, balance, credit)
    open_ = np.append(np.isnan(hours), np.ones(due.hour.size - early, np.bool_))
    np.subtract.at(balance, due.payer[open_], due.amount[open_])
    np.add.at(balance, due.payee[open_], due.amount[open_])
    target = REQUIREMENT * world.habits.size * (1.0 + rng.normal(0.0, 0.1, size=n))
    surplus = np.where(day >= world.gone, 0.0, balance[:n] - target)
    odd = world.oddities
    shut = np.clip(deeds.shut + odd.shut[day] + 0.2 * odd.turmoil[day], 0.0, 1.0)
    asked = world.benchmark[day] + world.spread[day] + deeds.premium + _TURMOIL_PREMIUM * odd.turmoil[day]
    return afternoon(surplus, shut, deeds.hoard, asked, world.habits.ties, rng)


def _closed(world: _World, state: _State, due: Due, hours: FloatArray, deeds: Deeds) -> tuple[Due, FloatArray]:
    """The end of the day: what is queued waits or is paid with what the central bank lends; nobody ends below zero."""
    n = world.system.banks
    queued = np.isnan(hours)
    waits = queued & (due.payer < n) & (world.system.contagion > 0.0)
    waits &= deeds.shut[np.minimum(due.payer, n - 1)] > 0.0
    state.waiting = due.rows(waits)
    forced = queued & ~waits
    np.subtract.at(state.balance, due.payer[forced], due.amount[forced])
    np.add.at(state.balance, due.payee[forced], due.amount[forced])
    hours = np.where(forced, CLOSES - 0.005, hours)
    short = np.asarray(np.ceil(100.0 * np.maximum(-state.balance[:n], 0.0)) / 100.0, np.float64)
    state.marginal = short
    state.balance[:n] += short
    kept = ~waits
    rows = few(
        [(n, bank, float(short[bank]), CLOSES - 0.006, ADMINISTRATIVE) for bank in np.flatnonzero(short).tolist()]
    )
    paid = together([due.rows(kept), rows])
    return paid, np.append(hours[kept], rows.hour)


def _remember(world: _World, state: _State, day: int, agreed: list[Loan], rng: np.random.Generator) -> None:
    """Book the loans, and when they fall due."""
    state.lending *= 1.0 - 1.0 / _MEMORY
    for loan in agreed:
        state.claims[loan.lender] += loan.amount
        state.claims[loan.borrower] -= loan.amount
        state.lending[loan.lender, loan.borrower] += loan.amount
        back = day + loan.runs
        if back >= world.sessions.size:
            continue
        nights = int((world.sessions[back] - world.sessions[day]).astype(int))
        whole = owed(loan, nights)
        parts = [round(whole * rng.uniform(0.2, 0.8), 2)] if loan.parted else []
        for amount in [*parts, round(whole - sum(parts), 2)]:
            row = (loan.borrower, loan.lender, amount, float(rng.uniform(7.5, 10.0)), INTERBANK)
            state.due.setdefault(back, []).append(row)
        state.falling.setdefault(back, []).append(loan)


def _look_alikes(world: _World, state: _State, day: int, loans: int, paid: Due, rng: np.random.Generator) -> None:
    """Payments that come back the next day with something added, and are no loans."""
    alike = (paid.kind == INTERBANK) & (paid.amount % STEP == 0.0) & (paid.amount >= LEAST)
    places = np.flatnonzero(alike)
    chosen = places[rng.random(places.size) < _LOOK_ALIKE * loans / max(places.size, 1)]
    for place in chosen.tolist():
        more = rng.uniform(0.0, 2.0) * world.benchmark[day] / 360.0
        amount = round(float(paid.amount[place]) * (1.0 + more), 2)
        row = (int(paid.payee[place]), int(paid.payer[place]), amount, 12.0, INTERBANK)
        state.due.setdefault(day + 1, []).append(row)


def _names(banks: int) -> list[str]:
    return [f"Bank {chr(65 + bank)}" if bank < 26 else f"Bank {bank + 1}" for bank in range(banks)]


def _log(world: _World, days: list[tuple[Due, FloatArray]]) -> PaymentLog:
    """All that was paid, by day and time; times to the second."""
    parts = []
    for number, (paid, hours) in enumerate(days):
        order = np.argsort(hours, kind="stable")
        parts.append((np.full(order.size, number), hours[order], *(column[order] for column in paid)))
    day, when, payer, payee, amount, _, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    names = _names(world.system.banks)
    hour = np.minimum(np.round(when * 3600.0), CLOSES * 3600.0 - 1.0) / 3600.0
    return PaymentLog(world.sessions, (*names, CENTRAL_BANK), TYPES, day, hour, payer, payee, amount, kind)


def _loans(world: _World, loans: list[tuple[int, Loan]]) -> pd.DataFrame:
    names = _names(world.system.banks)
    rows = []
    for day, loan in loans:
        back = day + loan.runs
        repaid = world.sessions[back] if back < world.sessions.size else np.datetime64("NaT", "D")
        rows.append(
            (names[loan.lender], names[loan.borrower], world.sessions[day], loan.amount, loan.rate, loan.runs, repaid,
             1 + loan.parted)
        )  # fmt: skip
    columns = ["lender", "borrower", "date", "amount", "rate", "sessions", "repaid", "parts"]
    return pd.DataFrame(rows, columns=columns)
