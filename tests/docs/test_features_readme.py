"""The table of columns says what the registry says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator import DataError
from simulator.features import REGISTRY
from simulator.features.table import with_table

README = Path(__file__).resolve().parents[2] / "simulator" / "features" / "README.md"


def test_the_readme_is_in_step_with_the_registry():
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text), "run python -m simulator.features.table simulator/features/README.md"


@pytest.mark.parametrize("name", REGISTRY)
def test_every_column_has_a_row_with_formula_and_source(name):
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", rows[0])[1:-1]]
    assert len(cells) == 7
    assert all(cells)


def test_a_document_without_marks_is_refused():
    with pytest.raises(DataError, match="must hold the lines"):
        with_table("# features")
