"""What a user has named means nothing to Plotly, in any chart."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest

from reports.findings_figures import Dot, dots
from reports.labels import label, labelled
from tests.architecture.test_imports import ROOT
from tests.hostile import TEXTS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("60/40", "60/40"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("a<br>b", "a&lt;br&gt;b"),
        ("S&P &lt;", "S&amp;P &amp;lt;"),
        ("%{x}%{y}", "%&#123;x}%&#123;y}"),
    ],
)
def test_a_label_is_read_letter_for_letter(text, shown):
    assert label(text) == shown
    assert label(label(text)) == shown


def test_every_text_is_reached():
    given = {"<i>": [Dot("<b>", 1.0)], "n": ("<u>", 2.0, None)}
    assert labelled(given) == {"&lt;i&gt;": [Dot("&lt;b&gt;", 1.0)], "n": ("&lt;u&gt;", 2.0, None)}
    values = np.zeros(3)
    assert labelled(values) is values


def test_a_chart_of_hostile_names_has_no_markup_but_its_own():
    figure = dots({text: [Dot(text, 1.0)] for text in TEXTS}, TEXTS[0])
    for trace in json.loads(figure.to_json())["data"]:
        own = trace["hovertemplate"].removeprefix("%{y}: %{x:.3f}<extra>").removesuffix("</extra>")
        for text in (own, trace["name"], *trace["y"]):
            assert "<" not in text
            assert "%{" not in text


def test_every_function_that_makes_a_chart_takes_labels():
    makers = [
        (path.name, node)
        for path in sorted((ROOT / "reports").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.returns is not None and "go.Figure" in ast.unparse(node.returns)
    ]
    assert len(makers) > 30
    for name, node in makers:
        drawn = [ast.unparse(decorator) for decorator in node.decorator_list] == ["drawn"]
        assert drawn or node.name.startswith("_"), f"{name}: {node.name}"
