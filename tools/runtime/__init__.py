"""The browser runtime: pinned by hash, fetched by npm and pip, laid out in .runtime/, served at /runtime/."""

from tools.runtime.ensure import RUNTIME, ensure

__all__ = ["RUNTIME", "ensure"]
