"""What a run was worth: performance, drawdown, turnover, costs, liquidity. :mod:`.registry` has every figure once."""

from .arrays import RunArrays, Stretch
from .books import Books
from .by_decision import Decided, by_decision
from .contribution import Contribution, contribution
from .drawdown import deepest, drawdown_path, recovery_sessions
from .flow_measures import FLOWS
from .limits import LimitMetrics, limit_days, limit_metrics
from .measure import DOWN, NEITHER, UP, Figures, Measure
from .multiple import holm, step_down
from .overfitting import Overfitting, overfitting
from .paired import Difference, difference, interval, paired_figures, resampled, resampled_sharpes
from .performance import annual_volatility, cagr, sharpe, sortino
from .probabilistic import Moments, deflated_sharpe, luckiest, moments, probabilistic_sharpe
from .registry import LEADING, PAIRED, POLICY, swept
from .selection import expected_best, expected_maximum
from .stretch_measures import LIMIT, SPAN, WINDOW
from .summary import FlowMetrics, PolicyMetrics, flow_metrics, policy_metrics
from .superior import Superiority, confidence_set, sharpe_rows, superiority
from .windows import CRISES, SpanMetrics, WindowMetrics, span_metrics, window_metrics

__all__ = [
    "CRISES",
    "DOWN",
    "FLOWS",
    "LEADING",
    "LIMIT",
    "NEITHER",
    "PAIRED",
    "POLICY",
    "SPAN",
    "UP",
    "WINDOW",
    "Books",
    "Contribution",
    "Decided",
    "Difference",
    "Figures",
    "FlowMetrics",
    "LimitMetrics",
    "Measure",
    "Moments",
    "Overfitting",
    "PolicyMetrics",
    "RunArrays",
    "SpanMetrics",
    "Stretch",
    "Superiority",
    "WindowMetrics",
    "annual_volatility",
    "by_decision",
    "cagr",
    "confidence_set",
    "contribution",
    "deepest",
    "deflated_sharpe",
    "difference",
    "drawdown_path",
    "expected_best",
    "expected_maximum",
    "flow_metrics",
    "holm",
    "interval",
    "limit_days",
    "limit_metrics",
    "luckiest",
    "moments",
    "overfitting",
    "paired_figures",
    "policy_metrics",
    "probabilistic_sharpe",
    "recovery_sessions",
    "resampled",
    "resampled_sharpes",
    "sharpe",
    "sharpe_rows",
    "sortino",
    "span_metrics",
    "step_down",
    "superiority",
    "swept",
    "window_metrics",
]
