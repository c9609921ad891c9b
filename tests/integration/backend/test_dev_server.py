"""`python dev_server.py` as people start it."""

import asyncio
import errno
import io
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from backend import serving
from backend.data_dir import DATABASE, PSEUDONYM_KEY, SIGNING_KEY
from backend.serving import CannotServe, serve, start
from backend.settings import Settings
from tests.integration.backend.test_identity import sign_in

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def command(data_dir: Path, port: int) -> list[str]:
    # Operators' port is any: the one after it may be another test's.
    places = ["--port", str(port), "--admin", "127.0.0.1:0", "--data", str(data_dir)]
    return [sys.executable, str(ROOT / "dev_server.py"), *places]


@asynccontextmanager
async def dev_server(data_dir: Path, port: int, *options: str) -> AsyncIterator[list[str]]:
    """A running server; gives what it printed. Stopped with SIGTERM, which must end it cleanly."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command(data_dir, port), *options, cwd="/", stdout=pipe, stderr=pipe
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield [
            (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            for _ in range(3 if "--issuer" in options else 4)
        ]
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert await process.stderr.read() == b""


async def test_it_says_where_it_is_and_who_may_speak(tmp_path: Path) -> None:
    port = free_port()
    async with dev_server(tmp_path / "data", port) as printed:
        url = f"http://127.0.0.1:{port}"
        assert f"{url}/speaker/" in printed[0]
        assert f"{url}/listener/" in printed[1]
        account = re.search(r"(\S+@\S+) with \"(.+)\"", printed[2])
        assert account is not None
        async with aiohttp.ClientSession(url) as http:
            told = await (await http.get("/dev/account")).json()
            assert (told["email"], told["password"]) == account.groups()
            await sign_in(http)
            operators = re.fullmatch(r"Status:  (http://127\.0\.0\.1:\d+/status)\n", printed[3])
            assert operators is not None
            assert (await http.get(operators[1])).status == 200
        second = await asyncio.to_thread(
            subprocess.run, command(tmp_path / "other", port), capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert second.stderr == ""
        assert re.fullmatch(rf"Port {port} on 127\.0\.0\.1 cannot be used \(.+\)\. .+\n", second.stdout)


async def test_a_user_pool_takes_the_place_of_the_dev_pool(tmp_path: Path) -> None:
    port = free_port()
    options = ["--issuer", "https://pool.example/x", "--audience", "app", "--no-query-tokens"]
    options += ["--connect-origin", "https://pool.example/", "--connect-origin", "https://two.example:444"]
    async with dev_server(tmp_path / "data", port, *options) as printed:
        assert len(printed) == 3
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            assert (await http.get("/dev/account")).status == 404
            assert (await http.post("/cognito/")).status == 404
            assert (await http.get("/config.json")).status == 404
            policy = (await http.get("/")).headers["Content-Security-Policy"]
            assert " https://pool.example https://two.example:444;" in policy
    assert not (tmp_path / "data" / SIGNING_KEY).exists()


async def test_it_plays_the_gateway_of_the_original_system_at_any_speed(tmp_path: Path) -> None:
    port = free_port()
    async with (
        dev_server(tmp_path / "data", port, "--gateway", "aws", "--gateway-clock", "72000"),
        aiohttp.ClientSession() as http,
        http.ws_connect(f"http://127.0.0.1:{port}/ws") as line,
    ):
        assert (await line.receive_json())["type"] == "welcome"
        assert await line.receive() == aiohttp.WSMessage(aiohttp.WSMsgType.CLOSE, 1001, "idle")


async def test_a_data_folder_has_one_server(tmp_path: Path) -> None:
    first = await start(Settings(data_dir=tmp_path), "127.0.0.1", 0)
    with pytest.raises(CannotServe, match="Stop the other server"):
        await start(Settings(data_dir=tmp_path), "127.0.0.1", 0)
    await first.cleanup()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("uvloop", [True, False])
def test_a_signal_ends_it_cleanly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, uvloop: bool
) -> None:
    if not uvloop:
        monkeypatch.setitem(sys.modules, "uvloop", None)
    # Tests that run under `nohup` ignore SIGHUP, and then the server does, too.
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_DFL)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        os.kill(os.getpid(), number)

    settings = Settings(data_dir=tmp_path, public_url="http://127.0.0.1:0")
    assert serve(settings, "127.0.0.1", 0, say) == 0
    assert "Speak:" in said[0]
    assert ":0/" not in said[0]


class FullDisk(io.StringIO):
    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_below_standard_output_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())
    with pytest.raises(OSError, match="No space"):
        print("Speak: ...", flush=True)
    serving.tell("Speak: ...")


def test_with_its_standard_files_closed_it_serves_all_the_same(tmp_path: Path) -> None:
    """Seen: a socket became standard output, and that was the end of the process."""
    port = free_port()
    closed = 'exec 0>&- 1>&-; exec "$@"'
    process = subprocess.Popen(["bash", "-c", closed, "x", *command(tmp_path / "data", port)])
    try:
        answer = _first_answer(f"http://127.0.0.1:{port}/health", process)
    finally:
        process.terminate()
        process.wait(30)
    assert answer == 200


def _first_answer(url: str, process: "subprocess.Popen[bytes]") -> int:
    """The status of the first answer; 0 when the process ends before one."""
    while process.poll() is None:
        with suppress(urllib.error.URLError), urllib.request.urlopen(url, timeout=30) as answer:
            status: int = answer.status
            return status
        time.sleep(0.05)
    return 0


def test_a_hang_up_that_nohup_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert signal.SIGHUP not in serving._stop_signals()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve(Settings(data_dir=tmp_path), "127.0.0.1", port, said.append) == 1
    assert len(said) == 1
    assert said[0].count("\n") == 0


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example", "http://localhost", "203.0.113.9"])
@pytest.mark.parametrize("uvloop", [True, False])
def test_a_host_that_is_not_this_machines_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, uvloop: bool
) -> None:
    """Seen: two of them were a traceback, and the advice for the others was another port."""
    if not uvloop:
        monkeypatch.setitem(sys.modules, "uvloop", None)
    # Tests that run under `nohup` ignore SIGHUP, and then the server does, too.
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_DFL)
    said: list[str] = []
    assert serve(Settings(data_dir=tmp_path), host, 0, said.append) == 1
    assert said == [f"{host} is no address of this machine. Choose another one: --host 127.0.0.1"]


def _a_file_instead(folder: Path) -> None:
    folder.write_text("no folder")


def _no_database(folder: Path) -> None:
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"no database at all, " * 500)


def _a_newer_database(folder: Path) -> None:
    folder.mkdir()
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("CREATE TABLE migrations (version INTEGER PRIMARY KEY) STRICT")
    connection.execute("INSERT INTO migrations VALUES (999)")
    connection.commit()
    connection.close()


def _a_blank_pseudonym_key(folder: Path) -> None:
    folder.mkdir()
    (folder / PSEUDONYM_KEY).write_bytes(b" \n")


def _a_folder_instead_of_the_database(folder: Path) -> None:
    (folder / DATABASE).mkdir(parents=True)


def _a_folder_beside_the_database(folder: Path) -> None:
    (folder / f"{DATABASE}-wal").mkdir(parents=True)


def _no_key(folder: Path) -> None:
    folder.mkdir()
    (folder / SIGNING_KEY).write_text("no key")


def _no_account(folder: Path) -> None:
    folder.mkdir()
    (folder / "account.json").write_text("{}")


@pytest.mark.parametrize(
    "spoil",
    [
        _a_file_instead,
        _no_database,
        _a_newer_database,
        _a_blank_pseudonym_key,
        _a_folder_instead_of_the_database,
        _a_folder_beside_the_database,
        _no_key,
        _no_account,
    ],
)
def test_an_unusable_data_folder_is_one_sentence(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    said: list[str] = []
    spoil(tmp_path / "data")
    assert serve(Settings(data_dir=tmp_path / "data"), "127.0.0.1", 0, said.append) == 1
    (sentence,) = said
    assert sentence.startswith(f"The data folder {tmp_path / 'data'} cannot be used (")
    assert sentence.endswith("choose another folder: --data folder")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("spoil", "a_copy_helps"),
    [
        (_no_database, True),
        (_a_folder_instead_of_the_database, False),
        (_a_folder_beside_the_database, False),
    ],
)
def test_a_copy_is_advised_for_a_damaged_database_and_not_for_a_full_disk(
    tmp_path: Path, spoil: Callable[[Path], None], a_copy_helps: bool
) -> None:
    """Seen: on a full disk the advice was to overwrite a good database with an old one."""
    said: list[str] = []
    spoil(tmp_path / "data")
    assert serve(Settings(data_dir=tmp_path / "data"), "127.0.0.1", 0, said.append) == 1
    assert ("back from a copy" in said[0]) is a_copy_helps
    assert ("disk has room" in said[0]) is not a_copy_helps


def test_outside_dev_no_account_is_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, dev=False, public_url="https://lectern.example")
    assert serving._greeting(settings).splitlines() == [
        "Speak:   https://lectern.example/speaker/",
        "Listen:  https://lectern.example/listener/",
    ]
