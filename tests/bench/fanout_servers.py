"""The servers of the fan-out benchmark: how they are started, the floor, and ours."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from backend.data_dir import CLIENT_ID
from tests.e2e.servers import free_port

HERE = Path(__file__).parent
TOP = HERE.parents[1]
HOST = "127.0.0.1"
SERVER_CORE, CLIENT_CORE = 0, 1
PATIENCE_S = 20
LECTERN = "Lectern on uvloop"
CONFIG_PORT = "@PORT@"
"""Where a config file wants the port."""


class Target(NamedTuple):
    """A server that runs: the process to watch, and where the load client connects."""

    pid: int
    port: int
    protocol: str
    listen_path: str
    speak_path: str
    token: str = ""


class Contender(NamedTuple):
    """A server that can be started by this command; the port is added to it, or stands in the config file."""

    name: str
    command: list[str]
    protocol: str = "websocket"
    paths: tuple[str, str] = ("/listen", "/speak")
    token: str = ""
    config: tuple[Path, str] | None = None
    """Where that file is to be, and its text."""


def compiled(name: str, folder: Path) -> str:
    """A C program, of one file or of a folder of them, made ready. Raises SystemExit without a compiler."""
    if shutil.which("cc") is None:
        raise SystemExit(
            "This benchmark needs a C compiler named cc (Debian: apt-get install gcc libc6-dev)."
        )
    program = folder / name
    sources = sorted((HERE / name).glob("*.c")) or [HERE / f"{name}.c"]
    subprocess.run(["cc", "-O2", "-o", program, *sources], check=True)
    return str(program)


def floor_and_ours(folder: Path) -> Iterator[Contender]:
    """What every other one is put beside."""
    yield Contender("C loop of send()", [compiled("floor", folder)])
    arguments = ["--log-level", "warning", "--max-listeners", "100000"]
    arguments += ["--data", str(folder / "data"), "--port"]
    yield Contender(LECTERN, [sys.executable, str(TOP / "dev_server.py"), *arguments])


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started in this block stays on one core, if this system can tell it to."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def running(contender: Contender) -> Iterator[Target]:
    """Start a contender on a core of its own; it is ended with the block."""
    port = free_port()
    with on_core(SERVER_CORE):
        process = subprocess.Popen(_command(contender, port), stdout=subprocess.DEVNULL, cwd=TOP)
    try:
        _wait_for_port(port)
        if contender.name == LECTERN:
            yield _session(process.pid, port)
        else:
            yield Target(process.pid, port, contender.protocol, *contender.paths, contender.token)
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def _command(contender: Contender, port: int) -> list[str]:
    if contender.config is None:
        return [*contender.command, str(port)]
    file, text = contender.config
    file.write_text(text.replace(CONFIG_PORT, str(port)))
    return contender.command


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"A server did not start on port {port}.")


def _session(pid: int, port: int) -> Target:
    """A new session of ours: its listeners come without a token, its speaker with one."""
    url = f"http://{HOST}:{port}"
    account = _call(f"{url}/dev/account")
    sign_in = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT_ID,
        "AuthParameters": {"USERNAME": account["email"], "PASSWORD": account["password"]},
    }
    initiate = {
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "Content-Type": "application/x-amz-json-1.1",
    }
    token = _call(f"{url}/cognito/", sign_in, initiate)["AuthenticationResult"]["IdToken"]
    config = {"sourceLanguage": "en", "qualityTier": "standard"}
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    session_id = _call(f"{url}/sessions", config, bearer)["sessionId"]
    path = f"/ws?sessionId={session_id}"
    return Target(pid, port, "websocket", path, path, token)


def _call(url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers or {})) as answer:
        return json.load(answer)
