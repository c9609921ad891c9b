"""`make site`: write dist/, a folder that any static file server can host.

It holds the pages, the Python they run and the browser runtime, and nothing else of the repository. The
backend runs somewhere else; config.json, read by the pages at run time, says where.
"""

import argparse
import json
import shutil
from pathlib import Path

from tools.errors import ToolError, run_main
from tools.folders import replacing
from tools.runtime import RUNTIME
from tools.venv import ROOT

DIST = ROOT / "dist"

# What a site consists of, below the top of the repository.
PARTS = ("index.html", "pyscript.toml", "speaker", "listener", "pylib")
# What a browser loads from these; everything else found there (caches, notes) stays at home.
SUFFIXES = {".html", ".css", ".js", ".json", ".py", ".toml", ".svg", ".png", ".ico", ".webmanifest", ".woff2"}


def main() -> None:
    """Write dist/ with the config file named on the command line, or with the example."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.site", description="Write dist/ for a static host."
    )
    parser.add_argument("--config", type=Path, help="the config.json to publish")
    config: Path | None = parser.parse_args().config
    build(DIST, ROOT, RUNTIME, config or ROOT / "config.example.json")
    print(
        f"The site is in {DIST.name}/; host it as it is, for example: python3 -m http.server --directory dist"
    )
    if config is None:
        print(
            "Its config.json is the example: edit it to name your server, or use: make site CONFIG=mine.json"
        )


def build(target: Path, root: Path, runtime: Path, config: Path) -> None:
    """Write the site of the repository `root` into `target`, replacing what was there.

    Raises:
        ToolError: a part is missing, or the config file is not a JSON object.
    """
    config_text = _checked_config(config)
    with replacing(target) as fresh:
        for part in PARTS:
            _copy(root / part, fresh / part)
        shutil.copytree(runtime, fresh / "runtime")
        (fresh / "config.json").write_text(config_text)


def _checked_config(config: Path) -> str:
    try:
        text = config.read_text()
        settings = json.loads(text)
    except OSError as error:
        raise ToolError(
            f"{config} cannot be read; name the config to publish: make site CONFIG=file"
        ) from error
    except ValueError as error:
        raise ToolError(f"{config} is not JSON: {error}.") from error
    if not isinstance(settings, dict):
        raise ToolError(f"{config} must hold one JSON object with the settings of the site.")
    return text


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise ToolError(f"{source.name} is missing, so the site would not be whole.")
    if source.is_file():
        shutil.copyfile(source, target)
    else:
        shutil.copytree(source, target, ignore=_not_for_browsers)


def _not_for_browsers(folder: str, names: list[str]) -> list[str]:
    """Choose what copytree leaves out: caches, hidden files and whatever no browser asks for."""
    paths = (Path(folder) / name for name in names)
    return [path.name for path in paths if not _is_for_browsers(path)]


def _is_for_browsers(path: Path) -> bool:
    if path.name.startswith(".") or path.name == "__pycache__":
        return False
    return path.is_dir() or path.suffix in SUFFIXES


if __name__ == "__main__":
    run_main(main)
