"""How soon the speaker page can be used, beside the same page loaded as PyScript does it by itself.

The stock page is made here from ours: the same HTML, modules and files from the same server, but Pyodide
starts from nothing when PyScript comes to it, and `packages` are loaded before main.py runs.
"""

import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Playwright

from sitebuild.pages import FOLDERS
from tests.e2e.conftest import FLAGS
from tests.e2e.pages import Speaker
from tests.e2e.servers import TOP, limited_server
from tools import chromium
from tools.runtime import RUNTIME

ROUNDS = 5
SETTLE_MS = 4_000
"""After the first load: the packages arrive, and the browser may keep what it compiled."""

OURS = ("../pylib/browser/pyodide-from-snapshot.js", "preload")
"""What the stock page lacks: lines of the HTML with these words."""

STOCK_CONFIG = """
interpreter = "../pylib/browser/stock.js"
packages = ["pydantic", "segno"]
packages_cache = "passthrough"
plugins = ["!deprecations-manager", "!donkey", "!error", "!py-editor", "!py-game", "!py-terminal"]
[files]
"./speaker/app.zip" = "./*"
"""

STOCK_INTERPRETER = """
import createPyodideModule from "../../runtime/pyodide/pyodide.asm.js";
import { loadPyodide as start, version } from "../../runtime/pyodide/pyodide.js";
const indexURL = new URL("../../runtime/pyodide/", import.meta.url).href;
export const loadPyodide = (options) => start({ ...options, createPyodideModule, indexURL });
export { version };
"""
"""Pyodide as it is, by the names that this site gives its files."""


class Starts(NamedTuple):
    """Seconds from navigation until the page can be used, one for each round."""

    cold: list[float]
    warm: list[float]


def speaker_starts(playwright: Playwright, folder: Path) -> Iterator[tuple[str, str]]:
    """Rows for the table: ours, the stock page's, and how many times sooner ours can be used."""
    sites = {"ours": TOP, "stock": write_stock_site(folder / "stock")}
    starts = {name: Starts([], []) for name in sites}
    for number in range(ROUNDS):
        for name, root in sites.items():
            here = folder / f"{name}-{number}"
            with limited_server(here / "data", site_root=root) as url:
                cold, warm = two_loads(playwright, here / "profile", url, from_snapshot=name == "ours")
            starts[name].cold.append(cold)
            starts[name].warm.append(warm)
    for way in ("cold", "warm"):
        ours, stock = (getattr(starts[name], way) for name in sites)
        ratio = statistics.median(stock) / statistics.median(ours)
        yield f"speaker page usable after, {way}", seconds(ours)
        yield f"  the same on stock PyScript loading, {way}", f"{seconds(stock)}; {ratio:.1f} times ours"


def write_stock_site(target: Path) -> Path:
    """Our site with another speaker page, in a folder of its own."""
    for name in FOLDERS:
        shutil.copytree(TOP / name, target / name)
    (target / ".runtime").symlink_to(RUNTIME)
    (target / "pyscript.toml").write_text(STOCK_CONFIG)
    (target / "pylib" / "browser" / "stock.js").write_text(STOCK_INTERPRETER)
    page = target / "speaker" / "index.html"
    lines = page.read_text().splitlines(keepends=True)
    page.write_text("".join(line for line in lines if not any(word in line for word in OURS)))
    return target


def two_loads(playwright: Playwright, profile: Path, url: str, *, from_snapshot: bool) -> tuple[float, float]:
    """Seconds of the first load in a fresh browser profile, and of the next in the same profile."""
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium.find(), args=FLAGS
    )
    cold = page_start(context, f"{url}/speaker/", from_snapshot=from_snapshot)
    warm = page_start(context, f"{url}/speaker/", from_snapshot=from_snapshot)
    context.close()
    return cold, warm


def page_start(context: BrowserContext, url: str, *, from_snapshot: bool) -> float:
    """Seconds, once."""
    visitor = Speaker(context, Path(), "bench")
    started = time.monotonic()
    visitor.open(url)
    taken = time.monotonic() - started
    asked = any(each.endswith("memory.snapshot") for each in visitor.requested)
    assert asked == from_snapshot, "the two pages must differ in how they load"
    visitor.page.wait_for_timeout(SETTLE_MS)
    visitor.page.close()
    return taken


def seconds(samples: list[float]) -> str:
    """A small distribution."""
    spread = f"from {min(samples):.2f} to {max(samples):.2f}, {len(samples)} loads"
    return f"{statistics.median(samples):.2f} s ({spread})"
