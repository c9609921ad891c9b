"""The README's first command on a machine that has never seen Lectern: nothing installed, nothing cached."""

import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.servers import free_port

TOP = Path(__file__).resolve().parents[2]
END_S = 20


def fresh_copy(folder: Path) -> Path:
    """What git would clone, in a new folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=TOP, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    return folder


@contextmanager
def make_serve(clone: Path, environment: dict[str, str]) -> Iterator[str]:
    """`make serve` until the block ends; gives the address it prints."""
    command = ["make", "serve", f"PORT={free_port()}"]
    with (clone / "serve.log").open("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=clone,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            yield printed_address(process, log.name)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=END_S)


def printed_address(process: "subprocess.Popen[str]", log: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Speak:"):
            return line.split()[1].removesuffix("speaker/")
    raise AssertionError("make serve ended without serving: " + Path(log).read_text()[-2000:])


def body_of(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=END_S) as answer:
        content: bytes = answer.read()
        return content


@pytest.mark.timeout(600)  # downloads as much as a new user does
def test_one_command_serves_the_pages_and_the_second_start_needs_no_network(tmp_path: Path) -> None:
    clone = fresh_copy(tmp_path / "clone")
    cache = tmp_path / "cache"
    environment = {**os.environ, "LECTERN_CACHE": str(cache), "PIP_NO_CACHE_DIR": "1"}
    with make_serve(clone, environment) as address:
        assert b"Lectern" in body_of(address + "speaker/")
        assert body_of(address + "runtime/pyodide/pyodide.asm.wasm")[:4] == b"\0asm"
        assert body_of(address + "runtime/micropython/micropython.wasm")[:4] == b"\0asm"
        assert b'"websocket_url"' in body_of(address + "config.json")
    # No package client can reach anything through this proxy: a start that asked for the network would fail.
    nowhere = f"http://127.0.0.1:{free_port()}"
    offline = {
        **environment,
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": "",
        "ALL_PROXY": nowhere,
    }
    with make_serve(clone, offline) as address:
        assert b"Lectern" in body_of(address + "listener/")
