"""statsmodels' Markov regression without its warnings, which importing it makes unconditional whatever filters say.

Filters set inside a fit would not do: they belong to the process, and folds are fitted in several threads.
"""

from __future__ import annotations

import warnings

from statsmodels.tools.sm_exceptions import ModelWarning
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

warnings.simplefilter("ignore", ModelWarning)  # of estimation: judged by the forecasts

__all__ = ["MarkovRegression"]
