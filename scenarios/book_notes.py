"""What the report says of the universe, the bounds and the flows of a scenario; only of what is in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from reports.text import money
from simulator.core.bounds import Bounds, DaysToCash
from simulator.core.fees import Fees
from simulator.core.flows import Flow

from .build import Scenario
from .held import beginning

_CONVENTIONS: Mapping[str | None, str] = {
    None: "Prices carry dividends and splits: the adjusted close of each file (where yfinance wrote one without, its "
    "Close); a file without either is taken as it stands, and named first thing.",
    "adjusted": "Prices carry dividends and splits: the adjusted close of a file that has one, else its Close "
    "(stated: prices = 'adjusted').",
    "raw": "Prices are as traded: dividends are paid in cash before the open of their ex-date, and splits change the "
    "number of shares.",
    "split-adjusted": "Prices and share numbers are restated for later splits; dividends are paid in cash before the "
    "open of their ex-date.",
}

_UNLISTED: Mapping[str, str] = {
    "share": "The target of an asset that is not listed is shared by those that are, in proportion to their own "
    "(unlisted = 'share'); a hold policy buys a newcomer when it lists.",
    "cash": "The target of an asset that is not listed stays in cash (unlisted = 'cash'); equal-weight policies share "
    "it among those that are.",
}


def universe(scenario: Scenario) -> Iterator[str]:
    """Price convention, assets born late or delisted, halts."""
    section, market = scenario.file.market, scenario.market
    if section.source == "csv":
        yield _CONVENTIONS[section.prices]
    start = 0
    if scenario.file.scenario.start is not None:
        start = int(np.searchsorted(market.sessions, np.datetime64(scenario.file.scenario.start, "D")))
    late = [
        f"{name} from {market.sessions[int(market.alive[:, i].argmax())]}"
        for i, name in enumerate(market.assets)
        if not market.alive[start, i] and market.alive[start:, i].any()
    ]
    if late:
        yield f"Not listed from the start: {', '.join(late)}."
    for name, delisting in market.delistings.items():
        paid = f"{delisting.recovery:.0%} of its last price (stated)"
        yield f"{name} is delisted before the open of {delisting.date}, paying {paid}."
    if late or market.delistings:
        yield _UNLISTED[scenario.file.portfolio.unlisted]
    for name, periods in section.halts.items():
        spans = ", ".join(f"{first} to {last}" for first, last in periods)
        yield f"Trading in {name} is halted {spans} (stated): nothing fills, the position is marked at its price."


def book(scenario: Scenario) -> Iterator[str]:
    """Bounds on holdings, no-trade periods, flows and how they are paid."""
    yield from beginning(scenario)
    bounds = list(_bounds(scenario.bounds))
    if bounds:
        yield (
            f"Bounds on targets: {'; '.join(bounds)}. What a bound takes stays in cash; drift beyond one is recorded, "
            "not traded away."
        )
    for name, periods in scenario.bounds.no_trade.items():
        spans = ", ".join(f"{first} to {last}" for first, last in periods)
        yield f"{name} may not be traded {spans}, for redemptions neither."
    if scenario.flows:
        yield f"Investors {', '.join(_flows(scenario.flows))}, before the open of that session."
    yield from _fees(scenario.terms.fees)
    left_out = len(scenario.file.flows) - len(scenario.flows)
    if left_out:
        yield f"Flows after the end of the run are left out: {left_out}."
    if any((flow.amount or flow.share or 0.0) < 0.0 for flow in scenario.flows):
        how = "the most liquid assets first (by level, then stressed haircut)"
        how = how if scenario.waterfall == "most-liquid" else "all assets alike (pro rata)"
        yield (
            f"Redemptions are paid from cash, then from sales of {how}, that day, within the cap on the day's volume "
            "and apart from schedules and turnover; what cannot be raised stays owed and is tried again the next day, "
            "until the book has nothing left: what is not paid then never is."
        )


def _bounds(bounds: Bounds) -> Iterator[str]:
    if isinstance(bounds.max_weight, Mapping):
        yield "at most " + ", ".join(f"{share(weight)} in {name}" for name, weight in bounds.max_weight.items())
    elif bounds.max_weight is not None:
        yield f"at most {share(bounds.max_weight)} of nav in an asset"
    for name, group in bounds.groups.items():
        yield f"at most {share(group.max_weight)} in {name} ({', '.join(group.assets)})"
    if bounds.min_cash > 0.0:
        yield f"at least {share(bounds.min_cash)} in cash"
    if bounds.max_leverage > 1.0:
        yield f"absolute weights up to {bounds.max_leverage:g}, borrowing allowed"
    if bounds.allow_short:
        yield "short positions allowed"
    if bounds.min_liquid_share is not None:
        yield f"at least {share(bounds.min_liquid_share)} of nav liquid under the stress below, or the targets shrink"
    yield from _coverage(bounds)


def _coverage(bounds: Bounds) -> Iterator[str]:
    if bounds.min_coverage is not None:
        times = f"{bounds.min_coverage:g} times"
        yield f"redemptions under the stress below covered at least {times}, or the targets shrink"
    within = bounds.max_days_to_cash
    if isinstance(within, DaysToCash):
        yield f"at least {share(within.share)} of nav cash within {within.days:g} sessions"
    if bounds.max_illiquid is not None:
        yield f"at most {share(bounds.max_illiquid)} illiquid under SEC rule 22e-4"
    if bounds.min_highly_liquid is not None:
        yield f"at least {share(bounds.min_highly_liquid)} highly liquid under SEC rule 22e-4"
    if bounds.min_lcr is not None:
        yield f"a Basel LCR of at least {bounds.min_lcr:.0%} of the redemption assumed"
    if set(bounds.on_liquidity) - {"min_coverage"}:
        yield "under these last, what costs least to sell under stress gives way first"


def _flows(flows: Sequence[Flow]) -> Iterator[str]:
    """Every flow with its date; those of the same size that follow each other in one go."""
    for (what, _), same in groupby(flows, lambda flow: (_flow(flow), flow.every is not None)):
        flows = list(same)
        yield f"{what} {'; '.join(map(_rule, flows))}" if flows[0].every else f"{what} on {_dates(flows)}"


def _dates(flows: Sequence[Flow]) -> str:
    return ", ".join(str(flow.date) for flow in flows)


def _rule(flow: Flow) -> str:
    """When a flow recurs, and what becomes of it."""
    when = f"from {flow.date} on, every {flow.every}" if flow.date else f"on the first session of every {flow.every}"
    until = f" until {flow.until}" if flow.until else ""
    if (flow.amount or flow.share or 0.0) < 0.0:
        return f"{when}{until}"
    how = (
        "invested at once in what is held" if flow.invest == "waterfall" else "in cash until the policy's next decision"
    )
    return f"{when}{until} ({how})"


def _fees(fees: Fees) -> Iterator[str]:
    """What the manager charges."""
    if not fees.charged:
        return
    stated = [f"{share(fees.management)} of nav a year (ACT/365)"] if fees.management else []
    if fees.performance:
        stated.append(
            f"{share(fees.performance)} of what lies above the high-water mark, set aside every session and earned for "
            f"good every {fees.crystallised}"
        )
    yield (
        f"The book is charged {' and '.join(stated)}, by the close before; every {fees.paid} what cash does not reach "
        "is sold for, as redemptions are. All figures are after these fees, and cost in basis points leaves them out."
    )


def _flow(flow: Flow) -> str:
    size = flow.amount if flow.amount is not None else flow.share or 0.0
    words = f"{share(abs(size))} of the previous close's nav" if flow.share is not None else money(abs(size))
    return f"{'bring' if size >= 0.0 else 'ask for'} {words}"


def share(value: float) -> str:
    """A fraction as a percentage, as short as it goes."""
    return f"{100.0 * value:.4g}%"
