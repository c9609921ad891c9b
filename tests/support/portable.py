"""What portable tests use in place of pytest.raises; runs on CPython, MicroPython and Pyodide."""

from typing import Any, Awaitable, Callable


def raises(error_type: Any, call: Callable[..., Any], *arguments: Any) -> Any:
    """Call with these arguments, and return the error of this type that it raises."""
    try:
        call(*arguments)
    except error_type as error:
        return error
    raise AssertionError("nothing raised, wanted " + error_type.__name__)


async def async_raises(error_type: Any, awaitable: Awaitable[Any]) -> Any:
    """Await, and return the error of this type that it raises."""
    try:
        await awaitable
    except error_type as error:
        return error
    raise AssertionError("nothing raised, wanted " + error_type.__name__)
