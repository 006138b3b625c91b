"""Everything a run's figures rest on that is not data, a sentence each. Nothing is assumed silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

from reports.text import percent
from simulator.core.types import CASH, DateArray
from simulator.data import US_LARGE_CAPS
from simulator.data.bundled import last_bill_rate
from simulator.features.volatility import PRIOR_SIGMA_DAILY
from simulator.ledger import RunRecord
from simulator.metrics import cagr

from .build import Scenario


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
        *_execution(scenario),
        *_costs(scenario),
        *_liquidity(scenario),
        *_signals(scenario),
    ]


def _bundled(scenario: Scenario) -> bool:
    return scenario.file.market.source == f"bundled:{US_LARGE_CAPS}"


def _market(scenario: Scenario) -> Iterator[str]:
    market = scenario.file.market
    if scenario.market.volume is None and market.assumed_adv is not None:
        yield (
            f"Volume is assumed: {market.assumed_adv:,.0f} of currency a day in every asset, every day "
            "(assumed_adv); the source has none."
        )
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
    unnamed = [name for name in scenario.market.assets if name not in scenario.file.instruments]
    if unnamed and not _bundled(scenario):
        yield f"Asset class assumed to be equity: {', '.join(unnamed)} (not in [instruments])."


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
    caps = {
        "turnover in a session": _percent(execution.max_turnover),
        "planned cost of a decision": None if execution.max_cost_bps is None else f"{execution.max_cost_bps:g} bps",
        "share of the day's volume": _percent(execution.max_participation),
    }
    stated = ", ".join(f"{name} {value}" for name, value in caps.items() if value)
    yield f"Caps: {stated or 'none'}; unfilled orders are {'carried' if execution.unfilled == 'carry' else 'dropped'}."
    if execution.max_turnover or execution.max_cost_bps:
        yield "The first investment is exempt from the caps on turnover and cost, and left out of turnover."


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.0%}"


def _costs(scenario: Scenario) -> Iterator[str]:
    model: Any = scenario.costs
    stated = asdict(model) if is_dataclass(model) and not isinstance(model, type) else {}
    figures = ", ".join(f"{name} = {_figure(value)}" for name, value in stated.items() if value != {})
    yield f"Costs: {type(model).__name__}({figures})."
    yield (f"Costs take an asset's volatility to be {PRIOR_SIGMA_DAILY:.0%} a day until 21 of its returns are known.")


def _figure(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_figure(one)}" for key, one in value.items()) + "}"
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
    for name, one in zip(scenario.market.assets, scenario.market.instruments, strict=True):
        haircuts.setdefault(f"{one.haircut:.0%}", []).append(name)
    words = "; ".join(f"{cut} {', '.join(names)}" for cut, names in haircuts.items())
    yield f"Stressed haircuts: {words}; 0% {CASH}."


def _signals(scenario: Scenario) -> Iterator[str]:
    for name, signal in scenario.signals.items():
        notes = getattr(signal, "notes", None)
        for note in notes() if callable(notes) else ():
            yield f"Signal {name}: {note}"
