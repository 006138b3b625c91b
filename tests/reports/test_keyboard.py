"""What scrolls within a page can be reached by keyboard, and headers of tables say something (WCAG 2.1.1, 1.3.1)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

TEMPLATES = {
    entry.name: entry.read_text(encoding="utf-8")
    for entry in files("reports").joinpath("templates").iterdir()
    if entry.name.endswith(".j2")
}


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_what_scrolls_is_reached_by_keyboard_and_no_header_is_empty(name):
    scrolling = re.findall(r'<div class="scroll[^<]*', TEMPLATES[name])
    assert [tag for tag in scrolling if 'tabindex="0"' not in tag] == []
    assert re.findall(r"<th[^>]*></th>", TEMPLATES[name]) == []


def test_some_templates_scroll():
    assert sum('class="scroll' in text for text in TEMPLATES.values()) > 10
