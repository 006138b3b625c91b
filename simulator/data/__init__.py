"""Files and packages in, :class:`MarketData` out, every doubtful cell named."""

from simulator.core.instruments import KNOWN_CLASSES

from .bundled import US_LARGE_CAPS, us_large_caps
from .csv_market import read_market
from .csv_series import read_series
from .folder import DataFolder, read_folder
from .quality import QualityNote, foreknown, inspect
from .regions import KNOWN_REGIONS, region_of
from .suspects import suspects
from .suspicion import Suspect
from .vintages import read_vintages

__all__ = [
    "KNOWN_CLASSES",
    "KNOWN_REGIONS",
    "US_LARGE_CAPS",
    "DataFolder",
    "QualityNote",
    "Suspect",
    "foreknown",
    "inspect",
    "read_folder",
    "read_market",
    "read_series",
    "read_vintages",
    "region_of",
    "suspects",
    "us_large_caps",
]
