"""Runs portable test modules where pytest cannot go: inside MicroPython and Pyodide.

A portable test file holds plain `test_*` functions with bare asserts.
"""

import asyncio
import json
import sys


async def run_modules(names):  # type: ignore[no-untyped-def]  # MicroPython has no typing before our stand-in
    """Run every test of these modules; print one JSON line for each: [module, test, error or null]."""
    for name in names:
        module = __import__(name)
        for part in name.split(".")[1:]:
            module = getattr(module, part)
        for test in dir(module):
            if test.startswith("test_"):
                print(json.dumps([name, test, await _outcome(getattr(module, test))]))  # type: ignore[no-untyped-call]


async def _outcome(function):  # type: ignore[no-untyped-def]
    try:
        result = function()
        if result is not None:
            await asyncio.wait_for(result, 60)
    except BaseException as error:
        return _describe(error)  # type: ignore[no-untyped-call]
    return None


def _describe(error):  # type: ignore[no-untyped-def]
    if hasattr(sys, "print_exception"):
        import io

        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()
    import traceback

    return "".join(traceback.format_exception(error))
