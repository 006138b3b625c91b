"""A crisis of the catalogue over its own dates, as the scenario's data have it, beside the same put onto the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from reports.stress_window import Beta, Betas, WindowReplay
from scenarios.build import Scenario, assemble
from scenarios.crises import Crisis, crises
from scenarios.schema import ScenarioFile
from scenarios.shocks.factor_move import FactorMove
from simulator.core.errors import ScenarioError, nearest, shown
from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .asked import Asked
from .measures import STRESS, UnderStress, figures_of
from .strikes import Dials, Strikes

#: The figures that stand beside each other: those that depend on the size of the book as little as can be.
_SHOWN: Final = ("total_return", "max_drawdown", "coverage_min", "days_to_cash_max", "owed_max", "cost", "cost_bps")
MEASURES: Final = tuple(measure for measure in STRESS if measure.name in _SHOWN)
_COLUMNS: Final = [number for number, measure in enumerate(STRESS) if measure.name in _SHOWN]


@dataclass(frozen=True, eq=False)
class Reach:
    """Whether the run holds a crisis wholly.

    Attributes
    ----------
    crisis
        Of the catalogue.
    first, stop
        Its sessions ``[first, stop)`` in the market.
    why
        Why they are not replayed, in words; empty where they are.
    """

    crisis: Crisis
    first: int
    stop: int
    why: str


def check_window(name: str) -> Crisis:
    """The crisis of that name.

    Raises
    ------
    ScenarioError
        If there is none.
    """
    known = crises()
    if name not in known:
        raise ScenarioError(f"--window {shown(name)}: no such crisis{nearest(name, known)}; undertow list names them")
    return known[name]


def as_shock(name: str) -> str:
    """The crisis put onto the book, as ``--shock`` writes it."""
    return f"{name}:moves=betas"


def reach(name: str, told: Asked, end: Any, at: str | None) -> Reach:
    """Whether the run of a stress test holds a crisis, and the session before it.

    Parameters
    ----------
    name
        Of the crisis.
    told
        The stress test.
    end
        The last day of the scenario; ``None`` for that of the data.
    at
        ``--at``: another day than that of the crisis asks for the hypothetical alone.
    """
    crisis, sessions = check_window(name), told.scenario.market.sessions
    until = sessions[-1] if end is None else min(sessions[-1], np.datetime64(end, "D"))
    first = int(np.searchsorted(sessions, np.datetime64(crisis.first)))
    stop = int(np.searchsorted(sessions, np.datetime64(crisis.last), side="right"))
    why = ""
    if crisis.authority:
        why = f"a hypothetical of the {crisis.authority}, which never happened"
    elif at is not None and at != str(crisis.first):
        why = f"--at {at} asks for the hypothetical alone"
    elif np.datetime64(crisis.last) > until or first <= told.begin or stop <= first:
        why = (
            f"it lasted from {crisis.first} to {crisis.last}, and the run from {sessions[told.begin]} to {until} does "
            "not hold that and a session before it"
        )
    return Reach(crisis, first, stop, why)


def replayed(file: ScenarioFile, reached: Reach, strikes: Strikes, heard: Any, kept: Any) -> WindowReplay:
    """The figures of every policy over the window, and at severity 1 over as many sessions of the hypothetical.

    Parameters
    ----------
    file
        The scenario; over the window it is an ordinary run without any shocks, models fitted as it says.
    reached
        The window.
    strikes
        The hypothetical.
    heard, kept
        Progress of fits, and where fits are kept.
    """
    told, sessions = strikes.asked, strikes.asked.scenario.market.sessions
    lasts = min(told.first + max(_days(reached.crisis), 1), told.stop)
    policies = list(told.scenario.policies)
    dials: Dials = (1.0,) * len(told.tables)
    would = np.stack([_figures(strikes, name, dials, told.first, lasts) for name in policies])
    lived = None if reached.why else _lived(file, reached, told, heard, kept)
    return WindowReplay(
        name=reached.crisis.name,
        first="" if reached.why else str(sessions[reached.first]),
        last="" if reached.why else str(sessions[reached.stop - 1]),
        strike=str(sessions[told.first]),
        until=str(sessions[lasts - 1]),
        why=reached.why,
        measures=MEASURES,
        policies=policies,
        history=lived,
        hypothetical=would,
        betas=_betas(told.at_severity(dials)),
    )


def _days(crisis: Crisis) -> int:
    """Sessions that a crisis lasts."""
    return max((int(table.get("days", 0)) for table in crisis.tables), default=0)


def _lived(file: ScenarioFile, reached: Reach, told: Asked, heard: Any, kept: Any) -> FloatArray:
    """(P, M) over the window: an ordinary run that ends with it."""
    market = told.scenario.market
    last = market.sessions[reached.stop - 1].astype(object)
    section = file.scenario.model_copy(update={"end": last})
    plain = file.model_copy(update={"scenario": section, "shocks": [], "judge": None})
    scenario = assemble(plain, market, heard, kept)
    window = replace(told, scenario=scenario, tables=(), first=reached.first, stop=reached.stop)
    strikes = Strikes(window, refit=True)
    return np.stack([_figures(strikes, name, (), reached.first, reached.stop) for name in scenario.policies])


def _figures(strikes: Strikes, policy: str, dials: Dials, first: int, stop: int) -> FloatArray:
    """(M,) of a policy over sessions ``[first, stop)`` of the market."""
    horizon, begin = strikes.asked.scenario.liquidity.horizon_days, strikes.asked.begin
    result = strikes.replayed(policy, dials)
    return figures_of(UnderStress(result, horizon, first - begin, stop - begin))[_COLUMNS]


def _betas(scenario: Scenario) -> Betas | None:
    """Through which a scenario's first move of factors goes."""
    moves = [shock for shock in scenario.shocks if isinstance(shock, FactorMove)]
    return _betas_of(moves[0], scenario.market) if moves else None


def _betas_of(move: FactorMove, market: MarketData) -> Betas:
    start = move.window(market).start
    found = move.exposures(market, start)
    size = {"market": f"{move.size:+.1%}"}
    rows = tuple(
        Beta(name, tuple(betas), r2, days, float(np.expm1(moved)), taken)
        for name, betas, r2, days, moved, taken in zip(
            found.assets,
            found.betas.tolist(),
            found.r2.tolist(),
            found.days.tolist(),
            found.moves.tolist(),
            found.taken,
            strict=True,
        )
    )
    pairs = zip(found.factors, found.changes.tolist(), strict=True)
    words = ", ".join(f"{name} {size.get(name, f'{change:+g}')}" for name, change in pairs)
    return Betas(words, found.factors, found.dropped, str(market.sessions[start]), rows)


def window_json(found: WindowReplay) -> dict[str, Any]:
    """The window as plain data: ``null`` where a figure is undefined."""

    def rows(values: FloatArray) -> Mapping[str, Any]:
        names = [measure.name for measure in found.measures]
        return {
            policy: {name: float(value) if np.isfinite(value) else None for name, value in zip(names, row, strict=True)}
            for policy, row in zip(found.policies, values, strict=True)
        }

    told: dict[str, Any] = {"crisis": found.name}
    if found.history is None:
        told["no_history"] = found.why
    else:
        told["as_it_happened"] = {"first": found.first, "last": found.last, "policies": rows(found.history)}
    told["hypothetical"] = {"first": found.strike, "last": found.until, "policies": rows(found.hypothetical)}
    if found.betas is not None:
        told["betas"] = {
            "factors": list(found.betas.names),
            "left_out": list(found.betas.dropped),
            "assets": {
                row.asset: {
                    "betas": [None if np.isnan(beta) else beta for beta in row.betas],
                    "r2": None if np.isnan(row.r2) else row.r2,
                    "days": row.days,
                    "move": row.move,
                    "taken_from": row.taken or "its own",
                }
                for row in found.betas.rows
            },
        }
    return told
