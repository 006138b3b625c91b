"""A folder laid out for all families, and one case tried in it."""

from __future__ import annotations

from pathlib import Path

from . import asked, kept
from . import home as homes
from .families import Case
from .home import Answer, ask, clear, made


def furnish(home: Path) -> None:
    """Lay out the small scenario, its data, and what commands write of it."""
    homes.furnish(home)
    kept.furnish(home)
    asked.furnish(home)
    clear(home)


def tried(case: Case, home: Path) -> tuple[Answer, str]:
    """The answer to a case and what is wrong with it, empty where nothing is; the folder is then as it was."""
    whole = {name: (home / name).read_bytes() for name, _ in case.files if (home / name).exists()}
    try:
        case.lay(home)
        before = made(home)
        answer = ask(case.words)
        left = [name for name in made(home) if name not in before]
        checks = case.words[:2] == ("data", "check")  # it answers with 2 where a run would be refused, on its page too
        return answer, answer.fault or _left(answer, [] if checks else left)
    finally:
        for name, content in whole.items():
            (home / name).write_bytes(content)
        clear(home)


def _left(answer: Answer, left: list[str]) -> str:
    """What a command that was refused has left behind."""
    return "" if answer.status in (0, 3) or not left else f"exit {answer.status}, and left {left}: {answer.err}"
