"""What a person looks at: the comparison page, tear-sheets, figures as JSON and CSV, the manifest."""

from .certificate import write_certificate
from .comparison import Comparison
from .files import write_ledger, write_metrics
from .page import write_page
from .tearsheet import TearSheet, write_tearsheet

__all__ = [
    "Comparison",
    "TearSheet",
    "write_certificate",
    "write_ledger",
    "write_metrics",
    "write_page",
    "write_tearsheet",
]
