"""What a book holds when a run begins: ``portfolio.opening``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.core.errors import ScenarioError, UndertowError, nearest
from simulator.core.market import MarketData
from simulator.core.names import CASH
from simulator.engine.opening import opening_mapping

from .schema import ScenarioFile

if TYPE_CHECKING:
    from .build import Scenario


def check_opening(file: ScenarioFile) -> None:
    """Raise :class:`ScenarioError` where opening positions cannot be: what cash there is must be said once."""
    opening = file.portfolio.opening
    if opening is None:
        return
    if file.judge is not None:
        raise ScenarioError(
            "portfolio.opening: signals are judged on books that begin in cash; leave out opening or judge"
        )
    if isinstance(opening, dict) and "initial_cash" in file.scenario.model_fields_set:
        raise ScenarioError(
            f"portfolio.opening states shares: state the cash beside them as its {CASH}, not initial_cash"
        )


def refuse_opening(file: ScenarioFile, what: str) -> None:
    """Raise :class:`ScenarioError` where runs of a command cannot begin with positions."""
    if file.portfolio.opening is not None:
        raise ScenarioError(
            f"portfolio.opening: {what} begin in cash; say --set portfolio.opening=unset to let this scenario do so too"
        )


def opening_terms(scenario: Scenario, market: MarketData, start: np.datetime64) -> dict[str, Any]:
    """The arguments of ``prepare`` that say what a book begins with; the first session is the first from ``start`` on.

    Raises
    ------
    UndertowError
        If an asset of the book has no price by then, or a position cannot be.
    """
    opening, value = scenario.file.portfolio.opening, scenario.file.scenario.initial_cash
    if opening is None:
        return {"initial_cash": value}
    first = min(int(np.searchsorted(market.sessions, start)), market.sessions.size - 1)
    if isinstance(opening, dict):
        _check_shares(opening, market, first)
        held = {name: shares for name, shares in opening.items() if name != CASH}
        return {"initial_cash": opening.get(CASH, 0.0), "opening": held}
    invested = sum(weight for name, weight in scenario.weights.items() if name != CASH)
    try:
        held = opening_mapping(scenario.weights, value, market, first)
    except UndertowError as error:
        raise type(error)(f"portfolio.{error}; begin later (scenario.start), or in cash") from None
    return {"initial_cash": value * max(1.0 - invested, 0.0), "opening": held}


def _check_shares(opening: Mapping[str, float], market: MarketData, first: int) -> None:
    """Raise where the engine would, in the words of the file."""
    if opening.get(CASH, 0.0) < 0.0:
        raise ScenarioError(f"portfolio.opening: {CASH} is {opening[CASH]:g}; a book cannot begin with debts")
    for name, shares in opening.items():
        if name == CASH:
            continue
        if name not in market.assets:
            raise ScenarioError(f"portfolio.opening: no asset {name!r} in the market{nearest(name, market.assets)}")
        if shares and not np.isfinite(market.close[first, market.assets.index(name)]):
            raise ScenarioError(
                f"portfolio.opening: {name} has no price on {market.sessions[first]}, the first session; begin later "
                "(scenario.start), or in cash"
            )
    if not any(opening.values()):
        raise ScenarioError("portfolio.opening: nothing is held, not even cash; leave it out to begin in cash")


def beginning(scenario: Scenario) -> Iterator[str]:
    """What the page says of a book that does not begin in cash."""
    opening = scenario.file.portfolio.opening
    if opening == "targets":
        yield "The book is invested in its target weights at the close of the first session, at no cost (opening)."
    elif isinstance(opening, dict):
        shares = ", ".join(f"{name} {held:,.10g}" for name, held in opening.items())
        yield (
            f"The book holds, at the close of the first session, {shares} (opening; shares as traded, {CASH} in "
            "currency); what a policy wants differently is traded at its cost."
        )
