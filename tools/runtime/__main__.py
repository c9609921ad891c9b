"""`python -m tools.runtime`: have a sound browser runtime in .runtime/."""

from tools.errors import run_main
from tools.runtime import ensure

if __name__ == "__main__":
    run_main(ensure)
