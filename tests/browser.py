"""Opening a page in headless Chromium: what it logs, what it asks the network for, what it looks like."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
)


@dataclass
class Visit:
    """What came of opening a page."""

    console: list[str]
    requests: list[str]
    dom: str
    picture: bytes


def visit(page: Path, width: int, height: int = 3000) -> Visit:
    """Open a page; skip the test if there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on the path")
    with tempfile.TemporaryDirectory() as folder:
        log, shot = Path(folder) / "net.json", Path(folder) / "shot.png"
        command = [
            chromium,
            *_FLAGS,
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}",
            "--virtual-time-budget=10000",
            "--enable-logging=stderr",
            f"--log-net-log={log}",
        ]
        url = page.resolve().as_uri()
        done = _run([*command, f"--screenshot={shot}", "--dump-dom", url])
        requests = _requests(log)
        console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        return Visit(console, requests, done.stdout, shot.read_bytes())


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """What a browser says; one that never comes up, as happens on a busy machine, is begun again."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _requests(log: Path) -> list[str]:
    """Every http(s) address that the page asked for; Chromium's own requests have no origin."""
    text = log.read_text(errors="replace")
    if not text.rstrip().endswith("}"):  # cut short when the browser left
        text = text.rstrip().rstrip(",") + "]}"
    found = set()
    for event in json.loads(text)["events"]:
        params = event.get("params", {})
        if params.get("url", "").startswith("http") and params.get("initiator", "not an origin") != "not an origin":
            found.add(params["url"])
    return sorted(found)
