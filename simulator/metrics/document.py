"""Every measure in words.

``python -m simulator.metrics.document simulator/metrics/README.md`` writes the tables between the marks in that file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from simulator.core.documents import put_between, table_row
from simulator.core.files import write

from .flow_measures import FLOWS, SWEPT_ALONE
from .measure import Measure
from .registry import POLICY
from .stretch_measures import LIMIT, SPAN, WINDOW

_GROUPS: Final[Mapping[str, Mapping[str, Measure[Any]]]] = {
    "Of a policy": POLICY,
    "Of investors' money (`flows`)": FLOWS,
    "Of sweeps alone": SWEPT_ALONE,
    "Within a crisis (`windows`)": WINDOW,
    "Over the sessions that shocks touch (`shock_effect`)": SPAN,
    "Of a bound that bit (the page)": LIMIT,
}
_BETTER: Final = {1: "up", 0: "", -1: "down"}


def tables() -> str:
    """A table a group, in Markdown."""
    return "\n\n".join("\n".join(_table(title, group)) for title, group in _GROUPS.items())


def _table(title: str, group: Mapping[str, Measure[Any]]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    yield "| name | unit | better | in sweeps | what it is |"
    yield "|---|---|---|---|---|"
    for measure in group.values():
        column = f"`{measure.column}`" if measure.column else ""
        yield table_row((f"`{measure.name}`", measure.unit, _BETTER[measure.better], column, measure.definition))


def with_tables(text: str) -> str:
    """A document with the tables put between its marks."""
    return put_between(text, "measures", tables())


if __name__ == "__main__":
    document = Path(sys.argv[1])
    write(document, with_tables(document.read_text(encoding="utf-8")))
