"""The registry as a table: every column with its formula, source, inputs, release and warm-up.

``python -m simulator.features.table simulator/features/README.md`` writes it between the marks in that file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.core.documents import put_between, table_row
from simulator.core.files import write

from .feature import FIELDS, Feature
from .registry import FAMILIES, REGISTRY
from .roles import ROLES


def feature_table() -> str:
    """Markdown: one table a family, and one of the series that features know by role."""
    parts = []
    for family in FAMILIES:
        rows = [_row(feature) for feature in REGISTRY.values() if feature.family == family]
        head = ["| column | formula | unit | inputs | known | warm-up | source |", "|---|---|---|---|---|---|---|"]
        parts.append("\n".join([f"### {family}", "", *head, *rows]))
    return "\n\n".join([*parts, _roles()])


def _row(feature: Feature) -> str:
    formula = f"{feature.formula}; {feature.reduced}" if feature.reduced else feature.formula
    inputs = [name if name in FIELDS else f"`{name}`" for name in (*feature.fields, *feature.series)]
    if feature.optional:
        inputs.append("if there: " + ", ".join(name if name in FIELDS else f"`{name}`" for name in feature.optional))
    cells = (
        f"`{feature.name}`",
        formula,
        feature.unit,
        ", ".join(inputs),
        feature.release,
        str(feature.warmup),
        feature.source,
    )
    return table_row(cells)


def _roles() -> str:
    rows = []
    for role in ROLES.values():
        names = ", ".join(f"`{name}{':ASSET' if role.per_asset else ''}`" for name in role.candidates)
        cells = (f"`{role.key}`", role.text, names, role.frequency, str(role.late_days), str(role.max_age_days))
        rows.append(table_row(cells))
    head = [
        "| role | what | found as | published | late after days | missing after days |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(["### Series by role", "", *head, *rows])


def with_table(text: str) -> str:
    """A document with the table put between its marks."""
    return put_between(text, "columns", feature_table())


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write(target, with_table(target.read_text(encoding="utf-8")))
