"""Money that investors brought and no policy asked for again: it lies in cash, in a benchmark that holds above all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from simulator.core.flows import Flow
from simulator.engine import RunResult
from simulator.ledger import Kind

#: Share of nav in cash from which on it is said.
_LYING: Final = 0.05
#: So many policies are named; of the others their number is.
_NAMED: Final = 4


def never_invested(results: Mapping[str, RunResult], flows: Sequence[Flow]) -> Iterator[str]:
    """A sentence where policies decide nothing after money has come that waits for their next decision."""
    if not any(flow.invest == "policy" and (flow.amount or 0.0) + (flow.share or 0.0) > 0.0 for flow in flows):
        return
    found = [f"{name} ({most:.0%})" for name, run in results.items() if (most := _most_lying(run)) > _LYING]
    if found:
        more = [f"{len(found) - _NAMED} more"] if len(found) > _NAMED else []
        yield (
            f"money that investors bring waits in cash for a decision that never comes, in brackets the most of nav: "
            f"{', '.join([*found[:_NAMED], *more])}; flows.invest = 'waterfall' buys more of what is held at once"
        )


def _most_lying(run: RunResult) -> float:
    """The largest share of nav in cash after money came that no decision follows; 0 where one does."""
    came = 1 + np.flatnonzero(np.asarray(run.daily["flows"])[1:] > 0.0)  # on the first session the initial cash comes
    decided = run.stream["session"][run.stream["kind"] == Kind.DECISION]
    if not came.size or (decided >= came[0]).any():
        return 0.0
    cash, nav = (np.asarray(run.daily[name], np.float64)[came[0] :] for name in ("cash", "nav"))
    return float(np.max(np.divide(cash, nav, out=np.zeros_like(cash), where=nav > 0.0)))
