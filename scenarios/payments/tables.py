"""A simulated system as the plain tables in which a real one would come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from signals.payments.log import CENTRAL_BANK

from .episodes import true_codes
from .system import Simulated


def log_table(simulated: Simulated) -> pd.DataFrame:
    """A row a payment: id, local time to the second, payer, payee, amount in currency, type."""
    log = simulated.payments.log
    names, types = np.array(log.accounts), np.array(log.types)
    seconds = np.round(log.hour * 3600.0).astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "id": np.arange(1, log.day.size + 1),
            "time": log.sessions[log.day].astype("datetime64[s]") + seconds,
            "payer": names[log.payer],
            "payee": names[log.payee],
            "amount": log.amount,
            "type": types[log.kind],
        }
    )


def positions_table(simulated: Simulated) -> pd.DataFrame:
    """A row a session and bank: opening balance, collateral before and after haircut, minimum reserve, in currency."""
    log, held = simulated.payments.log, simulated.payments.positions
    banks = [place for place, name in enumerate(log.accounts) if name != CENTRAL_BANK]
    columns = {
        "opening_balance": held.opening,
        "collateral_before": held.collateral_before,
        "collateral_after": held.collateral_after,
        "minimum_reserve": held.requirement,
    }
    days = len(log.sessions)
    return pd.DataFrame(
        {
            "date": np.repeat(log.sessions, len(banks)).astype("datetime64[s]"),
            "bank": np.tile(np.array(log.accounts)[banks], days),
            **{name: values[:, banks].ravel() for name, values in columns.items()},
        }
    )


def rates_table(simulated: Simulated) -> pd.DataFrame:
    """``date`` and ``rate``: the overnight benchmark a year as a fraction."""
    payments = simulated.payments
    return pd.DataFrame({"date": payments.log.sessions.astype("datetime64[s]"), "rate": payments.benchmark})


def truth_table(simulated: Simulated) -> pd.DataFrame:
    """What was the case, of each bank that comes under stress: ``date``, ``bank``, ``code``, ``intensity``.

    A row a day and bank.
    """
    log = simulated.payments.log
    banks = [episode.bank for episode in simulated.episodes]
    codes = true_codes(simulated.system, simulated.episodes)[:, banks]
    return pd.DataFrame(
        {
            "date": np.repeat(log.sessions, len(banks)).astype("datetime64[s]"),
            "bank": np.tile(np.array(log.accounts)[banks], log.sessions.size),
            "code": codes.ravel(),
            "intensity": simulated.intensity[:, banks].ravel(),
        }
    )
