"""The pages install as apps: what their manifests name is there, and is what they say."""

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).resolve().parents[2]
INSTALLABLE = ("speaker/index.html", "listener/index.html", "listener/pyodide.html")
LARGEST_ICON_BYTES = 32_000


def links_of(page: str) -> dict[str, str]:
    """What a page's links lead to, by their rel."""
    found = re.findall(r'<link rel="([\w-]+)" href="([^"]+)"', (TOP / page).read_text())
    return dict(found)


def manifest_of(page: str) -> tuple[Path, dict[str, Any]]:
    path = (TOP / page).parent / links_of(page)["manifest"]
    manifest: dict[str, Any] = json.loads(path.read_text())
    return path, manifest


def png_size(path: Path) -> str:
    """As a manifest says it, from the file's own header."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    return f"{width}x{height}"


@pytest.mark.parametrize("page", INSTALLABLE)
def test_a_manifest_has_all_that_browsers_ask_for(page: str) -> None:
    _, manifest = manifest_of(page)
    assert manifest["name"].startswith("Lectern")
    assert manifest["display"] == "standalone"
    assert manifest["start_url"] == manifest["scope"] == "./"
    sizes = {icon["sizes"] for icon in manifest["icons"] if icon.get("purpose") == "any"}
    assert {"192x192", "512x512"} <= sizes
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])


@pytest.mark.parametrize("page", INSTALLABLE)
def test_every_icon_is_there_in_the_size_it_claims(page: str) -> None:
    path, manifest = manifest_of(page)
    for icon in manifest["icons"]:
        file = path.parent / icon["src"]
        assert file.stat().st_size < LARGEST_ICON_BYTES
        if icon["type"] == "image/png":
            assert png_size(file) == icon["sizes"]
        else:
            assert file.read_text().startswith("<svg")


@pytest.mark.parametrize("page", ["index.html", *INSTALLABLE])
def test_every_page_has_an_icon_for_tabs_and_for_home_screens(page: str) -> None:
    links = links_of(page)
    for rel in ("icon", "apple-touch-icon"):
        assert ((TOP / page).parent / links[rel]).is_file(), rel


@pytest.mark.parametrize("page", ["index.html", *INSTALLABLE])
def test_the_browsers_frame_has_the_ground_of_the_page(page: str) -> None:
    styles = (TOP / "assets/look.css").read_text()
    light, dark = re.findall(r"--ground: (#\w+)", styles)
    told = re.findall(
        r'name="theme-color" content="(#\w+)" media="[^"]*(light|dark)', (TOP / page).read_text()
    )
    assert told == [(light, "light"), (dark, "dark")]
