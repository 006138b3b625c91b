"""Files and packages in, :class:`MarketData` out, every doubtful cell named."""

from .bundled import US_LARGE_CAPS, us_large_caps
from .csv_market import read_market
from .csv_series import read_series
from .quality import QualityNote, inspect

__all__ = ["US_LARGE_CAPS", "QualityNote", "inspect", "read_market", "read_series", "us_large_caps"]
