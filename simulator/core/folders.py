"""Folders of ours on disk: written through one door, marked, replaced whole and by their own kind alone.

A folder that is finished holds ``.undertow``: its kind, the version of this format, and every file that was written.
It is replaced only by the same kind, and only while it holds nothing else. While it is being written it is a hidden
folder beside its target; one whose process has died is swept away by the next that writes to the same target.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from .errors import DataError
from .files import STAGES, inside, make_folder, write_whole
from .names import printable, quoted, unprintable
from .processes import runs

MARKER: Final = ".undertow"
VERSION: Final = 1
_LONGEST: Final = 200  # bytes of a folder's name, which hidden folders beside it add to
_EARLIER: Final = "manifest.json"  # what versions without a marker left
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@dataclass(frozen=True)
class Mark:
    """What the marker of a folder says.

    Attributes
    ----------
    kind
        What the folder is: run, sweep, audit...
    files
        Everything in it, relative and sorted; an empty folder ends with ``/``.
    pid, host
        Of the process that is writing it; ``None`` once it is finished.
    """

    kind: str
    files: tuple[str, ...] = ()
    pid: int | None = None
    host: str | None = None


class Folder:
    """A folder that is being written. ``folder / "name"`` is the only way to a file in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        """The path of a file; raise :class:`DataError` if it would lie anywhere else."""
        return inside(self.path, name)

    def folder(self, name: str) -> Folder:
        """A folder within, made if it is missing."""
        return Folder(make_folder(self / name))


def read_mark(folder: Path) -> Mark | None:
    """The marker of a folder; ``None`` where there is none that this version wrote."""
    path = folder / MARKER
    try:
        told = json.loads(path.read_text(encoding="utf-8")) if not path.is_symlink() else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not isinstance(told.get("undertow"), str) or told.get("version") != VERSION:
        return None
    files, pid, host = told.get("files", []), told.get("pid"), told.get("host")
    if not (isinstance(files, list) and all(isinstance(file, str) and _is_inside(folder, file) for file in files)):
        return None
    return Mark(told["undertow"], tuple(files), pid if isinstance(pid, int) else None, str(host) if host else None)


def _is_inside(folder: Path, name: str) -> bool:
    try:
        inside(folder, name.removesuffix("/"))
    except DataError:
        return False
    return True


def write_mark(folder: Path, mark: Mark) -> None:
    """Mark a folder."""
    write_whole(folder / MARKER, mark_text(mark))


def mark_text(mark: Mark) -> str:
    """What the marker of a folder holds."""
    told: dict[str, Any] = {"undertow": mark.kind, "version": VERSION}
    if mark.pid is not None:
        told |= {"pid": mark.pid, "host": mark.host}
    else:
        told["files"] = list(mark.files)
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def check_target(target: Path, kind: str) -> None:
    """Raise unless a folder of a kind may be put at ``target``: it is free, empty, or an earlier one of that kind.

    Raises
    ------
    DataError
        Saying what is in the way and what to do.
    """
    if target.name in ("", ".", ".."):
        raise DataError(f"{target}: is no name of a folder to be made; name one, for example out/{kind}")
    if unprintable(str(target)):
        raise DataError(f"{printable(str(target))}: holds what cannot be printed; choose another folder")
    if any(len(os.fsencode(part)) > _LONGEST for part in target.parts):
        raise DataError(f"{target}: a name in it has more than {_LONGEST} bytes; choose a shorter one")
    if Path.cwd().is_relative_to(os.path.realpath(target)):
        raise DataError(f"{target}: the current folder lies in it; choose another")
    above = next((parent for parent in target.absolute().parents if parent.exists() or parent.is_symlink()), Path("/"))
    if not above.is_dir():
        raise DataError(f"{target}: {above} is a file, not a folder; choose another folder")
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise DataError(f"{target}: there is a file of that name; choose another folder")
    if not os.access(above, os.W_OK) or (target.exists() and not os.access(target, os.R_OK | os.W_OK | os.X_OK)):
        raise DataError(f"{target}: {above} cannot be written to; choose another folder")
    if target.is_dir() and any(target.iterdir()):
        _check_replaceable(target, kind)


def _check_replaceable(target: Path, kind: str) -> None:
    mark = read_mark(target)
    if mark is None or mark.pid is not None:
        raise DataError(f"{target}: {_unmarked(target)}; remove it yourself or choose another folder")
    if mark.kind != kind:
        raise DataError(f"{target}: holds a finished {mark.kind}, and this is a {kind}; choose another folder")
    found = strangers(target, mark)
    if found:
        raise DataError(
            f"{target}: holds {quoted(found[0])}, which was not written by the {kind} that is there; move it away or "
            "choose another folder"
        )


def _unmarked(target: Path) -> str:
    if (target / MARKER).exists():
        return f"its {MARKER} is damaged or of another version"
    if (target / _EARLIER).is_file():
        return f"has a {_EARLIER} but no {MARKER}: written by an earlier version, or by something else"
    return "holds other things than an earlier output"


def strangers(folder: Path, mark: Mark) -> list[str]:
    """What lies in a marked folder without having been written by us, sorted."""
    ours = {file.removesuffix("/") for file in mark.files} | {MARKER, f"{MARKER}.part"}
    above = {str(parent) for our in ours for parent in PurePosixPath(our).parents}
    return [
        content
        for content in _contents(folder)
        if content.removesuffix("/") not in ours | above or _is_link(folder, content)
    ]


def _is_link(folder: Path, name: str) -> bool:
    return (folder / name.removesuffix("/")).is_symlink()


def _contents(folder: Path) -> list[str]:
    """Every file, link and folder within, relative and sorted; folders end with ``/`` and links are not followed."""
    found = []
    for home, folders, files in os.walk(folder):
        inner = Path(home).relative_to(folder)
        found += [f"{(inner / name).as_posix()}/" for name in folders] + [(inner / name).as_posix() for name in files]
    return sorted(found)


def seal(folder: Path, kind: str) -> None:
    """Mark a folder as finished, with everything in it."""
    found = [content for content in _contents(folder) if content != MARKER]
    full = {str(parent) for path in found for parent in PurePosixPath(path).parents}
    write_mark(folder, Mark(kind, tuple(path for path in found if path.removesuffix("/") not in full)))


def cut_short(mark: Mark) -> list[str]:
    """Files whose writing into a finished folder has begun and was not ended; their marker names their parts too."""
    return [name.removesuffix(".part") for name in mark.files if name.endswith(".part")]


def ended(mark: Mark) -> Mark:
    """The mark of a finished folder once what was being written into it is there."""
    return Mark(mark.kind, tuple(name for name in mark.files if not name.endswith(".part")))


def drop(folder: Path, names: Iterable[str]) -> None:
    """Remove files of ours from a finished folder where they are there."""
    for name in names:
        inside(folder, name).unlink(missing_ok=True)


def remove(folder: Path, mark: Mark) -> None:
    """Remove what the mark of a folder lists, and the folder if nothing else is in it; the marker goes last."""
    _quietly((folder / f"{MARKER}.part").unlink)
    for name in mark.files:
        if not name.endswith("/"):
            _quietly((folder / name).unlink)
    for name in sorted(_contents(folder), key=len, reverse=True):
        if name.endswith("/") and not _is_link(folder, name):
            _quietly((folder / name).rmdir)  # stays if it is not empty
    if all(path.name == MARKER for path in folder.iterdir()):
        _quietly((folder / MARKER).unlink)
        _quietly(folder.rmdir)


def _quietly(act: Callable[[], Any]) -> None:
    try:
        act()
    except OSError:
        return


@contextmanager
def staged(target: Path, kind: str) -> Iterator[Folder]:
    """Yield a hidden folder beside ``target`` that takes its place when the block succeeds and vanishes otherwise.

    Raises
    ------
    DataError
        If the target is not to be replaced (:func:`check_target`), or cannot be written.
    """
    check_target(target, kind)
    made = [parent for parent in target.absolute().parents if not parent.exists()]
    stage = None
    try:
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            tidy(target)
            stage = _stage(target, kind)
            yield Folder(stage)
            put_in_place(stage, target, kind)
    except BaseException:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for folder in made:  # made for nothing; innermost first
            _quietly(folder.rmdir)
        raise
    finally:
        STAGES.discard(str(stage))


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn what a file system refuses into a :class:`DataError` that names the target."""
    try:
        yield
    except OSError as error:
        at_target = str(error.filename or "").startswith(str(target.parent))
        if error.errno in _FULL or (at_target and isinstance(error, PermissionError)):
            raise DataError(f"{target}: cannot be written: {error.strerror}") from error
        raise


def _stage(target: Path, kind: str) -> Path:
    """A new hidden folder beside the target, marked as being written."""
    try:
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name}.stage-{os.getpid()}-", dir=target.parent))
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror}; choose another folder") from error
    STAGES.add(str(stage))
    try:
        write_mark(stage, Mark(kind, pid=os.getpid(), host=socket.gethostname()))
        stage.chmod(0o755)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        STAGES.discard(str(stage))
        raise
    return stage


def put_in_place(stage: Path, target: Path, kind: str) -> None:
    """Put a finished folder where an earlier one of its kind may lie, which goes.

    Raises
    ------
    DataError
        If something has come to lie there that is not to be replaced.
    """
    check_target(target, kind)
    seal(stage, kind)
    if not target.exists():
        stage.rename(target)
        return
    old = target.with_name(f".{target.name}.old-{os.getpid()}")
    earlier = read_mark(target) or Mark(kind)
    try:
        target.rename(old)
        stage.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    remove(old, earlier)
    _quietly(old.rmdir)  # an empty folder had no marker


def tidy(target: Path) -> None:
    """Sweep away what processes that have died left beside a target; put an earlier output back that one had moved."""
    for left in _leftovers(target, "stage"):
        if read_mark(left) is not None or set(_contents(left)) <= {MARKER, f"{MARKER}.part"}:
            _discard(left)
    for left in _leftovers(target, "old"):
        mark = read_mark(left)
        if not target.exists() and (mark is not None or not any(left.iterdir())):
            left.rename(target)
        elif mark is not None:
            remove(left, mark)
        else:
            _quietly(left.rmdir)


def _discard(stage: Path) -> None:
    """Remove a stage, its marker last, so that a kill half way leaves what the next run still knows as one."""
    for path in stage.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != MARKER:
            path.unlink(missing_ok=True)
    shutil.rmtree(stage, ignore_errors=True)


def _leftovers(target: Path, sort: str) -> list[Path]:
    """Hidden folders beside a target whose process has died, by name."""
    prefix, home = f".{target.name}.{sort}-", target.parent
    found = [path for path in home.iterdir() if path.name.startswith(prefix)] if home.is_dir() else []
    return [path for path in sorted(found) if not path.is_symlink() and path.is_dir() and _is_dead(path, prefix)]


def _is_dead(folder: Path, prefix: str) -> bool:
    """Whether the process of this machine that wrote a hidden folder has ended; another machine's is left alone."""
    mark, pid = read_mark(folder), folder.name.removeprefix(prefix).partition("-")[0]
    if str(folder) in STAGES or not pid.isdigit() or (mark and mark.host and mark.host != socket.gethostname()):
        return False
    return int(pid) == os.getpid() or not runs(int(pid))
