"""What is known of a simulated system and of no real one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.payments.news import written
from scenarios.payments.system import Simulated
from signals.payments.furfine import Detection, detection

from .run import BankStudy


@dataclass(frozen=True, eq=False)
class Made:
    """A simulated system with its news, and how well the loans in it were found."""

    simulated: Simulated
    news: pd.DataFrame
    market: Detection


def made(simulated: Simulated, news: pd.DataFrame, study: BankStudy) -> Made:
    """The truth beside what the study saw."""
    return Made(simulated, news, detection(study.loans, simulated.loans, study.data.payments.log))


def news_of(simulated: Simulated, seed: int) -> pd.DataFrame:
    """The news about a simulated system."""
    return written(simulated, np.random.default_rng([seed, 1]))
