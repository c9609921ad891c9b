"""Small real things for the tests of the tools: wheels, pins with their cache, programs on a PATH."""

import zipfile
from hashlib import sha256
from pathlib import Path

from tools.cache import ContentCache
from tools.runtime.pins import PinnedFile, Pins


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def write_program(folder: Path, name: str, script: str) -> Path:
    """Put a shell script on a PATH that consists of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def write_wheel(folder: Path, file_name: str, files: dict[str, str], metadata: str) -> Path:
    """Make a wheel; `metadata` is what follows the name and version."""
    name, version = file_name.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / file_name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        archive.writestr(f"{info}/METADATA", f"{head}{metadata}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return folder / file_name


def make_pins(contents: dict[str, bytes]) -> Pins:
    """Pin these files, by their path in the runtime, as if npm carried them under the same path."""
    files = tuple(PinnedFile(path, f"npm:{path}", digest(content)) for path, content in contents.items())
    return Pins(files, {"info": {"python": "3.14"}, "packages": {}}, {"npm": 1000, "pip": 1000})


def fill_cache(cache: ContentCache, folder: Path, contents: dict[str, bytes]) -> None:
    """Put the contents into the cache, by way of files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for content in contents.values():
        file = folder / digest(content)
        file.write_bytes(content)
        cache.add(file, digest(content))
