"""The event ledger: the typed stream from which everything else is a view."""

from .events import COMPONENT_NAMES, EVENT, KIND_NAMES, Kind, to_frame
from .expand import expand, expanded_size, parts
from .rebuild import Books, rebuild
from .reconcile import reconcile
from .record import RunRecord, Save

__all__ = [
    "COMPONENT_NAMES",
    "EVENT",
    "KIND_NAMES",
    "Books",
    "Kind",
    "RunRecord",
    "Save",
    "expand",
    "expanded_size",
    "parts",
    "rebuild",
    "reconcile",
    "to_frame",
]
