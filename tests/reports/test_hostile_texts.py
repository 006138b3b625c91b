"""Texts of a user's own on every page that the product writes: they are read, and do nothing."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import pytest

from reports import write_tearsheet
from reports.text import inert
from tests.hostile import TEXTS, structure
from tests.reports.test_tearsheet import NOISE, sheet


def test_there_are_two_hundred():
    assert len(TEXTS) >= 200


def test_a_tear_sheet_shows_a_title_and_obeys_none(tmp_path):
    plain = sheet(NOISE, NOISE[::-1].copy())
    write_tearsheet(plain, tmp_path / "plain.html")
    wanted = structure((tmp_path / "plain.html").read_text())
    hostile = " ".join([TEXTS[0], TEXTS[1], "{{metrics}} $\\frac{1}{0$"])
    write_tearsheet(replace(plain, title=hostile, benchmark_title=TEXTS[2]), tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text()
    assert structure(text) == wanted
    assert hostile in html.unescape(text)
    assert hostile not in text


@pytest.mark.parametrize("returns", [NOISE, np.zeros(300), NOISE[:3]], ids=["quantstats", "flat", "short"])
def test_no_title_is_markup_in_any_form_of_the_sheet(returns, tmp_path):
    title = TEXTS[1]
    write_tearsheet(replace(sheet(returns), title=title), tmp_path / "x.html")
    assert title not in (tmp_path / "x.html").read_text()


def test_an_inert_text_holds_no_sign_of_markup():
    for text in TEXTS:
        assert not set(inert(text)) & set("<>&\"'`{}$\n")
    assert inert("60/40") == "60/40"
    assert inert("__") == "policy"
