"""`python -m tools.runtime`: make or repair the browser runtime in .runtime/ and its snapshot."""

from tools.errors import run_main
from tools.runtime import RUNTIME, ensure, ensure_snapshot


def main() -> None:
    """Make or repair both."""
    ensure()
    ensure_snapshot(RUNTIME)


if __name__ == "__main__":
    run_main(main)
