"""Runs on open-ended funds: who asks for money, what the fund may do about it, and who bears the cost."""

from .book import Book, Sale, Waterfall, raised
from .clients import Class, FundClients
from .investors import Investors, Seen, asked_share
from .run import RedemptionRun, compare_tools, redemption_run
from .tools import (
    TOOLS,
    DilutionLevy,
    DualPricing,
    Gate,
    InKind,
    NoticeExtension,
    RedemptionFee,
    SidePocket,
    Suspension,
    SwingPricing,
    Tool,
    Trigger,
)

__all__ = [
    "TOOLS",
    "Book",
    "Class",
    "DilutionLevy",
    "DualPricing",
    "FundClients",
    "Gate",
    "InKind",
    "Investors",
    "NoticeExtension",
    "RedemptionFee",
    "RedemptionRun",
    "Sale",
    "Seen",
    "SidePocket",
    "Suspension",
    "SwingPricing",
    "Tool",
    "Trigger",
    "Waterfall",
    "asked_share",
    "compare_tools",
    "raised",
    "redemption_run",
]
