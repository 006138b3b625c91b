"""The one door through which files are written: it refuses what is no name of a file there, and links.

While a folder of ours is being written (:mod:`.folders`), it refuses everything outside of it, too.
``tests/architecture/test_door.py`` finds whatever is written by another way.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final

from .errors import DataError
from .names import quoted, unprintable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: Folders that this process is writing.
STAGES: Final[set[str]] = set()
#: What a system says of a disk, or of a share of it, that is full.
FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def inside(root: Path, name: str) -> Path:
    """The path of what lies at ``name`` (parts divided by ``/``) within a folder.

    Raises
    ------
    DataError
        If it would lie outside, or could be no file there: parts that are empty or point upwards, absolute names,
        controls, links on the way, names beyond what a file system takes.
    """
    path, parts = root, name.split("/")
    for part in parts:
        if part in ("", ".", "..") or "\\" in part or unprintable(part) or len(os.fsencode(part)) > 255:
            raise DataError(f"{root}: {quoted(name)} is no name of a file within it; nothing was written there")
        if path.is_symlink() and path != root:
            raise DataError(f"{path}: is a link, and nothing is written through links")
        path = path / part
    return path


def write(path: Path, content: str | bytes) -> None:
    """Write a file: text as UTF-8 with the line ends it has, or bytes.

    Raises
    ------
    DataError
        If its name is none of a file, it is a link, or it lies outside the folder that is being written.
    """
    with _opened(path) as file:
        file.write(_bytes(content))


def write_whole(path: Path, content: str | bytes, lasting: bool = False) -> None:
    """Write a file that is there whole or not at all.

    Parameters
    ----------
    path, content
        As for :func:`write`.
    lasting
        Whether it is to be there after the machine has failed, not the process alone.

    Raises
    ------
    DataError
        As :func:`write` does.
    """
    _check(path)
    part = path.with_name(f"{path.name}.part")
    with _opened(part) as file:
        file.write(_bytes(content))
        if lasting:
            file.flush()
            os.fsync(file.fileno())
    part.replace(path)
    if lasting:
        sync_folder(path.parent)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as Parquet, without its index; raise as :func:`write` does."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pandas(frame, preserve_index=False)
    with _opened(path) as file:
        parquet.write_table(table, file, compression="zstd")


def write_parts(path: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    """Write a table as Parquet that is never in memory whole, lasting; raise as :func:`write` does."""
    from pyarrow import parquet

    with _opened(path) as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for part in parts:
                writer.write_table(part)
        file.flush()
        os.fsync(file.fileno())


def scratch(folder: Path, in_memory: int) -> IO[bytes]:
    """A file without a name for what is computed with.

    It lies in memory until it has so many bytes, then on the disk of a folder, and is gone when it is closed or the
    process ends, however it ends.
    """
    import tempfile

    return tempfile.SpooledTemporaryFile(in_memory, dir=str(folder))


def make_folder(path: Path) -> Path:
    """Make a folder, and those above it, where they are missing; raise as :func:`write` does.

    One that is there, ``.`` and ``..`` among them, is not made: whatever is written into it is checked then.
    """
    if path.is_dir() and not path.is_symlink():
        return path
    _check(path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def sync_folder(folder: Path) -> None:
    """Make renames within a folder last."""
    if sys.platform == "win32":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opened(path: Path) -> BinaryIO:
    _check(path)
    return path.open("wb")


def _bytes(content: str | bytes) -> Any:
    return content.encode("utf-8") if isinstance(content, str) else content


def _check(path: Path) -> None:
    inside(path.parent, path.name)
    if path.is_symlink():
        raise DataError(f"{path}: is a link, and nothing is written through links")
    home = Path(os.path.realpath(path.parent))
    if STAGES and not any(home.is_relative_to(os.path.realpath(stage)) for stage in STAGES):
        raise DataError(f"{path}: lies outside the folder that is being written; nothing was written there")
