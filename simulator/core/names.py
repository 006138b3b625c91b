"""Names of what a user states, and texts for people.

A name is a key: of tables, of columns, of ``--set``, of files for machines. A title is what people read in its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from typing import Final

from .errors import ParameterError

#: The name that stands for cash: no asset may have it.
CASH: Final = "CASH"
#: Longest name, in characters.
LONGEST: Final = 64
#: Longest title, in characters.
LONGEST_TITLE: Final = 200

_NAME: Final = re.compile(rf"\w[\w.-]{{0,{LONGEST - 1}}}")
_ASSET: Final = re.compile(rf"[\w^$@!&](?:[\w.^=&$!+@~-]| (?=[^ ])){{0,{LONGEST - 1}}}")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BIDIRECTIONAL: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f")
_NO_TEXT: Final = frozenset(("Cc", "Cs", "Zl", "Zp"))
_DEVICES: Final = frozenset(("con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))))
_LONGEST_SLUG: Final = 64

NAMES_ARE: Final = (
    f"a name has up to {LONGEST} letters, digits, '_', '-' and '.', and begins with a letter, a digit or '_'"
)
ASSETS_ARE: Final = (
    f"a ticker has up to {LONGEST} letters, digits, single spaces and any of . _ - ^ = & $ ! + @ ~, and does not begin "
    "with a point"
)


def check_name(name: str, instead: str = "for example {name}") -> str:
    """The name as it is: of a scenario, a policy, a signal, a series, a group.

    ``instead`` says what to write in its place, of a ``name`` that is allowed and a ``title`` (both as TOML).

    Raises
    ------
    ParameterError
        Saying which names are allowed, and proposing one.
    """
    if not _NAME.fullmatch(name):
        written = instead.format(name=proposed(name), title=toml_text("".join(filter(str.isprintable, name))[:LONGEST]))
        raise ParameterError(f"{quoted(name)} cannot be a name: {NAMES_ARE}; {written}")
    return name


def check_asset(name: str) -> str:
    """The ticker as vendors write it (``BRK.B``, ``^GSPC``, ``EURUSD=X``, ``7203.T``); never a path, never ``CASH``.

    Raises
    ------
    ParameterError
        Saying which tickers are allowed.
    """
    if name == CASH:
        raise ParameterError(f"{CASH} is what the book holds in money; no asset may bear that name")
    return check_holding(name)


def check_holding(name: str) -> str:
    """A ticker, or ``CASH``.

    Raises
    ------
    ParameterError
        Saying which tickers are allowed.
    """
    if not _ASSET.fullmatch(name):
        raise ParameterError(f"{quoted(name)} cannot be a ticker: {ASSETS_ARE}")
    return name


def check_title(text: str) -> str:
    """A line for people to read, as it is: anything that can be printed.

    Raises
    ------
    ParameterError
        If it is empty, longer than 200 characters, or holds what is no text (line ends, controls, turns of direction).
    """
    if not text.strip():
        raise ParameterError("a title may not be empty; leave it out to show the name")
    if len(text) > LONGEST_TITLE:
        raise ParameterError(f"a title has up to {LONGEST_TITLE} characters, not {len(text)}")
    return check_text(text, lines=False)


def check_text(text: str, lines: bool = True) -> str:
    """Text for people, as it is; ``lines`` says whether it may have line ends and tabs.

    Raises
    ------
    ParameterError
        Naming the first character that is no text.
    """
    found = unprintable(text, "\n\t" if lines else "")
    if found is not None:
        raise ParameterError(f"holds U+{ord(found):04X}, which cannot be printed; take it out")
    return text


def unprintable(text: str, allowed: str = "") -> str | None:
    """The first character that is no text (controls, line ends, halves of pairs, turns of direction), if any."""
    return next((character for character in text if character not in allowed and not _is_text(character)), None)


def _is_text(character: str) -> bool:
    return unicodedata.category(character) not in _NO_TEXT and character not in _BIDIRECTIONAL


def printable(text: str) -> str:
    r"""The text on one line, whatever it held: what cannot be printed is spelled ``\uXXXX``."""
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in " ".join(text.split())
    )


def proposed(name: str) -> str:
    """A name like the one given that is allowed: ``60-40`` for ``60/40``."""
    kept = re.sub(r"[^\w-]+", "-", name).strip("-")[:LONGEST].rstrip("-")
    return kept if _NAME.fullmatch(kept) else "my-name"


def quoted(text: str) -> str:
    """A text of a user's own within a message: quoted, printable, and not endless."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return f"'{short}'" if short.isprintable() and "'" not in short else ascii(short)


def toml_key(name: str) -> str:
    """A name as a key of TOML: bare where it can be, else quoted."""
    return name if _BARE.fullmatch(name) else toml_text(name)


def toml_text(text: str) -> str:
    r"""A text as TOML writes it on one line: ``"a \"b\"\n"``."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
    return '"' + "".join(escapes.get(character) or _toml_character(character) for character in text) + '"'


def _toml_character(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\u{ord(character):04X}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08X}"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """A file name, without suffix, for each name: the only way a name becomes part of a path.

    A slug is of ASCII letters, digits, ``-``, ``_`` and single points within; it is at most 64 long, no device of
    Windows, and no other slug but for its case. A name that is one already is its own slug. The same names in the same
    order have the same slugs.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    names = list(dict.fromkeys(names))
    for name in sorted(names, key=lambda one: slug(one) != one):  # those that can keep theirs come first
        found[name] = _free(slug(name), taken)
        taken.add(found[name].casefold())
    return {name: found[name] for name in names}


def slug(name: str) -> str:
    """A name as part of a file name; two names may share one (see :func:`slugs`)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9_.-]+", "-", plain)).lstrip("-.")[:_LONGEST_SLUG].rstrip(".")
    if not kept:
        return "unnamed"
    return f"_{kept}" if kept.partition(".")[0].casefold() in _DEVICES else kept


def _free(wanted: str, taken: Container[str]) -> str:
    free, number = wanted, 2
    while free.casefold() in taken:
        free, number = f"{wanted[: _LONGEST_SLUG - 6]}-{number}", number + 1
    return free


def few(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are: ``a, b and 3 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
