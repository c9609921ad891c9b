"""`python -m tools.runtime`: have a sound browser runtime in .runtime/, and the snapshot of its memory."""

from tools.errors import run_main
from tools.runtime import RUNTIME, ensure, ensure_snapshot


def main() -> None:
    """Leave both there."""
    ensure()
    ensure_snapshot(RUNTIME)


if __name__ == "__main__":
    run_main(main)
