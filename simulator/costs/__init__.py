"""What trading costs: spread, temporary and permanent impact (Almgren & Chriss), commissions, borrowing."""

from .almgren_chriss import AlmgrenChriss
from .panels import VOLATILITY_CAP, beyond_cap, cost_panels
from .trajectory import Trajectory, optimal_trajectory

__all__ = ["VOLATILITY_CAP", "AlmgrenChriss", "Trajectory", "beyond_cap", "cost_panels", "optimal_trajectory"]
