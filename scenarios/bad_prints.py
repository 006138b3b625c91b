"""Days on which fills were priced at less than the day's own volatility, because its range was beyond belief."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from simulator.core.abi import ETA, GAMMA
from simulator.costs import beyond_cap
from simulator.engine import RunResult
from simulator.engine.arrays import derive
from simulator.ledger import Kind

_MOST = 8  # days named


def bad_prints(results: Mapping[str, RunResult], volatility_cap: float) -> Iterator[str]:
    """One sentence, with the days, where some policy traded an asset on such a day."""
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
    found = np.argwhere(beyond & traded)
    if not found.size:
        return
    own, usual = estimates.sigma_day[run.start : run.stop], estimates.sigma[run.start : run.stop]
    days = [f"{run.market.assets[i]} {run.sessions[t]} ({own[t, i]:.1%}, usually {usual[t, i]:.1%})" for t, i in found]
    more = f" and {len(days) - _MOST} more" if len(days) > _MOST else ""
    yield (
        f"the day's own volatility is taken at {volatility_cap:g} times the 63-session one, and no more, to price "
        f"trades of {', '.join(days[:_MOST])}{more} (costs.volatility_cap): a bad print is no price"
    )
