from pathlib import Path

import pytest

from tests.tools.support import digest, fill_cache
from tools.cache import ContentCache, cache_folder, file_digest

CONTENT = b"some downloaded bytes" * 1000


@pytest.fixture
def cache(tmp_path: Path) -> ContentCache:
    cache = ContentCache(tmp_path / "cache")
    fill_cache(cache, tmp_path / "download", {"a": CONTENT})
    return cache


def test_a_file_is_found_by_what_is_in_it(cache: ContentCache) -> None:
    assert cache.has(digest(CONTENT))
    assert cache.path(digest(CONTENT)).read_bytes() == CONTENT
    assert not cache.has(digest(b"something else"))


@pytest.mark.parametrize("damaged", [b"", CONTENT[:-1], CONTENT[:-1] + b"?", CONTENT + b"?"])
def test_a_damaged_file_does_not_count_and_makes_room(cache: ContentCache, damaged: bytes) -> None:
    path = cache.path(digest(CONTENT))
    path.write_bytes(damaged)
    assert not cache.has(digest(CONTENT))
    assert not path.exists()


def test_adding_leaves_no_half_files_behind(cache: ContentCache) -> None:
    assert [file.name for file in cache.path(digest(CONTENT)).parent.iterdir()] == [digest(CONTENT)]


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(CONTENT * 200)
    assert file_digest(file) == digest(CONTENT * 200)


def test_the_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LECTERN_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"


@pytest.mark.parametrize(
    ("platform", "xdg", "expected"),
    [
        ("linux", "", ".cache/lectern"),
        ("linux", "elsewhere", "elsewhere/lectern"),
        ("darwin", "", "Library/Caches/lectern"),
    ],
)
def test_the_cache_lies_where_the_system_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, xdg: str, expected: str
) -> None:
    monkeypatch.delenv("LECTERN_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / xdg) if xdg else "")
    monkeypatch.setattr("sys.platform", platform)
    assert cache_folder() == tmp_path / expected
