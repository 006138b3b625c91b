"""An observation about data, which travels with them."""

from __future__ import annotations

from typing import NamedTuple


class QualityNote(NamedTuple):
    """One observation about the data; none of them stops a run, all of them are reported.

    Those that are ``grave`` may change what figures mean: they stand on the terminal and in the first lines of a page.
    """

    subject: str
    text: str
    grave: bool = False
