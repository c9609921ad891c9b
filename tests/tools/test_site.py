import html
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from backend.http.static_files import _policy
from sitebuild.page_archive import BUNDLES
from sitebuild.pages import INLINE_SCRIPT
from tools.errors import ToolError
from tools.site import EXAMPLE, PARTS, build, read_config
from tools.venv import ROOT

HEAD = '<meta charset="utf-8">'
PUBLIC = {
    "index.html": f"{HEAD}landing",
    "pyscript.toml": "packages = []",
    "speaker/index.html": f"{HEAD}speaker",
    "speaker/main.py": "x = 1",
    "listener/index.html": f"{HEAD}listener",
    "listener/main.py": "import pylib.errors",
    "listener/style.css": "body {}",
    "assets/base.css": "body {}",
    "pylib/errors.py": "x = 1",
    "pylib/browser/micropython/typing.py": "x = 1",
    "pylib/browser/worklets/capture.js": "// js",
}
PRIVATE = {
    ".git/config": "",
    ".venv/bin/python": "",
    "backend/app.py": "",
    "dev_server.py": "",
    "data/sessions.sqlite3": "",
    "tests/test_x.py": "",
    "tools/site.py": "",
    "README.md": "",
    "pylib/__pycache__/errors.cpython-311.pyc": "",
    "pylib/README.md": "",
    "pylib/.hidden.py": "",
    "speaker/.DS_Store": "",
    "listener/notes.orig": "",
}
POLICY = re.compile(r'\n    <meta http-equiv="Content-Security-Policy" content="([^"]+)">')
RUNTIME_FILES = {"runtime/pyscript/core.js": "core", "runtime/manifest.json": "{}"}


def write_tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def read_tree(folder: Path) -> dict[str, str]:
    """All files but the archives, whose bytes are no text."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".tgz", ".zip"))
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def without_policies(site: dict[str, str]) -> dict[str, str]:
    return {name: POLICY.sub("", text) for name, text in site.items()}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_tree(tmp_path, PUBLIC | PRIVATE | RUNTIME_FILES)
    return tmp_path


def build_site(repository: Path, config: str = "{}") -> Path:
    build(repository / "dist", repository, repository / "runtime", config)
    return repository / "dist"


def test_the_site_is_the_public_files_and_no_others(repository: Path) -> None:
    site = read_tree(build_site(repository, '{"region": "x"}'))
    assert without_policies(site) == PUBLIC | RUNTIME_FILES | {"config.json": '{"region": "x"}'}


def test_the_site_has_the_pages_python_packed(repository: Path) -> None:
    site = build_site(repository)
    assert {file.relative_to(site).as_posix() for file in site.rglob("*.*z*")} == set(BUNDLES)
    with tarfile.open(site / "listener" / "app.tgz") as archive:
        assert archive.getnames() == ["pylib", "pylib/errors.py", "typing.py"]


def test_pages_read_the_same_whatever_charset_a_host_tells(tmp_path: Path) -> None:
    """Some hosts say latin-1 of every page, which outweighs its own word: \u00c3\u00a9 in place of \u00e9."""
    write_tree(tmp_path, RUNTIME_FILES)
    build(tmp_path / "dist", ROOT, tmp_path / "runtime", "{}")
    for page in (tmp_path / "dist").rglob("*.html"):
        text = page.read_bytes().decode("ascii")
        source = (ROOT / page.relative_to(tmp_path / "dist")).read_text("utf-8")
        assert html.unescape(POLICY.sub("", text)) == html.unescape(source)


def test_a_config_may_begin_with_a_byte_order_mark_and_name_a_host_in_any_letters(repository: Path) -> None:
    config = repository / "mine.json"
    config.write_text(
        "\ufeff" + json.dumps(GOOD | {"websocket_url": "wss://b\u00fccher.example/ws"}), "utf-8"
    )
    site = read_tree(build_site(repository, read_config(config)))
    assert site["config.json"].startswith("{")
    assert " wss://xn--bcher-kva.example " in site["index.html"]


def test_a_new_site_replaces_the_old_one(repository: Path) -> None:
    build_site(repository)
    (repository / "pylib/errors.py").unlink()
    assert "pylib/errors.py" not in read_tree(build_site(repository))


def test_every_file_of_a_release_is_as_new_as_the_release(repository: Path) -> None:
    """Hosts make validators of time and size; two releases may be checked out with equal times and sizes."""
    for file in (repository / "speaker/main.py", repository / "runtime/pyscript/core.js"):
        os.utime(file, (1, 1))
    site = build_site(repository)
    oldest = min(file.stat().st_mtime for file in site.rglob("*") if file.is_file())
    assert oldest > (repository / "pyscript.toml").stat().st_mtime - 60


@pytest.mark.parametrize("part", ["index.html", "speaker", "pylib"])
def test_a_missing_part_is_named_and_the_old_site_stays(repository: Path, part: str) -> None:
    before = read_tree(build_site(repository))
    (repository / part).rename(repository / "elsewhere")
    with pytest.raises(ToolError, match=f"{part} is missing"):
        build_site(repository)
    assert read_tree(repository / "dist") == before


def test_the_repository_itself_makes_a_site(tmp_path: Path) -> None:
    write_tree(tmp_path, RUNTIME_FILES)
    build(tmp_path / "dist", ROOT, tmp_path / "runtime", "{}")
    site = {file.relative_to(tmp_path / "dist").as_posix() for file in (tmp_path / "dist").rglob("*")}
    tracked = subprocess.run(
        ["git", "ls-files", *PARTS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert site >= {path for path in tracked.stdout.split() if not path.endswith(".md")}
    assert {path.split("/")[0] for path in site} == {*PARTS, "runtime", "config.json"}
    assert not [path for path in site if "__pycache__" in path or path.endswith(".pyc")]


GOOD = {
    "websocket_url": "wss://api.example.org/ws",
    "region": "us-east-1",
    "user_pool_id": "us-east-1_AbCdEfGhI",
    "client_id": "abcdefghijklmnopqrstuvwxyz",
    "encryption_key": "a text of my own with more than 32 characters",
}


def test_a_config_that_the_pages_accept_is_published_as_it_is(tmp_path: Path) -> None:
    config = tmp_path / "mine.json"
    config.write_text(json.dumps(GOOD, indent=4))
    assert read_config(config) == json.dumps(GOOD, indent=4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read; name the config to publish"),
        (b"\xff", "must be saved as UTF-8"),
        ("{}".encode("utf-16"), "must be saved as UTF-8"),
        (b"{", "not valid JSON"),
        (json.dumps(GOOD | {"websocket_url": "ftp://x"}).encode(), "websocket_url must be"),
    ],
)
def test_a_wrong_config_is_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    config = tmp_path / "mine.json"
    if content is not None:
        config.write_bytes(content)
    with pytest.raises(ToolError, match=words):
        read_config(config)


def policies(repository: Path, config: str) -> dict[str, str]:
    """Each page's policy; it must stand before anything it is to hold for."""
    site = read_tree(build_site(repository, config))
    pages = {name: text for name, text in site.items() if name.endswith(".html") and "runtime/" not in name}
    found = {name: POLICY.search(text) for name, text in pages.items()}
    assert all(match and match.start() == len(HEAD) for match in found.values())
    return {name: match[1] for name, match in found.items() if match}


def test_the_pages_may_call_the_addresses_of_their_config_only(repository: Path) -> None:
    config = GOOD | {"http_api_url": "https://api.example.org:8443/v1", "cognito_endpoint": "/cognito/"}
    found = policies(repository, json.dumps(config))
    assert found.keys() == {"index.html", "speaker/index.html", "listener/index.html"}
    (policy,) = set(found.values())
    assert "connect-src 'self' wss://api.example.org https://api.example.org:8443;" in policy
    assert f"script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' {INLINE_SCRIPT};" in policy
    assert "frame-ancestors" not in policy, "browsers complain about it in a page"


def test_without_an_endpoint_the_region_names_it(repository: Path) -> None:
    (policy,) = set(policies(repository, json.dumps(GOOD | {"send_figures": False})).values())
    assert "connect-src 'self' wss://api.example.org https://cognito-idp.us-east-1.amazonaws.com;" in policy


def test_without_an_http_api_figures_go_where_the_websocket_is(repository: Path) -> None:
    (policy,) = set(policies(repository, json.dumps(GOOD)).values())
    assert " https://cognito-idp.us-east-1.amazonaws.com https://api.example.org;" in policy


def test_a_config_still_to_be_edited_leaves_the_addresses_open(repository: Path) -> None:
    (policy,) = set(policies(repository, EXAMPLE.read_text()).values())
    assert "connect-src 'self' https: wss: http://localhost:* " in policy


def test_the_policy_is_the_one_the_server_sends(repository: Path) -> None:
    (policy,) = set(policies(repository, json.dumps(GOOD | {"send_figures": False})).values())
    sent = _policy("", ("wss://api.example.org", "https://cognito-idp.us-east-1.amazonaws.com"))
    assert sent == f"{policy}; frame-ancestors 'none'"


def test_every_page_of_the_repository_can_carry_a_policy(tmp_path: Path) -> None:
    write_tree(tmp_path, RUNTIME_FILES)
    build(tmp_path / "dist", ROOT, tmp_path / "runtime", json.dumps(GOOD))
    pages = list((tmp_path / "dist").rglob("*.html"))
    assert len(pages) >= 4
    for page in pages:
        head = page.read_text().partition("Content-Security-Policy")[0]
        assert "src=" not in head
        assert "href=" not in head


def test_a_page_that_cannot_carry_a_policy_is_named(repository: Path) -> None:
    (repository / "speaker" / "index.html").write_text("no head")
    with pytest.raises(ToolError, match=r"index\.html has no <meta charset"):
        build_site(repository)
