"""Everything about a run that can be validated and converted before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.errors import ParameterError, PluginError, UndertowError
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import MOVE, Plan, PlanContext
from simulator.core.protocols import Planned, Reviewing, Signal, Strategy
from simulator.core.types import FloatArray
from simulator.ledger import Save

from .ground import Ground, lay_ground
from .signals import gather, strategy_name
from .terms import Stated, Terms, given

if TYPE_CHECKING:
    from .result import RunResult

Driver = Literal["auto", "python"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared(Ground):
    """A run ready to go: it can be repeated at full speed.

    Attributes
    ----------
    signals
        Panels over the sessions replayed, by name.
    plan
        What the policy does and when it is asked.
    laid
        The same as the policy laid it out: what it does with the book where kernels leave that open.
    """

    name: str
    strategy: Strategy
    signals: Mapping[str, SignalPanel]
    plan: abi.PlanArrays
    laid: Plan

    def run(self, save: Save = "full") -> RunResult:
        """Replay; ``save`` says what is kept: ``"nav"``, ``"daily"`` arrays, or ``"full"`` (the events too)."""
        from .replay import replay

        return replay(self, save)


def prepare(
    market: MarketData,
    strategy: Strategy,
    terms: Terms | None = None,
    *,
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    driver: Driver = "auto",
    observed: MarketData | None = None,
    name: str | None = None,
    **stated: Unpack[Stated],
) -> Prepared:
    """Validate a run and convert its inputs; see :func:`simulator.simulate` for the parameters.

    ``terms`` has costs, execution, bounds, liquidity, cash, flows, waterfall and dates in one, or each is stated.
    """
    terms = given(terms, stated)
    panels, warmup = gather(strategy, signals or {}, observed or market, name or "")
    ground = lay_ground(market, terms, observed=observed, warmup=warmup)
    return on_ground(ground, strategy, panels, driver, name)


def prepare_each(
    market: MarketData,
    strategies: Mapping[str, Strategy],
    terms: Terms,
    *,
    signals: Mapping[str, Signal | SignalPanel],
    observed: MarketData | None = None,
) -> Iterator[Prepared]:
    """:func:`prepare` for each of several policies by name, when it is asked for; what all of them run on is laid once.

    A policy more costs what is its own alone: on 20 assets and thirty years 13 MB less than a ground for each.
    """
    grounds: dict[int, Ground] = {}
    for name, strategy in strategies.items():
        panels, warmup = gather(strategy, signals, observed or market, name)
        if warmup not in grounds:
            grounds[warmup] = lay_ground(market, terms, observed=observed, warmup=warmup)
        yield on_ground(grounds[warmup], strategy, panels, name=name)


def on_ground(
    ground: Ground,
    strategy: Strategy,
    panels: Mapping[str, SignalPanel],
    driver: Driver = "auto",
    name: str | None = None,
    context: PlanContext | None = None,
) -> Prepared:
    """A policy on a ground that is laid already; ``panels`` are over the whole market.

    ``context`` is what the ground makes of these panels, where it has been made for another policy.
    """
    context = context or ground.context(panels)
    label = name or strategy_name(strategy)
    plan = _plan(strategy, context, driver, ground.bounds, label).listed(context)
    _check_targets(plan, ground.bounds, label, ground.market)
    return Prepared(
        **{field.name: getattr(ground, field.name) for field in fields(Ground)},
        name=label,
        strategy=strategy,
        signals=context.signals,
        plan=_before(ground.terms, plan).arrays(ground.bounds, ground.market.assets),
        laid=plan,
    )


def _plan(strategy: Strategy, context: PlanContext, driver: Driver, bounds: Bounds, name: str) -> Plan:
    """The policy's own plan, or one that asks it.

    The edges of a band depend on what is held, so that bounds on holdings cannot be put on them beforehand: where
    there are any, the policy is asked.
    """
    if driver not in ("auto", "python"):
        raise ParameterError(f"driver must be 'auto' or 'python', not {driver!r}")
    plan = None
    if driver == "auto" and isinstance(strategy, Planned):
        plan = _laid(strategy, context, name)
        if plan is not None:
            _check_plan(plan, context, name)
        if plan is not None and not (plan.to_edge and bounds.on_weights):
            return plan
    sessions = context.sessions.size
    when = np.ones(sessions, bool)
    if isinstance(strategy, Reviewing):
        when = np.asarray(strategy.review(context), bool)
        if when.shape != (sessions,):
            raise PluginError(f"policy {name!r}: review must return {sessions} booleans, not shape {when.shape}")
    asking = Plan.asking(when, len(context.assets))
    return asking if plan is None else replace(asking, failed=plan.failed)


def _before(terms: Terms, plan: Plan) -> Plan:
    """The plan as kernels take it where a committee rules on it: asked wherever it would trade.

    A slow committee's rulings may come on any session, as clients may ask after any, so that each of them is asked.
    """
    committee = terms.committee
    if committee is None and terms.clients is None:
        return plan
    if terms.clients is not None or (committee is not None and committee.slow):
        return replace(plan, action=np.full(len(plan.action), abi.ASK, np.uint8), ruled=True)
    return replace(plan, action=np.where(plan.action == abi.TRADE, abi.ASK, plan.action), ruled=True)


def _laid(strategy: Planned, context: PlanContext, name: str) -> Plan | None:
    """The policy's own plan; what it complains of says whose it is."""
    try:
        return strategy.plan(context)
    except (ParameterError, PluginError) as error:
        said = str(error)
        if name in said:
            raise
        raise type(error)(f"policy {name!r}: {said}") from error


def _check_plan(plan: object, context: PlanContext, name: str) -> None:
    """Raise :class:`PluginError` unless a plan is one whose arrays fit each other and the market."""
    if not isinstance(plan, Plan):
        raise PluginError(f"policy {name!r}: plan must return a Plan or None, not {type(plan).__name__}")
    sessions, rows = context.sessions.size, len(np.atleast_1d(plan.targets))
    shapes = {"action": (sessions,), "row": (sessions,), "targets": (rows, len(context.assets)), "band": (rows,)}
    for field, shape in shapes.items():
        found = np.shape(getattr(plan, field))
        if found != shape:
            raise PluginError(f"policy {name!r}: plan gives {field} of shape {found}, expected {shape}")
    _check_entries(plan, name)
    row = np.asarray(plan.row)
    if row.size and not (row.min() >= 0 and row.max() < rows):
        raise PluginError(
            f"policy {name!r}: plan gives rows from {row.min()} to {row.max()}, and has {rows} of targets"
        )


_ACTIONS = (abi.NOTHING, abi.TEST_BAND, abi.TRADE, abi.ASK, MOVE)


def _check_entries(plan: Plan, name: str) -> None:
    """Raise :class:`PluginError` unless actions are known ones, and bands and rows numbers that mean something."""
    for field in ("action", "row", "band", "targets"):
        kind = np.asarray(getattr(plan, field)).dtype.kind
        if kind not in ("iu" if field in ("action", "row") else "iuf"):
            what = "whole numbers" if field in ("action", "row") else "numbers"
            raise PluginError(f"policy {name!r}: plan gives {field} that holds other things than {what}")
    action, band = np.asarray(plan.action), np.asarray(plan.band)
    unknown = (action < min(_ACTIONS)) | (action > max(_ACTIONS))  # they are numbered one after the other
    if unknown.any():
        wrong = action[unknown][0]
        raise PluginError(
            f"policy {name!r}: plan gives action {wrong}; there are NOTHING, TEST_BAND, TRADE and ASK of "
            "simulator.core.abi, 0 to 3, and MOVE of simulator.core.plan"
        )
    if not (band >= 0.0).all():
        wrong = band[~(band >= 0.0)][0]
        raise PluginError(f"policy {name!r}: plan gives a band of {wrong}; give zero or more, inf for none")


def _check_targets(plan: Plan, bounds: Bounds, name: str, market: MarketData) -> None:
    for row in np.atleast_2d(plan.targets):
        check_weights(np.asarray(row, np.float64), market.assets, bounds, f"policy {name!r}", ParameterError)


def check_weights(
    weights: FloatArray, assets: tuple[str, ...], bounds: Bounds, where: str, error: type[UndertowError] = PluginError
) -> None:
    """Raise ``error`` unless weights are numbers, and negative or above one in sum only where the bounds allow it.

    They are (N,) fractions of nav.
    """
    if not np.isfinite(weights).all():
        bad = int(np.flatnonzero(~np.isfinite(weights))[0])
        raise error(f"{where}: the weight of {assets[bad]} is {weights[bad]}; it must be a number")
    if (weights < 0.0).any() and not bounds.allow_short:
        bad = int(np.argmin(weights))
        message = "short positions are not allowed (bounds.allow_short)"
        raise error(f"{where}: the weight of {assets[bad]} is {weights[bad]:.6g}; {message}")
    if weights.sum() > bounds.max_leverage + 1e-9:
        raise error(f"{where}: weights sum to {weights.sum():.6g}, more than the book (bounds.max_leverage)")


def only_arrays(run: Prepared) -> tuple[Any, ...]:
    """The bundles the kernel reads, in its order."""
    return run.arrays, run.actions, run.flows, run.costs, run.limits, run.panels, run.plan
