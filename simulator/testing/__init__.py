"""For plug-in authors and for our own tests: conformance checks, markets to try things on, a plain-NumPy oracle."""

from .cost_check import check_cost_model
from .markets import made_markets
from .oracle import replay_oracle
from .oracle_book import OracleRun
from .perturb import cuts, poison_after, truncate
from .report import ConformanceError, Summary
from .shock_check import check_shock
from .signal_check import check_signal
from .strategy_check import check_strategy

__all__ = [
    "ConformanceError",
    "OracleRun",
    "Summary",
    "check_cost_model",
    "check_shock",
    "check_signal",
    "check_strategy",
    "cuts",
    "made_markets",
    "poison_after",
    "replay_oracle",
    "truncate",
]
