"""Entries of caches on disk come back as they were written or not at all, and trouble is one line, said once."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simulator.core import cache as caches
from simulator.core.cache import Cache

ENTRIES = {"aa/first.model": bytes(range(256)) * 40, "bb/second.model": b"another", "third.nbc": b""}


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(caches, "_said", set())


@pytest.fixture
def kept(tmp_path):
    cache = Cache(tmp_path / "build", "things")
    for name, content in ENTRIES.items():
        cache.put(name, content)
    return cache


def said(caplog) -> list[str]:
    """The lines said since the last time."""
    lines = [record.getMessage() for record in caplog.records]
    caplog.clear()
    caches._said.clear()
    assert all(line.startswith("undertow: the cache of things in ") and "\n" not in line for line in lines)
    return lines


def test_what_was_written_comes_back_in_silence(kept, caplog):
    assert {name: kept.get(name) for name in ENTRIES} == ENTRIES
    assert kept.get("bb/none") is None
    assert said(caplog) == []
    assert not list(kept.folder.rglob("*.part"))


def test_no_single_changed_bit_and_no_other_length_is_used(kept, caplog):
    rng = np.random.default_rng(0)
    for name, value in ENTRIES.items():
        path = kept.folder / name
        right = path.read_bytes()
        places = range(len(right)) if len(right) < 200 else rng.choice(len(right), 200, replace=False)
        wrong = [
            right[:place] + bytes([right[place] ^ (1 << rng.integers(8))]) + right[place + 1 :] for place in places
        ]
        wrong += [right[:length] for length in (0, 1, 40, len(right) // 2, len(right) - 1)] + [right + b"\0", right * 2]
        for content in wrong:
            path.write_bytes(content)
            assert kept.get(name) is None
            assert len(said(caplog)) == 1
        path.write_bytes(right)
        assert kept.get(name) == value


def test_an_entry_counts_in_its_own_place_alone(kept, tmp_path, caplog):
    names = list(ENTRIES)
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        right = (kept.folder / name).read_bytes()
        (kept.folder / name).write_bytes((kept.folder / other).read_bytes())
        assert kept.get(name) is None
        (kept.folder / name).write_bytes(right)
    assert said(caplog) == [
        f"undertow: the cache of things in {kept.folder} has a damaged entry ({names[0]}): it is made anew, and so is "
        "any other like it"
    ]
    other = Cache(tmp_path / "another build", "things")
    other.put("third.nbc", b"")
    (kept.folder / "third.nbc").write_bytes((other.folder / "third.nbc").read_bytes())
    assert kept.get("third.nbc") is None


def test_a_moved_cache_is_still_good(kept, tmp_path):
    (tmp_path / "moved").mkdir()
    kept.folder.rename(tmp_path / "moved" / "build")
    assert Cache(tmp_path / "moved" / "build", "things").get("bb/second.model") == b"another"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_where_nothing_can_be_written_one_line_says_so(tmp_path, monkeypatch, caplog, number):
    cache = Cache(tmp_path / "build", "things")

    def fails(*_, **__):
        raise OSError(number, os.strerror(number))

    for where, name in ((Path, "replace"), (Path, "mkdir"), (Path, "open")):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, fails)
            cache.put("aa/one", b"1")
            cache.put("aa/two", b"2")
        assert cache.get("aa/one") is None
        (line,) = said(caplog)
        assert line.endswith(f"cannot be kept ({os.strerror(number)}): they will be made anew in every process")
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("folder", ["/dev/null/x", "{}/file/x", "{}/" + "x" * 300])
def test_a_folder_that_cannot_be(tmp_path, caplog, folder):
    (tmp_path / "file").write_text("")
    cache = Cache(Path(folder.format(tmp_path)) / "build", "things")
    cache.put("one", b"1")
    assert cache.get("one") is None
    assert said(caplog)[0].split(" (")[0].endswith("cannot be kept")


def test_something_else_in_an_entrys_place(kept, caplog):
    (kept.folder / "third.nbc").unlink()
    (kept.folder / "third.nbc").mkdir()
    assert kept.get("third.nbc") is None
    kept.put("third.nbc", b"")
    (line,) = said(caplog)
    assert "cannot be read (Is a directory): the run goes on without them" in line


def test_an_interrupted_write_leaves_nothing_and_a_killed_one_is_swept(kept, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            kept.put("aa/new", b"new")
    assert not list(kept.folder.rglob("*.part"))
    killed, current = kept.folder / "aa" / "tmpx.part", kept.folder / "aa" / "tmpy.part"
    for path, age in ((killed, 7200.0), (current, 60.0)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    Cache(kept.folder, "things").put("cc/more", b"")
    assert not killed.exists()
    assert current.exists()


def test_what_a_process_that_has_died_was_writing_goes_at_once(kept):
    told = subprocess.check_output([sys.executable, "-c", "import os; print(os.getpid())"])
    host, token = socket.gethostname(), "0" * 16
    names = {"dead": f"{int(told)}-{token}-{host}", "ours": f"{os.getpid()}-{token}-{host}"}
    names["elsewhere"] = f"{int(told)}-{token}-not-{host}"
    paths = {who: kept.folder / "aa" / f"{name}.part" for who, name in names.items()}
    for path in paths.values():
        path.write_bytes(b"half")
    Cache(kept.folder, "things").put("cc/more", b"")
    assert {who: path.exists() for who, path in paths.items()} == {"dead": False, "ours": True, "elsewhere": True}


def test_builds_unused_for_a_month_go_when_something_is_written_and_nothing_else_does(tmp_path):
    old, read, young, new = (digit * 16 for digit in "abcd")
    for name, days in ((old, 40), (read, 40), (young, 3), ("mine", 40)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one").write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - days * 86_400,) * 2)
    Cache(tmp_path / read, "things").get("one")
    Cache(tmp_path / new, "things").put("one", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [read, young, new, "mine"]
