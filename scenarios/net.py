"""The last net under every command: whatever goes wrong ends in one line, and in a status that says whose it was."""

from __future__ import annotations

import errno
import os
import sysconfig
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from simulator.core.errors import ReconciliationError, UndertowError
from simulator.core.files import FULL

DEFECT: Final = 1
BAD_INPUT: Final = 2
_OURS: Final = ("scenarios", "reports", "signals", "strategies", "simulator")
_INSTALLED: Final = tuple({Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_HOMES: Final = tuple(Path(__file__).resolve().parents[1] / package for package in _OURS)
_LONGEST: Final = 2000  # characters of a line


def check_arguments(arguments: Sequence[str]) -> str:
    """What is wrong with the words of a command line themselves; empty where nothing is."""
    for number, text in enumerate(arguments, start=1):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return f"argument {number} ({text!a}) is no valid UTF-8; write it in UTF-8"
        if "\0" in text:
            return f"argument {number} ({text!a}) holds a null character; leave it out"
        if text.startswith("--") and text.endswith("=--"):  # argparse takes it for no value at all
            return f"argument {number} ({text!a}) gives -- as a value, which is none; give another"
    return ""


def caught(error: BaseException, command: str) -> tuple[str, int]:
    """The line for an error that has ended a command, and the exit status.

    Bad input, a plug-in that asks to leave, a full disk, a folder that cannot be read or written, and a lack of memory
    are 2; anything else is a defect of ours: 1, with the traceback in a file that the line names.
    """
    if isinstance(error, UndertowError) and not isinstance(error, ReconciliationError):
        return one_line(str(error)), BAD_INPUT
    plugin = _plugin(error.__traceback__)
    if plugin or isinstance(error, SystemExit):
        said = f"{type(error).__name__}: {error}"[:400]
        return one_line(f"{plugin or 'a library'}, called by {command}, ended with {said}; {_trail(error)}"), BAD_INPUT
    if isinstance(error, OSError):
        return _system(error), BAD_INPUT
    if isinstance(error, MemoryError):
        detail = f" ({error})" if str(error) else ""
        return one_line(f"{command} needs more memory than there is{detail}; ask for less at a time"), BAD_INPUT
    said = f"{type(error).__name__}: {error}"[:400]
    step = _step(error.__traceback__)
    return one_line(f"{command} failed in {step}, a defect of undertow: {said}; {_trail(error)}"), DEFECT


def one_line(text: str) -> str:
    """A text as one printable line, whatever is in it."""
    line = " ".join(text.split())
    line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _system(error: OSError) -> str:
    """What the system has refused, where, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    said = (error.strerror or str(error) or type(error).__name__).lower()
    remedy = {
        errno.ENAMETOOLONG: "; choose a shorter name",
        errno.EACCES: "; choose another place, or change its permissions",
        errno.EROFS: "; choose another place",
    }.get(error.errno or 0, "")
    if error.errno in FULL:
        remedy = "; make room, or choose another place: nothing was left behind"
    return one_line(f"{where}{said}{remedy}")


def _step(trace: TracebackType | None) -> str:
    """The innermost function of ours on the way to an error."""
    step = "a library"
    for frame, _ in traceback.walk_tb(trace):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS:
            step = f"{module}.{frame.f_code.co_name}"
    return step


def _plugin(trace: TracebackType | None) -> str:
    """The innermost function of a user's own on the way to an error, with file and line; empty where there is none."""
    found = ""
    for frame, line in traceback.walk_tb(trace):
        file = Path(frame.f_code.co_filename)
        if file.is_file() and not any(file.is_relative_to(home) for home in (*_INSTALLED, *_HOMES)):
            found = f"{frame.f_code.co_name} in {file}, line {line}"
    return found


def _trail(error: BaseException) -> str:
    """Where the traceback is: a file in the system's folder for temporary ones."""
    try:
        handle, path = tempfile.mkstemp(prefix="undertow-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except (OSError, RecursionError):
        return "the traceback could not be kept"
    return f"the traceback is in {path}"
