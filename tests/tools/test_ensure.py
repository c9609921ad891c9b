import threading
from pathlib import Path

import pytest

from tests.tools.support import digest, fill_cache, make_pins
from tools.cache import ContentCache
from tools.errors import ToolError
from tools.runtime.ensure import ensure
from tools.runtime.layout import is_sound
from tools.runtime.pins import PinnedFile

CONTENTS = {"pyscript/core.js": b"core", "micropython/micropython.wasm": b"\0asm"}
PINS = make_pins(CONTENTS)


class Network:
    """Gives the files that are asked for, and remembers which ones were."""

    def __init__(self, scratch: Path) -> None:
        self.asked: list[str] = []
        self._scratch = scratch

    def download(
        self, missing: list[PinnedFile], cache: ContentCache, download_bytes: dict[str, int]
    ) -> None:
        self.asked += [pin.path for pin in missing]
        fill_cache(cache, self._scratch, {pin.path: CONTENTS[pin.path] for pin in missing})


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setenv("LECTERN_CACHE", str(tmp_path / "cache"))
    return Network(tmp_path / "scratch")


def test_an_empty_machine_downloads_everything_once(network: Network, tmp_path: Path) -> None:
    ensure(tmp_path / "first", PINS, network.download)
    ensure(tmp_path / "first", PINS, network.download)
    assert network.asked == list(CONTENTS)
    assert is_sound(tmp_path / "first", PINS)


def test_a_second_clone_needs_no_network(network: Network, tmp_path: Path) -> None:
    ensure(tmp_path / "first", PINS, network.download)
    network.asked.clear()
    ensure(tmp_path / "second", PINS, network.download)
    assert network.asked == []
    assert is_sound(tmp_path / "second", PINS)


def test_a_damaged_runtime_is_repaired_from_the_cache(network: Network, tmp_path: Path) -> None:
    ensure(tmp_path / "first", PINS, network.download)
    network.asked.clear()
    (tmp_path / "first" / "pyscript/core.js").write_bytes(b"co")
    ensure(tmp_path / "first", PINS, network.download)
    assert network.asked == []
    assert (tmp_path / "first" / "pyscript/core.js").read_bytes() == b"core"


def test_only_what_is_damaged_in_the_cache_is_fetched_again(network: Network, tmp_path: Path) -> None:
    ensure(tmp_path / "first", PINS, network.download)
    network.asked.clear()
    ContentCache(tmp_path / "cache/sha256").path(digest(b"core")).write_bytes(b"c0re")
    ensure(tmp_path / "second", PINS, network.download)
    assert network.asked == ["pyscript/core.js"]
    assert is_sound(tmp_path / "second", PINS)


def test_two_at_once_download_once(network: Network, tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=ensure, args=(tmp_path / "both", PINS, network.download)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert network.asked == list(CONTENTS)
    assert is_sound(tmp_path / "both", PINS)


def test_a_disk_that_refuses_is_one_sentence(network: Network, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ToolError, match="could not be written to disk"):
        ensure(tmp_path / "file" / "runtime", PINS, network.download)
