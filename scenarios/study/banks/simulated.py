"""A simulated system as the study reads one: by way of the same tables as a real log."""

from __future__ import annotations

import pandas as pd

from scenarios.payments.system import Simulated
from scenarios.payments.tables import log_table, positions_table, rates_table

from .data import BankSource, Sources


def sources_of(simulated: Simulated, news: pd.DataFrame) -> Sources:
    """The tables of a simulated system, checked and read as files would be."""
    return Sources(
        BankSource("the simulated log", log_table(simulated)),
        BankSource("its news", news),
        BankSource("its positions", positions_table(simulated)),
        BankSource("its rates", rates_table(simulated)),
    )
