"""Runs that are ready to go together, and what they came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from simulator.core import abi
from simulator.core.errors import ParameterError, ReconciliationError
from simulator.core.jit import compiled_for
from simulator.core.types import FloatArray, IntArray
from simulator.ledger import EVENT
from simulator.ledger.record import stayers_nav

from .figures_nb import figures_nb
from .many_nb import Paths, replay_many_nb
from .prepare import Prepared
from .replay import new_output, new_state, replay_state
from .spread import spread, threads
from .together_nb import Aside, Plans, Results

Keep = Literal["metrics", "nav"]
Progress = Callable[[int, int], None]

#: The columns of :attr:`ManyResults.metrics`.
METRICS = abi.FIGURES

_NO_EVENTS = np.zeros(0, EVENT)
_BLOCKS_A_WORKER = 8
_ENTRIES: WeakKeyDictionary[PreparedMany, Callable[..., int]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class ManyResults:
    """What many runs came to.

    Attributes
    ----------
    policies
        K names.
    figures
        (P, K, metrics) in the order of :data:`METRICS`; NaN where a figure is undefined. Fractions of nav, drawdowns
        negative, costs in basis points of nav a year, ``nav_end`` in currency, ``recovery_sessions`` from the bottom
        of the deepest fall; as :func:`simulator.metrics.policy_metrics` defines them. ``owed_max`` is the largest
        share of a close's whole nav that was due and not paid, ``unpaid_end`` what was still owed at the last close
        and what was asked of a book that had nothing left, in currency; both 0 where everything was paid.
    navs
        (P, K, T), net of redemptions owed, or ``None`` if they were not kept.
    """

    policies: tuple[str, ...]
    figures: FloatArray
    navs: FloatArray | None

    @property
    def metrics(self) -> pd.DataFrame:
        """One row a policy and path, indexed by both.

        Of shape (policies x paths, figures), each in the unit of its measure; NaN where undefined.
        """
        paths, policies, _ = self.figures.shape
        index = pd.MultiIndex.from_product([self.policies, range(paths)], names=["policy", "path"])
        table = self.figures.transpose(1, 0, 2).reshape(policies * paths, len(METRICS))
        return pd.DataFrame(table, index=index, columns=list(METRICS))

    @property
    def nav(self) -> FloatArray | None:
        """(policies, paths, T) nav at each close, or ``None`` if it was not kept. In currency."""
        return None if self.navs is None else self.navs.transpose(1, 0, 2)


@dataclass(frozen=True, eq=False)
class PreparedMany:
    """Policies on paths, ready to go: inputs validated, converted and stacked once."""

    policies: tuple[str, ...]
    paths: Paths
    plans: Plans | None  # of the policies that have one
    planned: IntArray  # (J,) which policies those are
    asked: tuple[tuple[int, int, Prepared], ...]  # path, policy and run of the others
    pattern: Prepared  # any of the runs: they share terms and sessions

    def run(self, keep: Keep = "metrics", workers: int | None = None, progress: Progress | None = None) -> ManyResults:
        """Replay everything; the figures do not depend on the number of workers (threads, all cores by default)."""
        if keep not in ("metrics", "nav"):
            raise ParameterError(f"keep must be 'metrics' or 'nav', not {keep!r}")
        use = threads(workers)
        count, sessions = self.paths.market.mark.shape[0], self.paths.market.mark.shape[1]
        figures = np.empty((count, len(self.policies), len(METRICS)))
        navs = np.empty((count, len(self.policies), sessions)) if keep == "nav" else None
        done = 0

        def report(more: int) -> None:
            nonlocal done
            done += more
            if progress is not None:
                progress(done, count * len(self.policies))

        if self.plans is not None:
            own, kept = self._replay_plans(self.plans, keep, use, report)
            figures[:, self.planned] = own
            if navs is not None and kept is not None:
                navs[:, self.planned] = kept
        for p, k, run in self.asked:
            nav = _ask(run, self.paths.years, figures[p, k])
            if navs is not None:
                navs[p, k] = nav
            report(1)
        return ManyResults(self.policies, figures, navs)

    def _replay_plans(
        self, plans: Plans, keep: Keep, workers: int, report: Callable[[int], None]
    ) -> tuple[FloatArray, FloatArray | None]:
        runs, sessions = plans.calendar.size, self.paths.market.mark.shape[1]
        policies = self.planned.size
        results = Results(
            figures=np.empty((runs, len(METRICS))), navs=np.empty((runs, sessions) if keep == "nav" else (0, 0))
        )
        edges = np.unique(np.linspace(0, runs, min(runs, workers * _BLOCKS_A_WORKER) + 1).astype(np.int64)).tolist()
        given = (policies, self.paths, self.pattern.limits, plans)
        most = int((plans.end - np.arange(runs)).max())
        replay = self._compiled((0, 0, *given, *self._scratch(most), results, _NO_EVENTS))

        def block(number: int) -> int:
            first, stop = edges[number], edges[number + 1]
            reached = replay(first, stop, *given, *self._scratch(most), results, _NO_EVENTS)
            if reached != stop:
                run = int(plans.turn[reached])
                name = self.policies[self.planned[run % policies]]
                raise ReconciliationError(f"policy {name!r} on path {run // policies}: the books do not balance")
            return stop - first

        spread(block, len(edges) - 1, workers, report)
        shape = (runs // policies, policies)
        navs = results.navs.reshape(*shape, sessions) if keep == "nav" else None
        return results.figures.reshape(*shape, -1), navs

    def _compiled(self, arguments: tuple[Any, ...]) -> Callable[..., int]:
        """The kernel for the types of these runs; they are the same whatever is kept."""
        if self not in _ENTRIES:
            _ENTRIES[self] = compiled_for(replay_many_nb, arguments)
        return _ENTRIES[self]

    def _scratch(self, most: int) -> tuple[abi.State, Aside, abi.Output, FloatArray]:
        """What a worker needs for itself: a book, those put aside of ``most`` runs, a run's arrays and its returns."""
        state, out = new_state(self.pattern), new_output(self.pattern, "nav")
        return state, _new_aside(state, most), out, np.empty((4, out.nav.size))


def _new_aside(state: abi.State, depth: int) -> Aside:
    """Room for the books of runs that part from others: of ``depth`` runs, all but one may."""
    room = max(depth - 1, 0)
    return Aside(
        book=np.empty((room, *state.book.shape)),
        recent=np.empty((room, *state.recent.shape)),
        cell=np.empty((room, *state.cell.shape)),
        tally=np.empty((room, *state.tally.shape), np.int64),
        since=np.empty((room, 3), np.int64),
    )


def _ask(run: Prepared, years: float, figures: FloatArray) -> FloatArray:
    """Replay a policy that must be asked, and write its figures; return its nav."""
    state, out = replay_state(run)
    returns, nav = np.empty((3, out.nav.size)), stayers_nav(out)
    figures_nb(
        nav,
        out.flowed,
        out.raised,
        run.redemption_stress,
        run.arrays,
        years,
        run.initial_cash,
        state,
        returns,
        figures,
    )
    return nav
