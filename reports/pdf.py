"""A page as PDF, printed by a headless Chromium where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from simulator.core.errors import DataError

PDF: Final = "report.pdf"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_SECONDS: Final = 180


def browser() -> str:
    """The Chromium on the path.

    Raises
    ------
    DataError
        If there is none.
    """
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise DataError(
            "--pdf needs a Chromium or Chrome on the path, and there is none: leave it out, and print index.html from "
            "any browser"
        )
    return found


def as_pdf(page: Path) -> bytes:
    """The page as it prints, with its charts drawn.

    Raises
    ------
    DataError
        If there is no browser, or it does not print.
    """
    command = [browser(), "--headless=new", "--disable-gpu", "--no-pdf-header-footer", "--virtual-time-budget=20000"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # which Chromium refuses to root; the page is our own and loads nothing
    with tempfile.TemporaryDirectory() as home:
        target = Path(home) / PDF
        command += [f"--user-data-dir={home}/profile", f"--print-to-pdf={target}", page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise DataError(f"--pdf: {command[0]} did not print the page ({error}); leave --pdf out") from None
        if not target.is_file():
            raise DataError(f"--pdf: {command[0]} printed nothing (status {done.returncode}); leave --pdf out")
        return target.read_bytes()
