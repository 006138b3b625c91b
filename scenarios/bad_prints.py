"""Days on which fills were priced at less than the day's own volatility, because its range was beyond belief."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from simulator.core.abi import ETA, GAMMA
from simulator.core.market import MarketData
from simulator.core.names import few
from simulator.core.protocols import Estimates
from simulator.costs import beyond_cap
from simulator.engine import RunResult
from simulator.engine.arrays import derive
from simulator.engine.prepare import Prepared
from simulator.ledger import Kind

_MOST = 8  # days named


def bad_prints(
    results: Mapping[str, RunResult], volatility_cap: float, before: MarketData | None = None
) -> Iterator[str]:
    """A sentence, with the days, where some policy traded an asset on such a day.

    ``before`` is the market without shocks, whose sessions are those of the run: a range that only they make is none of
    bad data, and is said apart, since trades then cost more than is shown. ``None`` where nothing is struck.
    """
    if not results:  # of a sweep, which keeps none
        return
    run = next(iter(results.values())).run
    if not run.costs.by_asset[[ETA, GAMMA]].any():
        return  # no price depends on volatility
    estimates = derive(run.market).estimates
    beyond = beyond_cap(estimates, volatility_cap)[run.start : run.stop]
    if not beyond.any():
        return
    traded = np.zeros_like(beyond)
    for record in results.values():
        fills = record.stream[record.stream["kind"] == Kind.FILL]
        traded[fills["session"], fills["asset"]] = True
    found = beyond & traded
    usual = beyond if before is None else beyond_cap(derive(before).estimates, volatility_cap)[run.start : run.stop]
    taken = f"the day's own volatility is taken at {volatility_cap:g} times the 63-session one, and no more"
    printed, struck = np.argwhere(found & usual).tolist(), np.argwhere(found & ~usual).tolist()
    if printed:
        named = few([_day(run, estimates, t, i) for t, i in printed], _MOST)
        yield f"{taken}, to price trades of {named} (costs.volatility_cap): a bad print is no price"
    if struck:
        t, i = max(struck, key=lambda day: estimates.sigma_day[run.start + day[0], day[1]])
        names = [run.market.assets[number] for number in sorted({number for _, number in struck})]
        yield (
            f"under the shocks {taken}, to price trades of {few(names, _MOST)}, at worst "
            f"{_day(run, estimates, t, i)}: they may cost more than is shown (costs.volatility_cap)"
        )


def _day(run: Prepared, estimates: Estimates, t: int, i: int) -> str:
    own, usual = estimates.sigma_day[run.start + t, i], estimates.sigma[run.start + t, i]
    return f"{run.market.assets[i]} {run.sessions[t]} ({own:.1%}, usually {usual:.1%})"
