"""The one door through which files are written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulator.core.errors import DataError
from simulator.core.files import make_folder, write, write_frame, write_whole
from simulator.core.folders import staged


@pytest.mark.parametrize("writer", [write, write_whole])
def test_what_is_written_is_what_was_given(writer, tmp_path):
    writer(tmp_path / "a", "é\r\n")
    assert (tmp_path / "a").read_bytes() == "é\r\n".encode()
    writer(tmp_path / "a", b"\0")
    assert (tmp_path / "a").read_bytes() == b"\0"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_table_is_the_bytes_that_pandas_writes(tmp_path):
    frame = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=3), "x": [1.0, None, 3.0], "y": ["a", "b", None]})
    frame.to_parquet(tmp_path / "theirs", compression="zstd", index=False)
    write_frame(tmp_path / "ours", frame)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@pytest.mark.parametrize("name", ["..", "a\nb", "a\\b", "x" * 256])
def test_a_name_of_no_file_is_refused(name, tmp_path):
    with pytest.raises(DataError, match="is no name of a file"):
        write(tmp_path / name, "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("act", [lambda path: write(path, "x"), lambda path: write_whole(path, "x"), make_folder])
def test_nothing_is_written_through_a_link(act, tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(DataError, match="is a link"):
        act(tmp_path / "link")
    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.parametrize("name", [".", "..", "there", "new/deeper"])
def test_a_folder_that_is_there_is_not_made_again(name, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    assert make_folder(Path(name)).is_dir()


def test_while_a_folder_is_written_nothing_else_is(tmp_path):
    with staged(tmp_path / "out", "run") as stage:
        write(stage / "a", "x")
        for path in (tmp_path / "beside", stage.path / ".." / "beside"):
            with pytest.raises(DataError, match="outside the folder that is being written"):
                write(path, "x")
    write(tmp_path / "beside", "x")  # afterwards it is anybody's
    assert (tmp_path / "out" / "a").read_text() == "x"
