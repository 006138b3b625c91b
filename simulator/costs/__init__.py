"""What trading costs: spread, temporary and permanent impact (Almgren & Chriss), commissions, borrowing."""

from .almgren_chriss import AlmgrenChriss
from .panels import cost_panels
from .trajectory import Trajectory, optimal_trajectory

__all__ = ["AlmgrenChriss", "Trajectory", "cost_panels", "optimal_trajectory"]
