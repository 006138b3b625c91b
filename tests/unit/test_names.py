"""Names, tickers, titles, and the files named after them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from argparse import Namespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.study.cards.options import card_options
from simulator.core.errors import ParameterError
from simulator.core.names import (
    check_asset,
    check_holding,
    check_name,
    check_text,
    check_title,
    printable,
    proposed,
    quoted,
    slugs,
    toml_key,
    toml_text,
)
from tests.hostile import NAMES, TEXTS


@pytest.mark.parametrize("name", ["passive", "60-40", "v1.2", "_x", "Übergewicht", "日本", "x" * 64])
def test_names(name):
    assert check_name(name) == name


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_name_is_refused_in_one_printable_line(name):
    with pytest.raises(ParameterError) as told:
        check_name(name)
    assert printable(str(told.value)) == str(told.value)
    assert len(str(told.value)) < 350


def test_a_name_is_proposed():
    with pytest.raises(ParameterError, match=r"write \[policies\.60-40\] with title = \"60/40\"$"):
        check_name("60/40", "write [policies.{name}] with title = {title}")


@given(st.text())
def test_what_is_proposed_is_a_name(text):
    assert check_name(proposed(text)) == proposed(text)


@pytest.mark.parametrize(
    "ticker",
    ["BRK.B", "^GSPC", "EURUSD=X", "BTC-USD", "CL=F", "7203.T", "M&M.NS", "$SPX", "ES1!", "DX-Y.NYB", "AAPL US Equity"],
)
def test_tickers_as_vendors_write_them(ticker):
    assert check_asset(ticker) == ticker


@pytest.mark.parametrize("ticker", ["../x", "a/b", "a\\b", "..", ".x", "", " x", "x ", "a  b", "a\nb", "a\0", "x" * 65])
def test_a_ticker_is_never_a_path(ticker):
    with pytest.raises(ParameterError, match="cannot be a ticker"):
        check_asset(ticker)


def test_cash_is_no_asset():
    assert check_holding("CASH") == "CASH"
    with pytest.raises(ParameterError, match="no asset may bear that name"):
        check_asset("CASH")


@pytest.mark.parametrize("text", TEXTS)
def test_a_title_may_be_anything_that_can_be_printed(text):
    assert check_title(text) == text


@pytest.mark.parametrize(
    "text", ["", "  ", "x" * 201, "a\nb", "a\x1b[2Jb", "a\x00b", "a\udcffb", "\u202egnp.exe", "a\u2028b"]
)
def test_what_cannot_be_printed_is_no_title(text):
    with pytest.raises(ParameterError):
        check_title(text)


def test_a_text_may_have_lines():
    assert check_text("a\n\tb") == "a\n\tb"
    with pytest.raises(ParameterError, match=r"U\+001B"):
        check_text("a\x1b")


@given(st.lists(st.text(max_size=8), max_size=8))
def test_slugs_cannot_leave_a_folder_and_never_meet(names):
    found = slugs([*names, *NAMES, "A", "a", "con", "NUL.txt", "Com1"])
    assert set(found) == {*names, *NAMES, "A", "a", "con", "NUL.txt", "Com1"}
    made = [slug.casefold() for slug in found.values()]
    assert len(set(made)) == len(made)
    for slug in found.values():
        assert re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?", slug)
        assert ".." not in slug
        assert slug.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@given(st.lists(st.from_regex(r"[A-Za-bD-Kd-k0-9][A-Za-z0-9_-]{0,10}", fullmatch=True), max_size=10))
def test_a_name_that_is_a_slug_keeps_it(names):
    distinct = {name.casefold(): name for name in names if name.casefold() != "aux"}
    assert slugs(distinct.values()) == {name: name for name in distinct.values()}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_keys_and_texts_are_toml(text):
    assert tomllib.loads(f"{toml_key(text)} = {toml_text(text)}") == {text: text}


@given(st.text())
def test_a_message_is_printable(text):
    assert all(
        unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"} for character in printable(text) + quoted(text)
    )


def test_words_on_a_card_are_text():
    given = {"cards": [], "owner": "a\udcff", "intended_use": "", "out_of_scope": "", "oversight": ""}
    with pytest.raises(ParameterError, match=r"--owner: holds U\+DCFF"):
        card_options(Namespace(**given))
    assert card_options(Namespace(**{**given, "owner": TEXTS[0]})).owner == TEXTS[0]
