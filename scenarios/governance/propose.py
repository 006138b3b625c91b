"""From a scenario, a policy and a close to the decision it takes on that day's information, with its reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import as_json
from reports.manifest import manifest
from reports.proposal import write_proposal
from scenarios.liquidity.day import known
from scenarios.notices import Replayed, notices
from scenarios.output import staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.schema import ScenarioFile
from scenarios.stored import fingerprints
from scenarios.titles import titles
from simulator.core.errors import DataError
from simulator.core.files import write
from simulator.data import foreknown
from simulator.engine import RunResult

from .effect import liquidity_both
from .orders import Order, in_flight, limits_of, orders_of
from .past import history
from .reasons import signals_on
from .rulings import Kept, kept

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

#: Columns of ``trades.csv``.
COLUMNS: Final = (
    *("asset", "side", "shares", "price", "notional", "weight_before", "weight_after", "target", "share_of_adv"),
    *("cost", "cost_bps"),
)


def propose(
    file: ScenarioFile,
    day: str,
    out: Path,
    policy: str | None = None,
    journal: Path | None = None,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> dict[str, Any]:
    """Write the decision of a policy at the close of ``day`` to ``out``; return what the page shows.

    Without a journal the book is the one the policy has made so far, every decision traded. With one, it is the book
    that its approvals have made since its first ruling.

    Raises
    ------
    UndertowError
        If the scenario or the journal cannot be used, or the day is no session of the run.
    """
    progress = progress or Silent()
    past = history(file, policy, data, refit_cache)
    row = past.row(day, "--as-of")
    committee = kept(journal, file.scenario.name, past.policy, str(past.market.sessions[row]))
    scenario, result = past.replayed(row, committee, progress)
    run = result.run
    told = {
        "scenario": file.scenario.name,
        "policy": past.policy,
        "foreknown": foreknown(run.observed),
        "notices": list(notices(Replayed(scenario, run.market, run.start, run.stop, {past.policy: result}))),
        **decision(result, committee),
        "signals": signals_on(scenario, result),
        "liquidity": liquidity_both(result, orders_of(result)),
        "journal": None if journal is None else {"since": committee.since, "unruled": committee.unruled},
    }
    asked = {"proposal": {"policy": past.policy, "date": told["date"]}, **resolved(scenario.file)}
    with staged(out, "proposal") as stage:
        write(stage / "proposal.json", as_json(told))
        write(stage / "trades.csv", trades_csv(told["trades"]))
        called = titles(file)
        named = [{**signal, "name": called.signals.get(signal["name"], signal["name"])} for signal in told["signals"]]
        shown = {**told, "scenario": called.scenario, "policy": called.policies[past.policy], "signals": named}
        write_proposal(shown, stage / "index.html")
        prints = {"market": run.market.fingerprint(), **fingerprints(scenario.signals)}
        write(stage / "manifest.json", as_json(manifest(asked, prints, file.scenario.seed)))
    return told


def decision(result: RunResult, committee: Kept) -> dict[str, Any]:
    """What is decided at the last close of a run, and what it is planned to do to the book."""
    last, run = len(result.sessions) - 1, result.run
    nav = float(result.daily["nav"][last])
    if not nav > 0.0:
        raise DataError(f"{result.name}: its book is worth nothing on {result.sessions[last]}: there is none to trade")
    date, orders = str(result.sessions[last]), orders_of(result)
    targets = committee.proposed.get(date)
    earlier = [day for day in committee.proposed if day < date]
    before = committee.proposed[max(earlier)] if earlier else None
    cost = sum(order.cost for order in orders)
    held = result.weights.iloc[last]
    flying = in_flight(result)
    rows = [_row(order, result, nav, held, None if before is None else before[order.place]) for order in orders]
    execution, sold = run.execution, sum(max(-order.notional, 0.0) for order in orders)
    return {
        "date": date,
        "decides": targets is not None,
        "nav": nav,
        "cash": float(result.daily["cash"][last]),
        "max_leverage": run.bounds.max_leverage,
        "allow_short": run.bounds.allow_short,
        "min_cash": run.bounds.min_cash,
        "max_weight": _caps(result),
        "cut_by": [*(["groups"] if run.bounds.groups else []), *_on_liquidity(result)],
        "first": bool(targets is not None and not earlier and run.opening is None),
        "targets": {} if targets is None else _by_asset(result, targets),
        "held": {asset: float(value) for asset, value in held.items() if value != 0.0},
        "prices": {
            asset: _as_traded(result, i) for i, asset in enumerate(result.assets) if result.marks[last, i] > 0.0
        },
        "before": None if before is None else {"date": max(earlier), "targets": _by_asset(result, before)},
        "trades": rows,
        "in_flight": flying,
        "bought": sum(max(order.notional, 0.0) for order in orders),
        "sold": sold,
        "cost": known(cost),
        "cost_bps": known(1e4 * cost / nav),
        "limits": limits_of(result, orders),
        "remark": result.remarks.get(last, ""),
        "execution": {"lag": execution.lag, "fill": execution.fill, "schedule": execution.schedule},
    }


def _caps(result: RunResult) -> dict[str, float]:
    """The largest weight that the scenario allows, by asset."""
    caps = result.run.bounds.max_weight
    if caps is None:
        return {}
    return {asset: float(caps) for asset in result.assets} if isinstance(caps, float | int) else dict(caps)


def _on_liquidity(result: RunResult) -> list[str]:
    """Stated bounds on the liquidity of holdings."""
    bounds = result.run.bounds
    return [*(["min_liquid_share"] if bounds.min_liquid_share is not None else []), *bounds.on_liquidity]


def _by_asset(result: RunResult, weights: Any) -> dict[str, float]:
    return {asset: float(weights[i]) for i, asset in enumerate(result.assets)}


def _as_traded(result: RunResult, i: int) -> float:
    """The price of an asset as traded on the last session."""
    return float(result.marks[-1, i]) / raw_factor(result, i)


def raw_factor(result: RunResult, i: int) -> float:
    """Shares as traded in a share of the run's prices, on the last session."""
    raws = result.run.costs.raw_shares
    return float(raws[-1 if len(raws) > 1 else 0, i])


def _row(order: Order, result: RunResult, nav: float, held: Any, target_before: float | None) -> dict[str, Any]:
    weight = float(held[order.asset])
    moved = order.notional / nav
    return {
        "asset": order.asset,
        "side": "buy" if order.shares > 0.0 else "sell",
        "shares": order.shares * raw_factor(result, order.place),
        "price": _as_traded(result, order.place),
        "notional": order.notional,
        "weight_before": weight,
        "weight_after": weight + moved,
        "target": order.target,
        "by_drift": None if target_before is None else known(target_before - weight),
        "by_target": None if target_before is None else known(order.target - target_before),
        "share_of_adv": known(order.share_of_adv),
        "cost": known(order.cost),
        "cost_bps": known(1e4 * order.cost / abs(order.notional)),
    }


def trades_csv(rows: list[Mapping[str, Any]]) -> str:
    """``trades.csv``: one row a trade; shares and prices as traded, positive to buy."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow(["" if row[name] is None else row[name] for name in COLUMNS])
    return text.getvalue()
