import gzip
import json
from pathlib import Path

import brotli
import pytest

from tests.tools.support import digest, fill_cache, make_pins
from tools.cache import ContentCache
from tools.folders import replacing
from tools.runtime.layout import build, is_sound

CONTENTS = {
    "pyscript/core.js": b"export const core = 1;" * 100,
    "pyodide/pyodide.asm.wasm": b"\0asm" * 500,
    "pyodide/thing-1.0-py3-none-any.whl": b"a wheel",
}
PINS = make_pins(CONTENTS)


@pytest.fixture
def cache(tmp_path: Path) -> ContentCache:
    cache = ContentCache(tmp_path / "cache")
    fill_cache(cache, tmp_path / "download", CONTENTS)
    return cache


@pytest.fixture
def target(tmp_path: Path, cache: ContentCache) -> Path:
    target = tmp_path / "runtime"
    build(target, PINS, cache)
    return target


def test_every_pinned_file_is_laid_out(target: Path) -> None:
    assert is_sound(target, PINS)
    assert {path: (target / path).read_bytes() for path in CONTENTS} == CONTENTS
    assert json.loads((target / "pyodide/pyodide-lock.json").read_text()) == PINS.pyodide_lock


def test_compressed_siblings_hold_the_same(target: Path) -> None:
    for path in ("pyscript/core.js", "pyodide/pyodide.asm.wasm"):
        assert gzip.decompress((target / f"{path}.gz").read_bytes()) == CONTENTS[path]
        assert brotli.decompress((target / f"{path}.br").read_bytes()) == CONTENTS[path]
    assert not (target / "pyodide/thing-1.0-py3-none-any.whl.gz").exists()


def test_the_manifest_names_every_file_with_its_hash(target: Path) -> None:
    files = json.loads((target / "manifest.json").read_text())["files"]
    there = {file.relative_to(target).as_posix() for file in target.rglob("*") if file.is_file()}
    assert set(files) == there - {"manifest.json"}
    assert all(digest((target / path).read_bytes()) == sha256 for path, sha256 in files.items())


@pytest.mark.parametrize(
    "path", [*CONTENTS, "pyscript/core.js.gz", "pyscript/core.js.br", "pyodide/pyodide-lock.json"]
)
@pytest.mark.parametrize("damage", ["removed", "truncated", "altered"])
def test_damage_is_noticed_and_repaired(target: Path, cache: ContentCache, path: str, damage: str) -> None:
    file = target / path
    content = file.read_bytes()
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(content[:-1] if damage == "truncated" else content[:-1] + b"?")
    assert not is_sound(target, PINS)
    build(target, PINS, cache)
    assert is_sound(target, PINS)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"files": []}', '{"files": {}}', '{"files": {"a": 1}}']
)
def test_a_broken_manifest_is_not_sound(target: Path, manifest: str) -> None:
    (target / "manifest.json").write_text(manifest)
    assert not is_sound(target, PINS)


def test_another_pinned_version_is_not_sound(target: Path) -> None:
    assert not is_sound(target, make_pins(CONTENTS | {"pyscript/core.js": b"newer"}))
    assert not is_sound(target, PINS._replace(pyodide_lock={"packages": {}}))


def test_a_folder_that_is_not_there_is_not_sound(tmp_path: Path) -> None:
    assert not is_sound(tmp_path / "nowhere", PINS)


def test_a_failed_build_changes_nothing(target: Path, cache: ContentCache, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        build(target, make_pins(CONTENTS | {"pyscript/new.js": b"not in the cache"}), cache)
    assert is_sound(target, PINS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "download", "runtime"]


def test_replacing_leaves_nothing_of_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "site"
    for name in ("old", "new"):
        with replacing(target) as fresh:
            (fresh / name).write_text(name)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
