"""docs/protocol.md says what the code does: the same messages, fields, codes, endpoints, names and limits.

Each set is compared in both directions: what the page leaves out fails, and so does what only the page knows.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from struct import calcsize
from typing import Any
from unittest.mock import AsyncMock

import pytest
from pydantic import BaseModel

from backend import service, speaker_waits
from backend.app import create_app
from backend.http.openapi import describe
from backend.http.static_files import StaticFiles
from backend.origins import ALLOW_HEADERS, EXPOSE_HEADERS
from backend.records import ENDED
from backend.settings import Limits, Settings
from backend.ws import connection_messages, listener_messages, speaker_messages
from backend.ws.greetings import FEATURES
from pylib.errors import FrameError
from pylib.protocol import client_messages, codes, frames, handshake, limits, message_types, sessions
from pylib.protocol.server_messages import ServerMessage
from pylib.realtime import backoff
from tests.support.import_graph import TOP

PAGE = (TOP / "docs" / "protocol.md").read_text(encoding="utf-8")

CODE = re.compile(r"`([^`\n]+)`")
ENDPOINT = re.compile(r"(?:GET|POST|PATCH|DELETE) /\S*")

ANYWHERE = {"405", "413", "415", "500", "503"}
"""Statuses that every call may answer; the page says so once."""

UNITS = {"KiB": 1024, "MiB": 1024 * 1024, "h": 3600, "d": 24 * 3600}
"""What a number is multiplied with; all other words after it only help to read."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is this."""
    return list(_rows(PAGE, heading))


def _rows(page: str, heading: str) -> Iterator[list[str]]:
    inside = False
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line[:1] == "|" else []
        if inside and cells and not set(cells[0]) <= {"-"}:
            yield cells
        inside = bool(cells) and (inside or cells[0] == heading)


def names(heading: str) -> list[str]:
    """What the first column names, without the star of what older clients know."""
    return [CODE.findall(cells[0])[0] for cells in rows(heading)]


def fields_told(heading: str, column: int) -> dict[str, set[str]]:
    """For each name its fields; those that may be missing end in a question mark."""
    return {CODE.findall(cells[0])[0]: set(CODE.findall(cells[column])) for cells in rows(heading)}


def fields_of(model: type[BaseModel], *without: str) -> set[str]:
    return {
        (field.alias or name) + ("" if field.is_required() else "?")
        for name, field in model.model_fields.items()
        if (field.alias or name) not in without
    }


def actions_of(model: type[BaseModel]) -> tuple[str, ...]:
    found: tuple[str, ...] = model.model_fields["action"].annotation.__args__  # type: ignore[union-attr]
    return found


def test_every_table_row_is_told_once() -> None:
    for heading in (
        "call",
        "`action`",
        "`type`",
        "`reason` of an end",
        "close code",
        "error code",
        "header",
        "body",
        "limit",
    ):
        told = [cells[0] for cells in rows(heading)]
        assert told, heading
        assert len(told) == len(set(told)), heading


# HTTP


def test_endpoints(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    pages = {route.path for route in StaticFiles(settings, AsyncMock()).routes()}
    pages = {re.sub(r"\{(\w+):.*\}", r"{\1}", path) for path in pages}
    offered = {
        f"{route.method} {route.resource.canonical}".replace("{session_id}", "{sessionId}")
        for route in create_app(settings).router.routes()
        if route.resource is not None and route.method != "HEAD" and route.resource.canonical not in pages
    }
    assert {code for code in CODE.findall(PAGE) if ENDPOINT.fullmatch(code)} == offered


def test_answers() -> None:
    described = {
        f"{method.upper()} {path}": set(call["responses"])
        for path, calls in describe("1", 2000)["paths"].items()
        for method, call in calls.items()
        if method != "parameters"
    }
    told = {CODE.findall(cells[0])[0]: set(cells[2].split(", ")) for cells in rows("call") if len(cells) == 3}
    assert {call: answers | ANYWHERE for call, answers in told.items()} == described


def test_bodies() -> None:
    models = (
        sessions.SessionConfig,
        sessions.SessionUpdateRequest,
        sessions.SessionMetadata,
        sessions.OwnSession,
        sessions.Numbers,
        sessions.SessionPage,
        sessions.ProblemDetails,
    )
    assert fields_told("body", 1) == {model.__name__: fields_of(model) for model in models}


def test_headers() -> None:
    assert set(names("header")) == {*ALLOW_HEADERS.split(", "), *EXPOSE_HEADERS.split(", ")}


def test_session_id() -> None:
    assert f"`{sessions.SESSION_ID_PATTERN}`" in PAGE


# WebSocket


def test_client_messages() -> None:
    union = client_messages.AnyClientMessage.__origin__  # type: ignore[attr-defined]
    known = {
        action: fields_of(model, "action", "requestId")
        for model in union.__args__
        for action in actions_of(model)
    }
    assert fields_told("`action`", 2) == known


def test_who_says_what() -> None:
    told: dict[str, set[str]] = {}
    for cells in rows("`action`"):
        told.setdefault(cells[1], set()).add(CODE.findall(cells[0])[0])
    assert told == {
        "speaker": {*actions_in(speaker_messages.HANDLERS), message_types.SEND_AUDIO},
        "listener": actions_in(listener_messages.HANDLERS),
        "both": actions_in(connection_messages.HANDLERS),
    }


def actions_in(handlers: Iterable[type[BaseModel]]) -> set[str]:
    return {action for model in handlers for action in actions_of(model)}


def test_server_messages() -> None:
    known = {model.type: fields_of(model, "requestId") for model in ServerMessage.__subclasses__()}
    assert fields_told("`type`", 2) == known


def test_all_message_types_are_told() -> None:
    known = {value for name, value in vars(message_types).items() if name.isupper()}
    assert {*names("`action`"), *names("`type`")} == known


def test_handshake() -> None:
    known = {value for name, value in vars(handshake).items() if name.isupper()} - {handshake.TEXT}
    assert set(names("in the address or the handshake")) == known
    assert f"`{handshake.TEXT}` asks for no binary frames" in PAGE


def test_close_codes() -> None:
    told = {int(cells[0]): cells[2] for cells in rows("close code")}
    assert set(told) == {value for name, value in vars(codes).items() if name.startswith("CLOSE_")}
    assert {code for code, comes_back in told.items() if comes_back == "no"} == set(backoff.FATAL_CLOSE_CODES)


def test_error_codes_of_a_server() -> None:
    """What the backend names; bytes that are no frame are refused with their own error's code."""
    named = re.compile(r"\bcodes\.([A-Z_]+)")
    sources = [path.read_text() for path in (TOP / "backend").rglob("*.py")]
    used = {name for source in sources for name in named.findall(source)} | {FrameError.default_code}
    assert set(names("error code")) == {name for name in used if not name.startswith("CLOSE_")}


def test_error_codes_of_a_page() -> None:
    known = {value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)}
    of_pages = [code for cells in rows("about") for code in CODE.findall(cells[1])]
    assert len(of_pages) == len(set(of_pages))
    assert set(of_pages) == known - set(names("error code"))


def test_features() -> None:
    sentence = PAGE.partition("`features` names")[2].partition(". ")[0]
    assert set(CODE.findall(sentence)) == set(FEATURES)


def test_reasons_of_an_end() -> None:
    known = {ENDED, service.EXPIRED, speaker_waits.SPEAKER_LEFT, speaker_waits.SPEAKER_NEVER_CAME}
    assert set(names("`reason` of an end")) == known


def test_frame_header() -> None:
    told = [(int(cells[0]), cells[1].split()[0], cells[1].split()[1]) for cells in rows("offset")]
    sizes = [calcsize({"u8": ">B", "u32": ">I"}[kind]) for _, _, kind in told]
    assert [at for at, _, _ in told] == [sum(sizes[:index]) for index in range(len(sizes))]
    assert sum(sizes) == frames.HEADER_BYTES
    assert [name for _, name, _ in told] == [
        "version",
        *(_camel(name) for name in frames.FrameHeader._fields),
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_frame_values() -> None:
    told = {cells[1].split()[0]: cells[2] for cells in rows("offset")}
    assert told["version"] == str(frames.VERSION)
    assert told["kind"].startswith(f"{frames.KIND_OPUS} Opus")
    assert f" {frames.KIND_PCM16} PCM16LE ({frames.PCM_SAMPLE_RATE // 1000} kHz" in told["kind"]
    assert told["flags"].startswith(f"{frames.FLAG_SILENCE} silence")
    assert f" {frames.FLAG_DISCONTINUITY} discontinuity" in told["flags"]
    assert f"A frame is {frames.FRAME_MS} ms of sound." in PAGE


# Numbers


def number_rows() -> list[list[str]]:
    return [*rows("limit"), *rows("our pages")]


@pytest.mark.parametrize("cells", number_rows(), ids=lambda cells: cells[-1].strip("`"))
def test_a_limit_or_delay_is_the_codes(cells: list[str]) -> None:
    value = value_of(CODE.findall(cells[-1])[0])
    assert numbers(cells[1]) == [float(one) for one in (value if isinstance(value, tuple) else (value,))]


def test_no_limit_is_left_out() -> None:
    told = {CODE.findall(cells[-1])[0] for cells in number_rows()}
    settings = {f"backend.settings.Limits.{field.name}" for field in fields(Limits)}
    sizes = {f"pylib.protocol.limits.{name}" for name in vars(limits) if name.isupper()}
    delays = {f"pylib.realtime.backoff.{name}" for name in vars(backoff) if name.isupper()}
    assert {name for name in told if name.startswith("backend.settings.")} == settings
    assert {name for name in told if name.startswith("pylib.protocol.limits.")} == sizes
    assert {name for name in told if name.startswith("pylib.realtime.backoff.")} == delays


def numbers(text: str) -> list[float]:
    """`64 KiB` is 65536, `0, 0.3, 1.2 s` are three numbers, `50 an hour` is 50."""
    factor = UNITS.get(text.rsplit(maxsplit=1)[-1], 1)
    return [float(number) * factor for number in re.findall(r"\d+(?:\.\d+)?", text)]


def value_of(name: str) -> Any:
    """What a dotted name stands for; of a class, what its objects have if they are told nothing."""
    parts = name.split(".")
    size = next(size for size in range(len(parts), 0, -1) if is_module(".".join(parts[:size])))
    found: Any = import_module(".".join(parts[:size]))
    for part in parts[size:]:
        found = getattr(found() if isinstance(found, type) else found, part)
    return found


def is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_the_rules_would_notice() -> None:
    page = "| limit | |\n|---|---|\n| a | 64 KiB |\n| b | 1, 2 s |\n\n| other | |\n|---|---|\n| c | 3 |\n"
    assert list(_rows(page, "limit")) == [["a", "64 KiB"], ["b", "1, 2 s"]]
    assert numbers("64 KiB") == [65536]
    assert numbers("0, 0.3, 1.2 s") == [0, 0.3, 1.2]
    assert value_of("backend.settings.Limits.grace_s") == Limits().grace_s
