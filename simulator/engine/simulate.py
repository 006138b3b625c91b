"""The one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from simulator.core.bounds import Bounds
from simulator.core.clients import Clients
from simulator.core.committee import Committee
from simulator.core.execution import Execution
from simulator.core.fees import Fees
from simulator.core.flows import Flow, Waterfall
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import CostModel, Signal, Strategy
from simulator.ledger import Save
from simulator.liquidity import LiquidityStress

from .prepare import Driver, prepare
from .result import RunResult
from .terms import Terms


def simulate(
    market: MarketData,
    strategy: Strategy,
    *,
    costs: CostModel | None = None,
    execution: Execution | None = None,
    bounds: Bounds | None = None,
    liquidity: LiquidityStress | Literal[False] | None = None,
    initial_cash: float = 1e6,
    flows: Sequence[Flow] = (),
    waterfall: Waterfall = "most-liquid",
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    save: Save = "full",
    driver: Driver = "auto",
    observed: MarketData | None = None,
    name: str | None = None,
    opening: Mapping[str, float] | None = None,
    committee: Committee | None = None,
    fees: Fees | None = None,
    clients: Clients | None = None,
) -> RunResult:
    """Replay a policy over a market, day by day, under costs and constraints.

    Parameters
    ----------
    market
        What happens: fills and marks come from it.
    strategy
        Any object with ``decide(day)``; those that can lay out a plan are replayed without asking them.
    costs
        Default :class:`AlmgrenChriss` with its defaults.
    execution
        Default :class:`Execution`: lag 1, fill at the close, no caps.
    bounds
        What the book may hold; default :class:`Bounds`: long only, no borrowing, nothing else.
    liquidity
        The stress under which coverage is measured; ``False`` measures none.
    initial_cash
        In currency, there before the first session.
    flows
        Subscriptions and redemptions.
    waterfall
        How redemptions are paid when cash does not reach: ``"most-liquid"`` assets first, or ``"pro-rata"``. What
        cannot be raised within the participation cap stays owed and is recorded as a shortfall; once the book has
        nothing left the claim ends, and that shortfall is for good.
    signals
        Signals, or panels already computed, by name, besides those the strategy carries itself.
    start, end
        First and last date. A run without signals starts on the first session, one with signals after the longest
        warm-up among those the strategy reads; history before the start feeds signals and cost forecasts.
    save
        ``"full"`` keeps the event ledger and daily arrays, ``"daily"`` the arrays, ``"nav"`` nav alone.
    driver
        ``"auto"`` replays a plan where there is one; ``"python"`` asks the policy, with the same result to the bit.
    observed
        The market as signals and policies see it, where that differs from what happens.
    name
        Of the run; the policy's own name by default.
    opening
        Shares as traded that are held at the close of the first session, by asset, beside ``initial_cash``. What a
        policy wants differently then is traded at its cost, as any decision; by default the run begins in cash, and
        its first investment is exempt from the caps on turnover and left out of it.
    committee
        Who rules on what the policy proposes: :class:`simulator.core.committee.Governance` simulates a committee. By
        default every decision is traded.
    fees
        What the manager charges; nothing by default.
    clients
        Whose redemptions answer to the book, close by close, besides the flows:
        :class:`simulator.redemptions.FundClients`. The policy is asked every session then, with the same result.

    Raises
    ------
    UndertowError
        If an input cannot be used; the message says which and why.
    ReconciliationError
        If the books of any day do not balance to 1e-9 of nav.
    """
    terms = Terms.of(
        costs=costs,
        execution=execution,
        bounds=bounds,
        liquidity=liquidity,
        initial_cash=initial_cash,
        flows=flows,
        waterfall=waterfall,
        start=start,
        end=end,
        opening=opening,
        committee=committee,
        fees=fees,
        clients=clients,
    )
    run = prepare(
        market,
        strategy,
        terms,
        signals=signals,
        driver=driver,
        observed=observed,
        name=name,
    )
    return run.run(save)
