"""The servers of the fan-out benchmark: the floor, ours, and the peers that are installed here."""

import importlib.util
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

from backend.files import CLIENT_ID
from tests.e2e.servers import free_port

HERE = Path(__file__).parent
TOP = HERE.parents[1]
HOST = "127.0.0.1"
SERVER_CORE, CLIENT_CORE = 0, 1
PATIENCE_S = 20
LECTERN = "Lectern on uvloop"


class Target(NamedTuple):
    """A server that runs: the process to watch, and where the load client connects."""

    pid: int
    port: int
    listen_path: str = "/listen"
    speak_path: str = "/speak"
    token: str = ""


class Contender(NamedTuple):
    """A server that can be started by this command; the port is added to it."""

    name: str
    command: list[str]


def compiled(name: str, folder: Path) -> str:
    """A C program of this folder, made ready. Raises SystemExit without a compiler."""
    if shutil.which("cc") is None:
        raise SystemExit(
            "This benchmark needs a C compiler named cc (Debian: apt-get install gcc libc6-dev)."
        )
    program = folder / name
    subprocess.run(["cc", "-O2", "-o", str(program), str(HERE / f"{name}.c")], check=True)
    return str(program)


def contenders(folder: Path) -> Iterator[Contender]:
    """All that can run here; for each that cannot, a sentence is printed."""
    python = sys.executable
    yield Contender("C loop of send()", [compiled("floor", folder)])
    arguments = ["--data", str(folder / "data"), "--max-listeners", "100000", "--port"]
    yield Contender(LECTERN, [python, str(TOP / "dev_server.py"), *arguments])
    if importlib.util.find_spec("websockets"):
        yield Contender("websockets broadcast", [python, "-m", "tests.bench.fanout_websockets"])
    else:
        print("The websockets library is not installed (pip install websockets): left out.")
    if _node_has_ws():
        yield Contender("node ws", ["node", str(HERE / "fanout_ws.cjs")])
    else:
        print("Node's ws is not installed (npm install ws, NODE_PATH): left out.")


def _node_has_ws() -> bool:
    if shutil.which("node") is None:
        return False
    return subprocess.run(["node", "-e", "require('ws')"], check=False, capture_output=True).returncode == 0


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
        process = subprocess.Popen([*contender.command, str(port)], stdout=subprocess.DEVNULL, cwd=TOP)
    try:
        _wait_for_port(port)
        if contender.name == LECTERN:
            yield _session(process.pid, port)
        else:
            yield Target(process.pid, port)
    finally:
        process.kill()
        process.wait(PATIENCE_S)


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
    return Target(pid, port, path, path, token)


def _call(url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers or {})) as answer:
        return json.load(answer)
