"""What a person looks at: the comparison page, tear-sheets, figures as JSON and CSV, the manifest.

The names below are imported on first use: not every command draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator._lazy import on_first_use

if TYPE_CHECKING:
    from .certificate import write_certificate
    from .comparison import Comparison
    from .files import write_ledger, write_metrics
    from .page import write_page
    from .tearsheet import TearSheet, write_tearsheet
    from .verdict_page import write_verdicts
    from .verdicts import Verdict, Verdicts

__all__ = [
    "Comparison",
    "TearSheet",
    "Verdict",
    "Verdicts",
    "write_certificate",
    "write_ledger",
    "write_metrics",
    "write_page",
    "write_tearsheet",
    "write_verdicts",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "Comparison": "comparison",
        "TearSheet": "tearsheet",
        "Verdict": "verdicts",
        "Verdicts": "verdicts",
        "write_certificate": "certificate",
        "write_ledger": "files",
        "write_metrics": "files",
        "write_page": "page",
        "write_tearsheet": "tearsheet",
        "write_verdicts": "verdict_page",
    },
)
