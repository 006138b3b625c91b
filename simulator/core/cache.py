"""Caches on disk that never decide: an entry comes back as it was written, or what it holds is made anew.

Every entry stands under a digest of its content and of its own place, so that one that was cut short, emptied, changed
or laid over another is not used. That guards against damage, not against somebody who may write to the user's files.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import math
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import platformdirs

from .processes import runs

_FORMAT: Final = b"undertow cache 1 "
_BUILD: Final = re.compile(r"[0-9a-f]{16}")
_KEEP_DAYS: Final = 30
_UNFINISHED: Final = ".part"
_UNFINISHED_SECONDS: Final = 3600.0
_log = logging.getLogger("undertow")  # unless a program that imports us says otherwise: a line on standard error
_said: set[tuple[Path, str]] = set()


def user_cache() -> Path:
    """The user's own cache folder, or the one that ``UNDERTOW_CACHE_DIR`` names."""
    return Path(os.environ.get("UNDERTOW_CACHE_DIR") or platformdirs.user_cache_dir("undertow", appauthor=False))


class Cache:
    """A folder of entries by name. Trouble with it is said once, in one line, and changes nothing but the time taken.

    Parameters
    ----------
    folder
        Where entries lie; made when the first one is kept. Its name stands for what made them (a build: 16
        hexadecimal digits), and builds beside it that nothing was read from or written to for a month go when
        something is written. Nothing else is removed.
    what
        What entries hold, for a reader: ``"compiled kernels"``.
    """

    def __init__(self, folder: Path, what: str) -> None:
        self.folder, self.what = folder, what
        self._read = self._written = False

    def get(self, name: str) -> bytes | None:
        """The content of an entry; ``None`` if there is none, or none that can be used."""
        self._touch()
        try:
            whole = (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._say("unusable", f"cannot be read ({error.strerror or error}): the run goes on without them")
            return None
        head = self._head(name, memoryview(whole)[self._head_size :])
        if not whole.startswith(head):
            self.refuse(name)
            return None
        return whole[len(head) :]

    def put(self, name: str, content: bytes) -> None:
        """Keep an entry whole, or go without it where it cannot be written."""
        try:
            self._prepare()
            _write_whole(self.folder / name, self._head(name, content), content)
        except OSError as error:
            self._say(
                "unusable", f"cannot be kept ({error.strerror or error}): they will be made anew in every process"
            )

    def refuse(self, name: str) -> None:
        """Say that an entry cannot be used; whoever asked for it makes its content anew."""
        self._say("damaged", f"has a damaged entry ({name}): it is made anew, and so is any other like it")

    _head_size: Final = len(_FORMAT) + hashlib.sha256().digest_size * 2 + 1

    def _head(self, name: str, content: bytes | memoryview) -> bytes:
        found = hashlib.sha256(f"{self.folder.name}/{name}\n".encode())
        found.update(content)
        return _FORMAT + found.hexdigest().encode() + b"\n"

    def _touch(self) -> None:
        """Once: this build is in use."""
        if not self._read:
            self._read = True
            with contextlib.suppress(OSError):
                os.utime(self.folder)

    def _prepare(self) -> None:
        """Once: make the folder, and remove old builds and what a killed process left half-written."""
        if self._written:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._written = True
        builds = (path for path in self.folder.parent.iterdir() if _BUILD.fullmatch(path.name) and path != self.folder)
        _forget(builds, _KEEP_DAYS * 86_400.0)
        unfinished = list(self.folder.rglob(f"*{_UNFINISHED}"))
        _forget([path for path in unfinished if _is_orphan(path)], -math.inf)
        _forget(unfinished, _UNFINISHED_SECONDS)

    def _say(self, trouble: str, text: str) -> None:
        if (self.folder, trouble) not in _said:
            _said.add((self.folder, trouble))
            _log.warning("undertow: the cache of %s in %s %s", self.what, self.folder, text)


def _write_whole(path: Path, head: bytes, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{os.getpid()}-{secrets.token_hex(8)}-{socket.gethostname()}{_UNFINISHED}")
    try:
        with part.open("xb") as file:
            file.write(head)
            file.write(content)
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _is_orphan(part: Path) -> bool:
    """Whether the process of this machine that was writing a file has ended."""
    pid, _, named = part.name.partition("-")
    _, _, host = named.partition("-")
    return pid.isdigit() and host == f"{socket.gethostname()}{_UNFINISHED}" and not runs(int(pid))


def _forget(paths: Iterable[Path], seconds: float) -> None:
    """Remove those that nothing has changed for so long."""
    limit = time.time() - seconds
    with contextlib.suppress(OSError):
        for path in paths:
            if path.exists() and path.stat().st_mtime < limit:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
