"""The one error of the tools, and the one place where it is printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ToolError(Exception):
    """Something the user has to act on; the text is one sentence that says what to do."""


def run_main(main: Callable[[], None]) -> None:
    """Run a command line and print a `ToolError` as its sentence instead of a traceback."""
    try:
        main()
    except ToolError as error:
        sys.exit(f"lectern: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
