"""The floor: the least a strict loop must do for the plain workloads, with no ledger, no checks and no options.

Signed positions follow a band (or a schedule); a rebalance pays a linear cost on what it trades, sized on nav
before costs, sells and buys alike, the buys scaled by one factor where the cash does not reach. Prices are read as
``close[t, i]``: a row taken as a view costs about 10 ns a session.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy", nogil=True)
def floor_nb(close, weights, band, every, cost, cash, nav_out):
    """One policy on one path: ``close`` (T, N), ``weights`` (N,); the band is tested every ``every`` sessions."""
    sessions, assets = close.shape
    shares = np.zeros(assets)
    trade = np.zeros(assets)
    target_cash = 1.0
    for i in range(assets):
        target_cash -= weights[i]
    for t in range(sessions):
        nav = cash
        for i in range(assets):
            nav += shares[i] * close[t, i]
        if t % every == 0:
            edge = band * nav
            out = (t == 0) | (abs(cash - target_cash * nav) > edge)
            for i in range(assets):
                out |= abs(shares[i] * close[t, i] - weights[i] * nav) > edge
            if out:
                bought = 0.0
                for i in range(assets):
                    trade[i] = weights[i] * nav / close[t, i] - shares[i]
                    if trade[i] < 0.0:
                        cash -= trade[i] * close[t, i] * (1.0 - cost)
                        shares[i] += trade[i]
                    else:
                        bought += trade[i] * close[t, i] * (1.0 + cost)
                scale = 1.0 if bought <= cash else cash / bought
                for i in range(assets):
                    if trade[i] > 0.0:
                        shares[i] += scale * trade[i]
                cash -= scale * bought
                nav = cash
                for i in range(assets):
                    nav += shares[i] * close[t, i]
        nav_out[t] = nav
    return cash


@njit(cache=True, error_model="numpy", nogil=True)
def floor_policies_nb(first, stop, close, weights, bands, every, cost, cash, nav_end):
    """Policies ``first`` to ``stop``, each a band and a review interval, on one path; final nav of each."""
    nav = np.empty(close.shape[0])
    for k in range(first, stop):
        floor_nb(close, weights, bands[k], every[k], cost, cash, nav)
        nav_end[k] = nav[-1]


@njit(cache=True, error_model="numpy", nogil=True)
def floor_paths_nb(first, stop, close, weights, band, cost, cash, nav_end):
    """One policy on paths ``first`` to ``stop`` of ``close`` (P, T, N); final nav of each."""
    nav = np.empty(close.shape[1])
    for p in range(first, stop):
        floor_nb(close[p], weights, band, 1, cost, cash, nav)
        nav_end[p] = nav[-1]
