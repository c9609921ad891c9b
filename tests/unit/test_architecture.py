"""The walls of the house: a forbidden import fails here, with the names of both rooms."""

import base64
import re
from hashlib import sha256
from pathlib import Path

import pytest

from sitebuild.pages import INLINE_SCRIPT
from tests.support.import_graph import TOP, imported_names, source_of

PYDANTIC = ("pydantic", "pydantic_core")
ROOMS_OF_PAGES = ("pylib", "speaker", "listener", "backend")
BRIDGE = {"js", "jsffi", "pyodide", "pyodide_js", "pyscript"}
PORTABLE_PROTOCOL = tuple(
    "pylib.protocol." + name
    for name in (
        "codes",
        "figures",
        "frames",
        "handshake",
        "languages",
        "limits",
        "message_types",
        "pacing",
        "plain",
    )
)
"""The wire as the listener page knows it; beside these stand the pydantic models."""

ALLOWED: dict[str, set[str]] = {
    "pylib/errors": {"pylib.protocol.codes"},
    "pylib/tasks": set(),
    "pylib/ports": {"pylib.errors", "pylib.protocol"},
    "pylib/retry": {"pylib.errors", "pylib.ports"},
    "pylib/protocol/codes": set(),
    "pylib/protocol/figures": set(),
    "pylib/protocol/handshake": set(),
    "pylib/protocol/languages": set(),
    "pylib/protocol/limits": set(),
    "pylib/protocol/message_types": set(),
    "pylib/protocol/frames": {"pylib.errors"},
    "pylib/protocol/pacing": {"pylib.protocol.frames"},
    "pylib/protocol/plain": {"pylib.errors", "pylib.protocol.codes"},
    "pylib/protocol": {"pylib.errors", "pylib.protocol", *PYDANTIC},
    "pylib/config": {"pylib.errors", "pylib.protocol", "pylib.config"},
    "pylib/ui": {"pylib.errors", "pylib.protocol.codes", "pylib.ports", "pylib.tasks", "pylib.ui"},
    "pylib/figures": {
        *("pylib.errors", "pylib.ports", "pylib.protocol.figures", "pylib.protocol.codes"),
        *("pylib.config.site_config", "pylib.ui.ports", "pylib.figures"),
    },
    "pylib/audio": {"pylib.protocol.frames", "pylib.ports", "pylib.audio"},
    "pylib/auth": {
        *("pylib.errors", "pylib.ports", "pylib.retry", "pylib.tasks"),
        *("pylib.protocol", "pylib.auth"),
    },
    "pylib/realtime": {"pylib.ports", "pylib.errors", "pylib.tasks", *PORTABLE_PROTOCOL, "pylib.realtime"},
    "pylib/session/models": {"pylib.errors", "pylib.protocol", "pylib.session", "pydantic"},
    "pylib/session": {
        *("pylib.auth", "pylib.retry", "pylib.ports", "pylib.errors", "pylib.protocol", "pylib.session"),
        *("pylib.config", "pylib.ui.i18n"),
    },
    "pylib/browser": {
        *("pylib.ports", "pylib.ui.ports", "pylib.ui.drawing", "pylib.errors", "pylib.browser"),
        *("pylib.protocol.codes", "pylib.protocol.frames"),
        *BRIDGE,
    },
    "speaker/main": {"pylib.browser", "pylib.tasks", "speaker.bootstrap", "speaker.ports"},
    "speaker/model": {"pylib.ports", "pylib.protocol.codes", "pylib.ui"},
    "speaker/page_state": {"pylib.protocol.codes", "pylib.session", "pylib.ui", "speaker.model"},
    "speaker/sound": {
        *("pylib.audio", "pylib.errors", "pylib.ports", "pylib.tasks", "pylib.protocol.codes"),
        "speaker.sound",
    },
    "speaker/talk": {
        *("pylib.session", "pylib.realtime", "pylib.audio", "pylib.config", "pylib.ui"),
        *("pylib.errors", "pylib.ports", "pylib.tasks", *PORTABLE_PROTOCOL),
        *("speaker.talk", "speaker.sound", "speaker.model", "speaker.page_state", "speaker.ports"),
    },
    "speaker/talks": {
        *("pylib.errors", "pylib.session", "pylib.ui", "pylib.protocol.limits", "pylib.protocol.plain"),
        *("speaker.talks", "speaker.talk.record", "speaker.sound.encoders", "speaker.model"),
        *("pylib.figures", "pylib.protocol.figures"),
    },
    "speaker": {
        *("pylib.session", "pylib.realtime", "pylib.audio", "pylib.auth", "pylib.config", "pylib.ui"),
        *("pylib.errors", "pylib.ports", "pylib.tasks", "pylib.figures", *PORTABLE_PROTOCOL),
        *("speaker", "segno"),
    },
    "listener/main": {"pylib.browser", "pylib.tasks", "listener.bootstrap", "listener.ios"},
    "listener": {
        *("pylib.session", "pylib.realtime", "pylib.audio", "pylib.config.site_config", "pylib.ui"),
        *("pylib.errors", "pylib.ports", "pylib.tasks", "pylib.figures", *PORTABLE_PROTOCOL, "listener"),
    },
    "sitebuild/hosts": {"yarl"},
    "sitebuild": {"sitebuild"},
    "backend/settings": {"pylib.protocol.limits"},
    "backend/records": {"pylib.protocol.limits"},
    "backend/ports": {"backend.records"},
    "backend/clock": {"backend.ports"},
    "backend/bus": {"backend.ports", "backend.records"},
    "backend/database": {"backend.data_dir", "backend.ports"},
    "backend/problems": {"pylib.errors", "pylib.protocol", "aiohttp", *PYDANTIC},
    "backend/version": set(),
    "backend/loop_lag": {"backend.ports", "prometheus_client"},
    "backend/metrics": {
        *("backend.metrics", "backend.figures.histogram", "backend.version", "prometheus_client"),
    },
    "backend/figures/anew": set(),
    "backend/figures/histogram": set(),
    "backend/figures/tally": {"backend.figures.histogram", "pylib.protocol.figures"},
    "backend/figures/rollout_setting": {"backend.figures.tally"},
    "backend/figures/users": {"backend.ports", "pylib.protocol.figures"},
    "backend/figures": {
        *("backend.figures", "backend.metrics", "backend.ports", "backend.database", "backend.settings"),
        *("backend.doors", "backend.call_limit", "backend.attack_log", "backend.origins"),
        *("backend.problems", "backend.http.connection", "backend.http.middleware", "pylib.protocol"),
        *("aiohttp", "prometheus_client", "pydantic"),
    },
    "backend/operators": {
        *("backend.attack_log", "backend.doors", "backend.doorkeeper", "backend.http.connection"),
        *("backend.operators", "backend.figures", "backend.metrics", "backend.ports", "backend.problems"),
        *("backend.http.operations_api", "backend.http.static_files", "backend.live", "backend.loop_lag"),
        *("backend.origins", "backend.settings", "backend.version", "pylib.protocol"),
        *("sitebuild.page_archive", "aiohttp"),
    },
    "backend/proxies": {"aiohttp"},
    "backend/origins": {
        *("backend.problems", "backend.proxies", "pylib.protocol", "sitebuild.hosts", "aiohttp"),
    },
    "backend/option_values": {"backend.origins", "backend.proxies", "sitebuild.pages"},
    "backend/repeats": set(),
    "backend/line_writer": {"backend.clock"},
    "backend/logs": {
        "backend.clock",
        "backend.line_writer",
        "backend.ports",
        "backend.repeats",
        "pylib.errors",
    },
    "backend/action_log": {
        *("backend.call_limit", "backend.logs", "backend.ports", "backend.problems", "backend.records"),
        "pylib.protocol.codes",
    },
    "backend/open_files": set(),
    "backend/rate_limit": set(),
    "backend/call_limit": {"backend.ports", "backend.rate_limit"},
    "backend/attack_log": {"backend.metrics"},
    "backend/guesses": {
        *(
            "backend.attack_log",
            "backend.ports",
            "backend.problems",
            "backend.rate_limit",
            "backend.settings",
        ),
        "pylib.protocol.codes",
    },
    "backend/doorkeeper": {
        *("backend.attack_log", "backend.metrics", "backend.ports", "backend.settings"),
    },
    "backend/write_limit": {
        *("backend.attack_log", "backend.call_limit", "backend.ports", "backend.problems", "backend.records"),
    },
    "backend/turns": {"backend.attack_log", "backend.call_limit"},
    "backend/doors": {
        *("backend.attack_log", "backend.call_limit", "backend.doorkeeper", "backend.guesses"),
        *("backend.metrics", "backend.ports", "backend.problems", "backend.proxies", "backend.settings"),
        *("backend.open_files", "backend.turns", "aiohttp"),
    },
    "backend/data_dir": {"backend.ports", "cryptography"},
    "backend/rollout/confidence": set(),
    "backend/rollout/overlay": set(),
    "backend/rollout": {
        *("backend.rollout", "backend.figures.histogram", "backend.figures.tally", "backend.ports"),
    },
    "backend/sessions": {
        *("backend.sessions", "backend.records", "backend.ports", "backend.database", "backend.problems"),
        *("backend.settings", "pylib.protocol"),
    },
    "backend/identity": {
        *("backend.identity", "backend.ports", "backend.database", "backend.problems", "backend.data_dir"),
        *("backend.rate_limit", "pylib.protocol.codes", "aiohttp", "pydantic", "jwt", "cryptography"),
    },
    "backend/live": {
        *("backend.live", "backend.records", "backend.ports", "backend.problems", "backend.metrics"),
        *("backend.settings", "pylib.errors", "pylib.protocol"),
    },
    "backend/session_numbers": {
        *("backend.live", "backend.records", "backend.ports", "backend.sessions.description"),
        "pylib.protocol.sessions",
    },
    "backend/speaker_waits": {"backend.ports", "backend.settings"},
    "backend/service": {
        "backend.figures.users",
        *(
            "backend.action_log",
            "backend.live",
            "backend.sessions",
            "backend.session_numbers",
            "backend.speaker_waits",
            "backend.records",
            "backend.ports",
            "backend.problems",
        ),
        *("backend.settings", "backend.write_limit", "pylib.protocol.sessions"),
    },
    "backend/http": {
        "backend.rollout.overlay",
        *("backend.http", "backend.service", "backend.sessions", "backend.records", "backend.ports"),
        *("backend.problems", "backend.identity.token_verifier", "backend.metrics", "backend.origins"),
        *("backend.proxies", "backend.settings", "backend.logs", "backend.data_dir", "pylib.protocol"),
        *(
            "backend.doors",
            "backend.turns",
            "backend.action_log",
            "backend.attack_log",
            "sitebuild",
            "aiohttp",
            "pydantic",
            "multidict",
        ),
    },
    "backend/ws": {
        *("backend.ws", "backend.service", "backend.live", "backend.records", "backend.ports"),
        *("backend.problems", "backend.identity.token_verifier", "backend.metrics", "backend.origins"),
        *("backend.proxies", "backend.settings", "backend.rate_limit", "pylib.protocol", "pylib.errors"),
        *(
            "backend.doors",
            "backend.action_log",
            "backend.attack_log",
            "backend.guesses",
            "backend.logs",
            "backend.sessions",
            "aiohttp",
            "pydantic",
        ),
    },
    "backend/status_page/main": {"pylib.browser", "backend.status_page.bootstrap"},
    "backend/status_page": {
        *("pylib.errors", "pylib.ports", "pylib.tasks", "pylib.ui"),
        "backend.status_page",
    },
    "backend/sqlite_storage": {
        "backend.figures.store",
        *("backend.sessions", "backend.identity.refresh_tokens", "backend.database", "backend.ports"),
        "backend.settings",
    },
    "backend/parts": {
        *("backend.action_log", "backend.data_dir", "backend.doors", "backend.figures.users"),
        *("backend.live", "backend.metrics", "backend.origins", "backend.ports", "backend.proxies"),
        *("backend.service", "backend.session_numbers", "backend.sessions", "backend.settings"),
        "backend.write_limit",
    },
    "backend/app": {"backend", "aiohttp"},
    "backend/serving": {
        "backend.operators.access",
        *("backend.app", "backend.data_dir", "backend.ports", "backend.settings", "aiohttp", "uvloop"),
        *("backend.http.connection", "backend.http.site", "backend.logs", "backend.open_files"),
    },
    "backend": {"backend.problems", "pylib.protocol.codes", "aiohttp"},
    "tools": {"tools", "sitebuild", "pylib", "tqdm", "packaging", "brotli", "playwright"},
}
"""What a room may import beside the standard library; the longest name that fits a file counts."""


def rooms_of(name: str) -> str:
    """The longest key of ALLOWED that this module lies in."""
    fitting = [room for room in ALLOWED if name == room or name.startswith(room + "/")]
    assert fitting, f"{name} lies in no room; give it one in ALLOWED"
    return max(fitting, key=len)


def source_files() -> list[Path]:
    folders = ("pylib", "speaker", "listener", "sitebuild", "backend", "tools")
    found = [path for folder in folders for path in sorted((TOP / folder).rglob("*.py"))]
    return [path for path in found if path.stem != "__init__" and "micropython" not in path.parts]


def is_standard(name: str) -> bool:
    import sys

    return name.partition(".")[0] in sys.stdlib_module_names


def is_allowed(name: str, allowed: set[str]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in allowed)


@pytest.mark.parametrize("path", source_files(), ids=lambda path: path.relative_to(TOP).as_posix())
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    module = path.relative_to(TOP).with_suffix("").as_posix()
    allowed = ALLOWED[rooms_of(module)]
    wrong = {name for name in imported_names(path) if not is_standard(name) and not is_allowed(name, allowed)}
    assert not wrong, f"{module} must not import {sorted(wrong)}"


@pytest.mark.parametrize("module", PORTABLE_PROTOCOL)
def test_the_wire_format_of_the_listener_needs_no_pydantic(module: str) -> None:
    """Neither itself nor through what it imports of ours."""
    pending, seen = {module}, set[str]()
    while pending:
        name = pending.pop()
        seen.add(name)
        source = source_of(name)
        if source is not None:
            pending |= imported_names(source) - seen
    assert not any(name.startswith("pydantic") for name in seen)


def test_the_rule_would_notice() -> None:
    assert not is_allowed("pylib.browser.fetch", ALLOWED["pylib/audio"])
    assert not is_allowed("pylib.protocol.sessions", ALLOWED["pylib/realtime"])
    assert not is_allowed("js", ALLOWED["speaker"])
    assert not is_allowed("backend.sessions.store", ALLOWED["backend/live"])
    assert is_allowed("pylib.protocol.frames", ALLOWED["pylib/realtime"])
    assert source_of("pylib.audio.jitter_buffer") is not None


def test_only_the_root_and_the_program_that_runs_it_import_the_root() -> None:
    allowed = {room for room, names in ALLOWED.items() if is_allowed("backend.app", names)}
    assert allowed == {"backend/app", "backend/serving"}


def test_the_server_sends_the_status_page_and_never_imports_it() -> None:
    page = TOP / "backend" / "status_page"
    server = [path for path in (TOP / "backend").rglob("*.py") if not path.is_relative_to(page)]
    assert not [path for path in server if any("status_page" in name for name in imported_names(path))]


def test_javascript_is_spoken_in_one_room() -> None:
    files = [
        *TOP.glob("*.js"),
        *(
            path
            for room in ("pylib", "speaker", "listener", "backend")
            for path in (TOP / room).rglob("*.js")
        ),
    ]
    assert files
    assert all(path.is_relative_to(TOP / "pylib" / "browser") for path in files)


def test_worklets_stay_small() -> None:
    for path in (TOP / "pylib" / "browser" / "worklets").glob("*.js"):
        assert len(path.read_text().splitlines()) <= 130, path.name


@pytest.mark.parametrize(
    "page",
    [
        *("index.html", "speaker/index.html", "listener/index.html", "listener/pyodide.html"),
        "backend/status_page/index.html",
    ],
)
def test_pages_have_no_inline_style_and_no_script_but_the_one_that_the_policy_names(page: str) -> None:
    html = (TOP / page).read_text()
    inline = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(sha256(text.encode()).digest()).decode() for text in inline]
    assert [f"'sha256-{digest}'" for digest in hashes] == [INLINE_SCRIPT]
    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html
    for tag in html.replace("<script>", "").split("<script")[1:]:
        assert "src=" in tag.partition(">")[0]
