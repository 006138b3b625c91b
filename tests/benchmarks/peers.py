"""Every form in which other tools can do a workload, with nav under the same convention."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import peer_bt, peer_from_orders, peer_vectorbt, workloads
from .contest import Contestant
from .workloads import CASH, COST, Workload

#: How the form of vectorbt is called that asks the policy on every session.
EVERY_SESSION = "every session"
_ASKED = {True: "review sessions", False: EVERY_SESSION}


def single_band(work: Workload, band: float = workloads.BAND, every: int = 1) -> Iterator[Contestant]:
    """W1: vectorbt's order functions, and bt."""
    yield _order_functions(work, band, every, masked=every > 1)
    run = peer_bt.band_policy(work.close, work.weights, band, every, COST, CASH)
    yield Contestant("bt, own algo", 1, run, peer_bt.nav_of)


def calendar(work: Workload, every: int = workloads.EVERY) -> Iterator[Contestant]:
    """W2: vectorbt's order functions, asked on every session or on the ones that matter, and from_orders."""
    for masked in (True, False):
        yield _order_functions(work, 0.0, every, masked)
    for engine in peer_from_orders.ENGINES:
        run = peer_from_orders.from_orders(work.close, work.weights, every, COST, CASH, engine)
        yield Contestant(f"vectorbt from_orders ({engine})", 1, run, _nav(work))


def policies(work: Workload, bands: np.ndarray, every: np.ndarray, threads: int = 2) -> Iterator[Contestant]:
    """W3: vectorbt's order functions, policy by policy."""
    for masked, count in ((True, threads), (True, 1), (False, 1)):
        yield _run_by_run(work, work.close[None], bands, every, masked, count)


def paths(work: Workload, threads: int = 2) -> Iterator[Contestant]:
    """W4: vectorbt's order functions, path by path, or with all paths as groups of columns."""
    band, every = np.array([workloads.BAND]), np.array([1])
    for count in (threads, 1):
        yield _run_by_run(work, work.close, band, every, False, count)
    run = peer_vectorbt.all_as_groups(work.close, work.weights, workloads.BAND, COST, CASH)
    yield Contestant("vectorbt order functions, one call", 1, run, _ends(work))


def _order_functions(work: Workload, band: float, every: int, masked: bool) -> Contestant:
    run = peer_vectorbt.order_functions(work.close, work.weights, band, every, COST, CASH, masked)
    return Contestant(f"vectorbt order functions, {_ASKED[masked]}", 1, run, _nav(work))


def _run_by_run(
    work: Workload, close: np.ndarray, bands: np.ndarray, every: np.ndarray, masked: bool, threads: int
) -> Contestant:
    run = peer_vectorbt.run_by_run(close, work.weights, bands, every, COST, CASH, masked, threads)
    name = f"vectorbt order functions, {_ASKED[masked]}"
    return Contestant(name, threads, run, lambda _: run(valued=True))


def _nav(work: Workload):
    return lambda orders: peer_vectorbt.nav_of(orders, work.close, CASH)


def _ends(work: Workload):
    """Final nav of every group of columns."""

    def of(orders: np.ndarray) -> np.ndarray:
        assets, last = work.close.shape[2], work.close[:, -1, :].ravel()
        sign = np.where(orders["side"] == 0, 1.0, -1.0)
        earned = sign * orders["size"] * (last[orders["col"]] - orders["price"]) - orders["fees"]
        return CASH + np.bincount(orders["col"] // assets, weights=earned, minlength=len(work.close))

    return of
