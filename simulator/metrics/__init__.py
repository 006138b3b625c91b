"""What a run was worth: performance, drawdown, turnover, costs, liquidity."""

from .drawdown import deepest, drawdown_path, recovery_sessions
from .limits import FlowMetrics, LimitMetrics, flow_metrics, limit_days, limit_metrics
from .multiple import holm, step_down
from .paired import MEASURES, Books, Difference, difference, resampled
from .performance import annual_volatility, cagr, sharpe, sortino
from .selection import expected_best
from .summary import PolicyMetrics, policy_metrics
from .windows import CRISES, SpanMetrics, WindowMetrics, span_metrics, window_metrics

__all__ = [
    "CRISES",
    "MEASURES",
    "Books",
    "Difference",
    "FlowMetrics",
    "LimitMetrics",
    "PolicyMetrics",
    "SpanMetrics",
    "WindowMetrics",
    "annual_volatility",
    "cagr",
    "deepest",
    "difference",
    "drawdown_path",
    "expected_best",
    "flow_metrics",
    "holm",
    "limit_days",
    "limit_metrics",
    "policy_metrics",
    "recovery_sessions",
    "resampled",
    "sharpe",
    "sortino",
    "span_metrics",
    "step_down",
    "window_metrics",
]
