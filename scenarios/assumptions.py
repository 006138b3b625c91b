"""Everything a run's figures rest on that is not data, a sentence each. Nothing is assumed silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

from reports.text import percent
from simulator.core.committee import Governance
from simulator.core.execution import Execution
from simulator.core.instruments import KNOWN_CLASSES
from simulator.core.names import CASH
from simulator.core.rhythm_nb import sessions_per_year
from simulator.core.settlement import by_asset
from simulator.core.types import DateArray
from simulator.costs import AlmgrenChriss
from simulator.data import US_LARGE_CAPS
from simulator.data.bundled import last_bill_rate
from simulator.features.volatility import PRIOR_SIGMA_DAILY
from simulator.ledger import RunRecord
from simulator.liquidity import stressed_outflows
from simulator.metrics import cagr

from .book_notes import book, share, universe
from .build import Scenario
from .funding.terms import funding_of
from .made import said


def warning(scenario: Scenario, held: RunRecord) -> str:
    """What must be read before any figure; ``held`` is the run of the benchmark policy."""
    return survivor_warning(scenario, held.name, cagr(held.returns.to_numpy(), held.sessions), held.sessions)


def survivor_warning(scenario: Scenario, name: str, earned: float | None, sessions: DateArray) -> str:
    """That bundled shares are survivors, with what a policy earned a year over some sessions; else nothing."""
    if not _bundled(scenario):
        return ""
    index, _ = scenario.market.series["SP500"].on(sessions)
    index_earned = cagr(np.diff(index, prepend=index[0]) / np.concatenate([index[:1], index[:-1]]), sessions)
    return (
        f"These {len(scenario.market.assets)} shares are survivors, chosen with hindsight: {name} earned "
        f"{percent(earned)} a year where the S&P 500 (without dividends) earned {percent(index_earned)}. The figures "
        "compare policies with each other, on the same shares; they say nothing about skill."
    )


def assumptions(scenario: Scenario) -> list[str]:
    """All of them, in the order of the day."""
    return [
        *_market(scenario),
        *universe(scenario),
        *_execution(scenario),
        *_committee(scenario),
        *book(scenario),
        *_costs(scenario),
        *_liquidity(scenario),
        *_funding(scenario),
        *_investors(scenario),
        *_signals(scenario),
    ]


def annualised(records: Mapping[str, RunRecord]) -> str:
    """How many sessions a year annual figures are of: one number, or one a policy where what they hold differs."""
    rhythms = {name: record.sessions_per_year for name, record in records.items()}
    numbers = sorted(set(rhythms.values()))
    stated = any(record.per_year_stated for record in records.values())
    source = (
        "stated" if stated else "as the sessions of what is held are spaced; market.sessions_per_year states another"
    )
    if len(numbers) == 1:
        return f"Annual figures are of {numbers[0]:.4g} sessions a year ({source})."
    by_number = "; ".join(
        f"{number:.4g} for {', '.join(name for name, own in rhythms.items() if own == number)}" for number in numbers
    )
    return (
        f"Annual figures are of as many sessions a year as something a policy held had a price: {by_number} "
        f"({source}). What was earned on other sessions belongs to the next."
    )


def _bundled(scenario: Scenario) -> bool:
    return scenario.file.market.source == f"bundled:{US_LARGE_CAPS}"


def _market(scenario: Scenario) -> Iterator[str]:
    market = scenario.file.market
    if scenario.market.volume is None and market.assumed_adv is not None:
        yield (
            f"Volume is assumed: {market.assumed_adv:,.0f} of currency a day in every asset, every day "
            "(assumed_adv); the source has none."
        )
    for entry in market.depth:
        days = f"{entry.first or 'the start'} to {entry.last or 'the end'}"
        which = ", ".join(entry.assets or ["every asset"])
        yield f"Depth is {entry.share:g} of volume in {which}, {days}, for caps, coverage and impact (market.depth)."
    yield from said(scenario.file)
    if _bundled(scenario):
        yield (
            f"Cash earns one-month bill rates up to {last_bill_rate():%Y-%m} and {market.cash_rate:.2%} a year "
            "afterwards (cash_rate, assumed)."
        )
        yield "Prices are adjusted for dividends and splits; the benchmark holds the same shares, not the index."
    elif isinstance(market.cash_rate, float | int):
        yield f"Cash earns {market.cash_rate:.2%} a year (cash_rate, assumed), ACT/360."
    else:
        yield "Cash earns the published rate of the series named cash_rate, as known the day before, ACT/360."
    if not _bundled(scenario):
        yield from _classes(scenario)
        yield from _currencies(scenario)


def _currencies(scenario: Scenario) -> Iterator[str]:
    """What amounts are in, where prices are converted."""
    book, market = scenario.file.market.currency, scenario.market
    others = [
        name
        for name, instrument in zip(market.assets, market.instruments, strict=True)
        if instrument.currency not in (None, book)
    ]
    if book is not None and others:
        yield (
            f"All amounts are in {book}: cash, flows, assumed volumes, and what a fill costs a share or an order "
            "(per_share, min_commission, fixed_commission), whatever an asset is quoted in. Spreads, commissions in "
            "basis points and impact are shares of the converted price. Cash earns one rate, in that currency, and "
            f"changing money costs nothing by itself: half_spread_bps of {', '.join(others)} may have it."
        )


def _classes(scenario: Scenario) -> Iterator[str]:
    """What assets whose class is not stated were taken to be."""
    stated = {*scenario.market.classified, *scenario.file.market.made}
    unstated = [name for name in scenario.market.assets if name not in stated]
    known = [f"{name} {KNOWN_CLASSES[name]}" for name in unstated if name in KNOWN_CLASSES]
    if known:
        yield f"Asset class known from the ticker: {', '.join(known)} (no class in [instruments])."
    assumed = [name for name in unstated if name not in KNOWN_CLASSES]
    if assumed:
        yield f"Asset class assumed to be equity: {', '.join(assumed)} (no class in [instruments])."


def _execution(scenario: Scenario) -> Iterator[str]:
    execution = scenario.execution
    if execution.lag == 0:
        yield "Decisions fill on the very close they are made at (lag = 0): no live book can do this."
    else:
        when = "session" if execution.lag == 1 else f"{execution.lag} sessions"
        yield (
            f"A decision at a close fills at the {execution.fill} one {when} later."
            if execution.lag == 1
            else (f"A decision at a close fills at the {execution.fill} {when} later.")
        )
    year = _year(scenario)
    caps = {
        "turnover in a session": _percent(execution.max_turnover),
        f"turnover of decisions in any {year}": _percent(execution.annual_turnover),
        "planned cost of a decision": _bps(execution.max_cost_bps),
        f"cost in any {year}": _bps(execution.annual_cost_bps),
        "share of the day's volume": _percent(execution.max_participation),
    }
    stated = ", ".join(f"{name} {value}" for name, value in caps.items() if value)
    yield f"Caps: {stated or 'none'}; unfilled orders are {'carried' if execution.unfilled == 'carry' else 'dropped'}."
    capped = (execution.max_turnover, execution.max_cost_bps, execution.annual_turnover, execution.annual_cost_bps)
    if any(capped) and scenario.file.portfolio.opening is None:
        yield "The first investment is exempt from the caps on turnover and cost, and left out of turnover."
    yield from _terms(execution)
    yield from _settles(scenario)
    lots = {
        name: instrument.lot
        for name, instrument in zip(scenario.market.assets, scenario.market.instruments, strict=True)
    }
    stated = ", ".join(f"{name} {lot:g}" for name, lot in lots.items() if lot)
    if stated:
        yield f"Round lots of shares: {stated}; rounded towards zero, but a position may be closed whatever it is."


def _funding(scenario: Scenario) -> Iterator[str]:
    """What funds a bank-like book, and how much of it runs off at the law's rates or those stated."""
    funding = funding_of(scenario.file.funding)
    if funding is None:
        return
    usual = {
        name: float(stressed_outflows({name: 1.0}, 0.0, rule=funding.rule, rates=funding.rates))
        for name in funding.liabilities
    }
    owed = ", ".join(f"{name} {part:g} ({percent(usual[name])})" for name, part in funding.liabilities.items())
    due = ", ".join(f"{name} {part:g}" for name, part in funding.inflows.items()) or "none"
    yield (
        f"Funding, in shares of net assets at each close, and what of it runs off in thirty days: {owed}; inflows: "
        f"{due}; rule: {funding.rule}. Its coverage ratio is measured by it; it pays and earns nothing in the replay."
    )


def _year(scenario: Scenario) -> str:
    """A year, as rolling caps measure it."""
    return f"{round(sessions_per_year(scenario.market.sessions, scenario.market.sessions_per_year))} sessions"


_SCHEDULES = {
    "twap": "A decision is worked in {sessions} equal slices, one a session.",
    "almgren-chriss": "A decision is worked along the Almgren–Chriss trajectory over {sessions} sessions, for a risk "
    "aversion of {risk_aversion:g} per unit of currency.",
    "participation": "A decision is worked at {max_participation:.0%} of each day's volume until it is done.",
}


def _terms(execution: Execution) -> Iterator[str]:
    """Terms that differ from the default: schedule, netting, sizing, smallest trade, marks."""
    if execution.schedule in _SCHEDULES:
        yield _SCHEDULES[execution.schedule].format(**asdict(execution))
    if execution.newer == "net":
        yield "A newer decision is sized against what an older one has due, and both are traded."
    if execution.size_at == "fill":
        yield "Decisions are weights, sized in shares at the fill."
    if execution.min_trade is not None:
        yield f"Trades below {share(execution.min_trade)} of nav are not made."
    if execution.marks == "impacted":
        yield "Nav is marked at prices displaced by the book's own trading."


def _settles(scenario: Scenario) -> Iterator[str]:
    """When trades settle, and what that changes; what instruments state of themselves beats a rule for all."""
    execution, own = scenario.execution, _own_settlement(scenario)
    table = by_asset(execution.settlement_days)
    general = table.get("")
    if not general and not any({**own, **table}.values()):
        return
    if general is None:
        when = ", ".join(f"{name}: {_days(days)}" for name, days in {**own, **table}.items()) + " (others at once)"
    else:
        apart = ", ".join(f"{name} T+{days}" for name, days in own.items() if days != general)
        when = (_days(general) if general else "at once") + (f", but as instruments state {apart}" if apart else "")
    buys = "may use" if execution.unsettled_buys else "wait for"
    yield (
        f"Trades settle {when}. Redemptions are paid from settled cash, which alone earns interest; buys {buys} what "
        "sales are still to bring."
    )


def _own_settlement(scenario: Scenario) -> dict[str, int]:
    """Sessions by asset that instruments state of themselves."""
    pairs = zip(scenario.market.assets, scenario.market.instruments, strict=True)
    return {name: instrument.settlement for name, instrument in pairs if instrument.settlement is not None}


def _days(stated: Any) -> str:
    if isinstance(stated, Mapping):
        return ", ".join(f"T+{days} from {day} on" for day, days in stated.items())
    return f"as {stated} do" if isinstance(stated, str) else f"T+{stated}"


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.0%}"


def _bps(value: float | None) -> str | None:
    return None if value is None else f"{value:g} bps"


def _costs(scenario: Scenario) -> Iterator[str]:
    model: Any = scenario.costs
    stated = asdict(model) if is_dataclass(model) and not isinstance(model, type) else {}
    idle = _idle(scenario)
    figures = ", ".join(f"{name} = {_figure(value)}" for name, value in stated.items() if name not in idle)
    yield f"Costs: {type(model).__name__}({figures})."
    if isinstance(model, AlmgrenChriss):
        yield from _charges(model, idle)
    yield (f"Costs take an asset's volatility to be {PRIOR_SIGMA_DAILY:.0%} a day until 21 of its returns are known.")


_COMMISSIONS = ("commission_bps", "per_share", "min_commission", "fixed_commission")


def _idle(scenario: Scenario) -> set[str]:
    """Parameters of our own cost model that change nothing in this scenario."""
    model = scenario.costs
    if not isinstance(model, AlmgrenChriss):
        return set()
    own = {name for table in model.by_asset.values() for name in table}
    idle = {name for name in _COMMISSIONS if not getattr(model, name) and name not in own}
    idle |= {"spread_from"} if model.spread_from == "stated" else set()
    idle |= set() if model.by_asset else {"by_asset"}
    idle |= set() if scenario.bounds.allow_short else {"borrow_bps"}
    idle |= set() if scenario.bounds.least_cash < 0.0 else {"financing_bps"}
    return idle


def _charges(model: AlmgrenChriss, idle: set[str]) -> Iterator[str]:
    if "spread_from" not in idle:
        yield (
            f"Half-spreads are estimated from daily prices ({model.spread_from}), never below the stated ones: the "
            "mean of the last 21 days when planning, the day's own at a fill."
        )
    if not idle.issuperset(_COMMISSIONS):
        yield "Each fill pays a commission; it is a cost component of its own."
    if "borrow_bps" not in idle:
        yield f"Short positions pay {model.borrow_bps:g} basis points of their value a year."
    if "financing_bps" not in idle:
        yield f"Negative cash pays the cash rate and {model.financing_bps:g} basis points a year."


def _committee(scenario: Scenario) -> Iterator[str]:
    """What stands between a decision and its order."""
    committee = scenario.terms.committee
    if not isinstance(committee, Governance):
        return
    delay = committee.delay
    if isinstance(delay, list):
        takes = ", ".join(f"{share:.0%} after {k}" for k, share in enumerate(delay) if share > 0.0) + " sessions"
    else:
        takes = f"after {delay} sessions" if delay else "by the same close"
    yield (
        f"A committee rules on every decision but the first investment, {takes}, and approves {committee.approval:.0%} "
        "of them, drawn from the seed and the day. What is approved are target weights, sized at the close of the "
        "approval; what is rejected is put again when its policy asks again (governance)."
    )


def _investors(scenario: Scenario) -> Iterator[str]:
    if scenario.file.redemptions is not None:
        yield (
            "Investors and tools of [redemptions] are for undertow redemptions, which lets them run on one policy's "
            "book; in a replay money leaves by [[flows]] and shocks alone."
        )


def _figure(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_figure(inner)}" for key, inner in value.items()) + "}"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _liquidity(scenario: Scenario) -> Iterator[str]:
    stress = scenario.liquidity
    share = stress.participation or scenario.execution.max_participation or 0.10
    yield (
        f"Coverage: cash raised in {stress.horizon_days} sessions at {share:.0%} of volume, volume at "
        f"{stress.stressed_volume:.0%} of forecast, spreads x {stress.stressed_spread:g}, after haircuts and costs, "
        f"over redemptions of {stress.redemption_stress:.0%} of nav."
    )
    haircuts: dict[str, list[str]] = {}
    for name, instrument in zip(scenario.market.assets, scenario.market.instruments, strict=True):
        haircuts.setdefault(f"{instrument.haircut:.0%}", []).append(name)
    words = "; ".join(f"{cut} {', '.join(names)}" for cut, names in haircuts.items())
    yield f"Stressed haircuts: {words}; 0% {CASH}."


def _signals(scenario: Scenario) -> Iterator[str]:
    for name, signal in scenario.signals.items():
        notes = getattr(signal, "notes", None)
        for note in notes() if callable(notes) else ():
            yield f"Signal {name}: {note}"
