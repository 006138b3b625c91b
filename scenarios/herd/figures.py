"""What a herd comes to, in figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reports.herd import Figures, FundRow
from simulator.core.types import BoolArray, FloatArray
from simulator.engine import RunResult
from simulator.herding import similarity
from simulator.metrics import drawdown_path

from .market import Law
from .members import Fund, Members
from .settle import Herd, Meadow


def figures_of(meadow: Meadow, herd: Herd) -> Figures:
    """All money of a herd together, against the same funds in a market that does not answer."""
    inside = _all_money(herd.members, herd.results)
    outside = _all_money(herd.members, {fund: meadow.alone(fund) for fund in herd.members})
    fall, fall_alone = float(drawdown_path(inside).min()), float(drawdown_path(outside).min())
    volume = np.where(meadow.law.volume > 0.0, meadow.law.volume, np.inf)
    return Figures(
        funds=sum(herd.members.values()),
        drawdown=fall,
        drawdown_alone=fall_alone,
        amplification=fall / fall_alone if fall_alone < 0.0 else None,
        final=float(np.prod(1.0 + inside)),
        final_alone=float(np.prod(1.0 + outside)),
        deepest_bps=float(np.expm1(herd.told.displacement[herd.start : herd.stop].min()) * 1e4),
        flow_share=float((np.abs(herd.flow.net) / volume).max()),
        alike=_alike(meadow.law, herd),
        rounds=int(herd.rounds.max(initial=0)),
        lowest=str(meadow.world.market.sessions[herd.start + int(np.argmin(drawdown_path(inside)))]),
        other_days=int(np.any([_trades(herd.results[f]) != _trades(meadow.alone(f)) for f in herd.members], 0).sum()),
    )


def _trades(result: RunResult) -> BoolArray:
    """(T,) whether it trades on a session."""
    return np.asarray(result.daily["bought"] + result.daily["sold"] > 0.0)


def _all_money(members: Members, results: Mapping[Fund, RunResult]) -> FloatArray:
    """(T,) returns of all money, each fund's weighted by what it has become."""
    worth = sum(
        (fund.size * count * np.cumprod(1.0 + results[fund].returns.to_numpy()) for fund, count in members.items()),
        np.zeros(1),
    )
    begun = sum(fund.size * count for fund, count in members.items())
    path = np.concatenate([[begun], np.asarray(worth)])
    returns: FloatArray = path[1:] / path[:-1] - 1.0
    return returns


def rows_of(meadow: Meadow, herd: Herd, titles: Mapping[str, str]) -> list[FundRow]:
    """Each kind of fund of a herd."""
    rows = []
    for fund, count in herd.members.items():
        result, alone = herd.results[fund], meadow.alone(fund)
        paid = sum(result.total_costs.values())
        rows.append(
            FundRow(
                policy=titles[fund.policy],
                size=fund.size,
                funds=count,
                drawdown=float(drawdown_path(result.returns.to_numpy()).min()),
                drawdown_alone=float(drawdown_path(alone.returns.to_numpy()).min()),
                final=float(np.prod(1.0 + result.returns.to_numpy())),
                final_alone=float(np.prod(1.0 + alone.returns.to_numpy())),
                cost_bps=paid / float(result.nav.mean()) * 1e4,
                ruined=result.ruined is not None,
            )
        )
    return rows


def worst_session(herd: Herd) -> int:
    """The session of the whole market on which all money stands lowest against its highest before."""
    return herd.start + int(np.argmin(drawdown_path(_all_money(herd.members, herd.results))))


def books(herd: Herd, t: int) -> FloatArray:
    """(F, N) currency that one fund of each kind holds at the close of a session."""
    row = t - herd.start
    return np.stack([result.daily["shares"][row] * result.marks[row] for result in herd.results.values()])


def _impact_at(meadow: Meadow, herd: Herd, t: int) -> FloatArray:
    """(N,) log move of a price for each unit of currency sold on a session."""
    volume = meadow.law.volume[t] * herd.told.depth[t]
    found: FloatArray = np.divide(
        np.nan_to_num(meadow.law.push[t]), volume, out=np.zeros(volume.shape), where=volume > 0.0
    )
    return found


def overlaps(meadow: Meadow, herd: Herd, t: int) -> tuple[FloatArray, FloatArray]:
    """(F, F) basis points of nav lost if all funds of a column sold all they hold, and the similarity of books."""
    held, impact = books(herd, t), _impact_at(meadow, herd, t)
    count = np.array(list(herd.members.values()), np.float64)
    pushed = (held * count[:, None]) * impact  # (F, N) log fall of each price if all funds of a kind sell
    lost = held @ -np.expm1(-pushed).T
    navs = np.array([result.nav.to_numpy()[t - herd.start] for result in herd.results.values()])
    share = np.divide(lost, navs[:, None], out=np.full(lost.shape, np.nan), where=navs[:, None] > 0.0)
    return share * 1e4, similarity(held, impact)


def _alike(law: Law, herd: Herd) -> float | None:
    """Mean similarity of the trades of two funds; funds of one kind trade the same."""
    count = np.array(list(herd.members.values()), np.float64)
    funds = float(count.sum())
    if funds < 2.0:
        return None
    volume = np.where(law.volume > 0.0, law.volume, np.inf)
    weight = (np.nan_to_num(law.push) / volume).ravel()
    nets = np.stack([flow.net.ravel() for flow in herd.flows.values()])
    found = similarity(nets, weight)
    if np.isnan(found).all():
        return None
    pairs = count[:, None] * count[None, :] - np.diag(count)
    known = ~np.isnan(found) & (pairs > 0.0)
    return float((found[known] * pairs[known]).sum() / pairs[known].sum()) if known.any() else None


def permanent(meadow: Meadow) -> bool:
    """Whether the scenario's costs move prices at all."""
    return bool(np.nan_to_num(meadow.law.push).any())
