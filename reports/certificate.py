"""The certificate of a look-ahead audit as a page: a grid of what was compared, and the first thing that differed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from simulator.core.files import write

from .template import render

#: How a verdict looks in the grid: its colour class and its sign.
_LOOKS: Final = {
    "saw the future": ("bad", "✗"),
    "follows from one that did": ("warn", "↳"),
    "not reached": ("none", "·"),
    "the same to the bit": ("good", "✓"),
    "not replayed": ("none", "·"),
}


def write_certificate(certificate: Mapping[str, Any], path: Path) -> None:
    """Write the page of a certificate: one self-contained file without scripts."""
    text = render(
        "certificate.html.j2",
        one=certificate,
        looks=_LOOKS,
        following=[part["name"] for part in certificate["components"] if part["verdict"].startswith("follows")],
        replays=sum(len(cut["replays"]) for cut in certificate["cuts"]),
    )
    write(path, text)
