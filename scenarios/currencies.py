"""In what currency a book is, and how prices in others are brought into it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from simulator.core.errors import ScenarioError
from simulator.data.currencies import HUNDREDTHS, Rates, read_rates, unit_of

from .data.pull.record import read_record
from .instruments import Stated
from .schema import ScenarioFile
from .schema_market import FxSpec, MarketSection

#: FRED's rates of so many units of a currency for a dollar; those of dollars for a unit are DEXUSEU, DEXUSUK...
_FRED_PER_DOLLAR: Final = re.compile(r"DEX(?!US)[A-Z]{2}US")
#: What the bundled market is in.
BUNDLED: Final = "USD"


def with_pulled(stated: Stated, section: MarketSection, assets: Iterable[str], data: Path) -> Stated:
    """What is stated, with the currency of prices that were pulled (``pulled.json``) where none is."""
    if section.layout != "auto" or section.path is None or not (data / section.path).is_dir():
        return stated
    record = read_record(data / section.path).values()
    pulled = {entry.ticker: entry.currency for entry in record if entry.source == "yahoo" and entry.currency}
    own = {name: {"currency": pulled[name], **stated.fields.get(name, {})} for name in assets if name in pulled}
    return replace(stated, fields={**stated.fields, **own})


def rates_of(file: ScenarioFile, stated: Stated, assets: Iterable[str], data: Path) -> dict[str, Rates]:
    """The rates of every asset that is quoted in another currency than the book's.

    Raises
    ------
    UndertowError
        If it is not said what the book is in, a currency has no rates, or rates are stated of which nothing is.
    """
    section = file.market
    known = {asset: stated.fields.get(asset, {}).get("currency") for asset in assets}
    quoted = {asset: str(currency) for asset, currency in known.items() if currency}
    _check_codes(section)
    if section.currency is None:
        _check_alike(section, quoted)
        return {}
    found: dict[str, Rates] = {}
    read: dict[str, pd.Series] = {}
    for asset, currency in quoted.items():
        if currency == section.currency:
            continue
        major, factor = unit_of(currency)
        if major == section.currency:
            found[asset] = Rates(currency, section.currency, "", pd.Series(dtype=float), factor)
            continue
        spec = _spec(section, asset, currency)
        if major not in read:
            _check_order(spec, major, section.currency)
            read[major] = read_rates(data / spec.path, major, spec.column, spec.inverse, section.zone)
        where = str(data / spec.path)
        found[asset] = Rates(currency, section.currency, where, read[major], factor, spec.max_age_days)
    idle = [code for code in section.fx if code not in read]
    if idle:
        raise ScenarioError(
            f"market.fx.{idle[0]}: no asset is quoted in {idle[0]}: state instruments.NAME.currency, or leave it out"
        )
    return found


def check_bundled(file: ScenarioFile, stated: Stated) -> None:
    """Raise :class:`ScenarioError` unless the file has the bundled market in dollars, as it is."""
    said = {"market.currency": file.market.currency} | {
        f"instruments.{name}.currency": own.get("currency") for name, own in stated.fields.items()
    }
    for key, currency in said.items():
        if currency not in (None, BUNDLED):
            raise ScenarioError(f"{key}: the bundled market is in {BUNDLED}, not {currency}")


def _check_codes(section: MarketSection) -> None:
    for key, code in [("currency", section.currency), *((f"fx.{code}", code) for code in section.fx)]:
        if code in HUNDREDTHS:
            raise ScenarioError(f"market.{key}: write {HUNDREDTHS[code][0]}; prices in {code} follow from its rate")


def _check_alike(section: MarketSection, quoted: dict[str, str]) -> None:
    """Raise unless all prices are in one currency, which is then the book's."""
    if section.fx:
        raise ScenarioError("market.fx: say what currency the book is in: market.currency")
    codes = sorted(set(quoted.values()))
    if len(codes) > 1 or set(codes) & set(HUNDREDTHS):
        named = ", ".join(f"{code} ({next(asset for asset in quoted if quoted[asset] == code)})" for code in codes)
        raise ScenarioError(
            f"market.currency is missing: prices are in {named}; say what the book is in, and market.fx"
        )


def _check_order(spec: FxSpec, currency: str, book: str) -> None:
    """Raise where a file's name says that it holds the rate the other way round, and the scenario says nothing."""
    if "inverse" in spec.model_fields_set or not _other_way_round(Path(spec.path).stem, currency, book):
        return
    raise ScenarioError(
        f"market.fx.{currency}: {spec.path} is called as what one {book} is worth in {currency}: state inverse = true "
        f"(or inverse = false, if it holds what one {currency} is worth in {book})"
    )


def _other_way_round(name: str, currency: str, book: str) -> bool:
    """Whether a name is that of units of a currency for one of the book's: USDJPY, USDJPY=X, JPY=X, DEXJPUS."""
    name = name.upper().replace("_", "").replace("-", "").removesuffix("=X")
    yahoo_or_fred = book == "USD" and (name == currency or _FRED_PER_DOLLAR.fullmatch(name) is not None)
    return name == f"{book}{currency}" or yahoo_or_fred


def _spec(section: MarketSection, asset: str, currency: str) -> FxSpec:
    major, _ = unit_of(currency)
    given = section.fx.get(major)
    if given is None:
        raise ScenarioError(
            f"market.fx.{major} is missing: {asset} is quoted in {currency}, the book in {section.currency}: state a "
            f'file of what one {major} is worth, market.fx.{major} = "rates.csv"'
        )
    return FxSpec(path=given) if isinstance(given, str) else given
