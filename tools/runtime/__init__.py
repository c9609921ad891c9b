"""The browser runtime: pinned by hash, fetched by npm and pip, laid out in .runtime/, served at /runtime/."""

from tools.runtime.ensure import RUNTIME, ensure
from tools.runtime.snapshot import ensure_snapshot

__all__ = ["RUNTIME", "ensure", "ensure_snapshot"]
