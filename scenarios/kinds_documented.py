"""The kinds of shocks and overlays in words: what each is called, what may be set, what it does.

``python -m scenarios.kinds_documented`` writes their tables between the marks in the READMEs of a checkout.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from simulator.core.documents import put_between, table_row
from simulator.core.files import write

from . import kinds
from .configure import parameters
from .plugins import find
from .shocks.dated import DatedShock

_ROOT: Final = Path(__file__).resolve().parents[1]


class KindTable(NamedTuple):
    """A table of kinds in a document: its name, where it stands, the kinds, and whose parameters all of them share."""

    name: str
    document: Path
    kinds: Mapping[str, str]
    shared: Any = None

    def text(self) -> str:
        """The table, a row a kind, in Markdown."""
        rows = [self._row(kind) for kind in self.kinds]
        return "\n".join(["| kind | parameters | does |", "|---|---|---|", *rows])

    def _row(self, kind: str) -> str:
        cls = find(kind, self.kinds, self.name)
        shared = () if self.shared is None else tuple(parameters(self.shared))
        own = ", ".join(f"`{name}`" for name in parameters(cls) if name not in shared)
        return table_row((f"`{kind}`", own, does(cls)))

    def written(self, text: str) -> str:
        """A document with the table put between its marks; raise :class:`DataError` where it has none."""
        return put_between(text, self.name, self.text())


def does(cls: Any) -> str:
    """What a class says of itself in the first paragraph of its docstring; the rest is for those who open it."""
    said = (inspect.getdoc(cls) or "").partition("\n\n")[0]
    return " ".join(said.replace("``", "`").split())


#: The tables, and where they stand.
TABLES: Final = (
    KindTable("shocks", _ROOT / "scenarios" / "README.md", kinds.SHOCKS, DatedShock),
    KindTable("overlays", _ROOT / "strategies" / "README.md", kinds.OVERLAYS),
)


if __name__ == "__main__":
    for table in TABLES:
        write(table.document, table.written(table.document.read_text(encoding="utf-8")))
