"""Life after fit: monitors of drift, policies of refitting, models that learn online, and all of them compared."""

from .adwin import watch_adwin
from .compare import Life, RefitStudy, compare_refits
from .online import ONLINE, online_forecasts
from .performance import rolling_skill, watch_performance
from .policies import MONITORS, POLICIES, Lived, Policy, live, watch
from .stability import MOVED, SHIFTED, Stability, psi, stability, watch_stability
from .watch import Alarm, Monitored, Watch

__all__ = [
    "MONITORS",
    "MOVED",
    "ONLINE",
    "POLICIES",
    "SHIFTED",
    "Alarm",
    "Life",
    "Lived",
    "Monitored",
    "Policy",
    "RefitStudy",
    "Stability",
    "Watch",
    "compare_refits",
    "live",
    "online_forecasts",
    "psi",
    "rolling_skill",
    "stability",
    "watch",
    "watch_adwin",
    "watch_performance",
    "watch_stability",
]
