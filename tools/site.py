"""`make site`: write dist/, a folder that any static file server can host.

It holds the pages, the Python they run and the browser runtime, and nothing else of the repository. The
backend runs somewhere else; config.json, read by the pages at run time, says where.
"""

import argparse
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from pylib.config.app_config import parse_config
from pylib.errors import ConfigError
from pylib.figures.sender import figures_url
from sitebuild.page_archive import BUNDLES, pack
from sitebuild.pages import FOLDERS, SUFFIXES, TOP_FILES, content_policy, origin_of
from tools.errors import ToolError, run_main
from tools.folders import replacing
from tools.runtime import RUNTIME
from tools.venv import ROOT

DIST = ROOT / "dist"
EXAMPLE = ROOT / "config.example.json"

# Addresses in a config may be relative to the site. Its address is not known here; this one stands for it.
_ANY_SITE = "https://site.invalid/"

# What a site consists of, below the top of the repository.
PARTS = (*TOP_FILES, *FOLDERS)
# A policy in a <meta> holds only for the elements after it, so it is inserted right after this one.
CHARSET = '<meta charset="utf-8">'
# All that a config may name (pylib/config/site_config.py): what pages may call before theirs is written.
ANYWHERE = (
    "https:",
    "wss:",
    *(f"{way}://{host}:*" for way in ("http", "ws") for host in ("localhost", "127.0.0.1")),
)


def main() -> None:
    """Write dist/ with the config file named on the command line, or with the example."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.site", description="Write dist/ for a static host."
    )
    parser.add_argument("--config", type=Path, help="the config.json to publish")
    config: Path | None = parser.parse_args().config
    text = _read(EXAMPLE) if config is None else read_config(config)
    build(DIST, ROOT, RUNTIME, text)
    print(
        f"The site is in {DIST.name}/; host it as it is, for example: python3 -m http.server --directory dist"
    )
    if config is None:
        print(
            "Its config.json is the example: edit it to name your server, or use: make site CONFIG=mine.json "
            "(its pages can call that server only)"
        )


def read_config(config: Path) -> str:
    """Return the text of a config file that the pages will accept.

    Raises:
        ToolError: it cannot be read, or a field is wrong; the sentence names each.
    """
    text = _read(config)
    try:
        parse_config(text, _ANY_SITE)
    except ConfigError as error:
        raise ToolError(f"{config} cannot be published. {error}") from error
    return text


def build(target: Path, root: Path, runtime: Path, config_text: str) -> None:
    """Write the site of the repository `root` into `target`, replacing what was there.

    Its pages may call the addresses of the config, or ANYWHERE while it is not complete (the example).

    Raises:
        ToolError: a part is missing.
    """
    with replacing(target) as fresh:
        for part in PARTS:
            _copy(root / part, fresh / part)
        for name, bundle in BUNDLES.items():
            (fresh / name).write_bytes(pack(root, bundle))
        policy = content_policy(_addresses(config_text))
        for page in fresh.rglob("*.html"):
            _add_policy(page, policy)
        shutil.copytree(runtime, fresh / "runtime", copy_function=shutil.copyfile)
        (fresh / "config.json").write_text(config_text, "utf-8")


def _addresses(config_text: str) -> tuple[str, ...]:
    """The origins that pages with this config call, besides their own."""
    try:
        config = parse_config(config_text, _ANY_SITE)
    except ConfigError:
        return ANYWHERE
    urls = (config.websocket_url, config.http_api_url, config.cognito_endpoint, figures_url(config))
    return tuple(
        origin_of(url) for url in urls if url and urlsplit(url).hostname != urlsplit(_ANY_SITE).hostname
    )


def _add_policy(page: Path, policy: str) -> None:
    before, charset, after = page.read_text(encoding="utf-8").partition(CHARSET)
    if not charset:
        raise ToolError(f"{page.name} has no {CHARSET}, below which its Content-Security-Policy would stand.")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    text = f"{before}{charset}\n    {meta}{after}"
    # What a host says of the charset outweighs the page's own word, and some say latin-1 of every page.
    page.write_bytes(text.encode("ascii", "xmlcharrefreplace"))


def _read(config: Path) -> str:
    try:
        # As browsers read it: what is no UTF-8 becomes U+FFFD, of which the check speaks.
        return config.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        raise ToolError(
            f"{config} cannot be read; name the config to publish: make site CONFIG=file"
        ) from error


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise ToolError(f"{source.name} is missing, so the site would not be whole.")
    if source.is_file():
        shutil.copyfile(source, target)
    else:
        # Without the files' old times, from which hosts make their validators: a release has its own.
        shutil.copytree(source, target, ignore=_not_for_browsers, copy_function=shutil.copyfile)


def _not_for_browsers(folder: str, names: list[str]) -> list[str]:
    """Choose what copytree leaves out: caches, hidden files and files that no browser asks for."""
    paths = (Path(folder) / name for name in names)
    return [path.name for path in paths if not _is_for_browsers(path)]


def _is_for_browsers(path: Path) -> bool:
    if path.name.startswith(".") or path.name == "__pycache__":
        return False
    return path.is_dir() or path.suffix in SUFFIXES


if __name__ == "__main__":
    run_main(main)
