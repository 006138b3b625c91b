"""Prices in any usual layout: one file a ticker, wide, long; CSV, Excel, Parquet; as vendors write them."""

from .histories import Arrangement, history_of, left_aside, missing_notes, read_histories
from .read import Layout, Spelling, read_layout

__all__ = [
    "Arrangement",
    "Layout",
    "Spelling",
    "history_of",
    "left_aside",
    "missing_notes",
    "read_histories",
    "read_layout",
]
