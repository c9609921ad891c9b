"""One interface for the two JavaScript bridges, Pyodide's and MicroPython's.

They differ in three ways. Pyodide's proxies must be destroyed by their owner, MicroPython's are garbage
collected. Pyodide copies a typed array at once, MicroPython byte by byte, so large ones are not copied
there. Whole numbers above 31 bits are cut by MicroPython's bridge.

A JavaScript exception that leaves a plain call is a JsException on Pyodide. On MicroPython it
tears down all Python above it: no `except` and no `finally` runs, and garbage is never collected
again. So the listener page's adapters make plain calls only where JavaScript cannot throw, and use
`try_call` where it can. A method that returns a promise is safe: it rejects instead of throwing (Web
IDL), and an awaited rejection is a JsException on both interpreters.
"""

import asyncio
from typing import Any, Callable

import js

try:
    from pyodide.ffi import JsException, create_proxy
    from pyodide.ffi import to_js as _to_js

    ON_PYODIDE = True
except ImportError:
    from jsffi import JsException, create_proxy
    from jsffi import to_js as _to_js

    ON_PYODIDE = False

__all__ = [
    "ON_PYODIDE",
    "Callbacks",
    "JsException",
    "NoAnswer",
    "js_list",
    "js_object",
    "read_bytes",
    "service",
    "try_call",
    "try_new",
    "within",
    "write_bytes",
]


def js_object(**fields: Any) -> Any:
    """A plain JavaScript object."""
    result = js.Object.new()
    for name, value in fields.items():
        setattr(result, name, value)
    return result


def js_list(items: list[Any]) -> Any:
    """A JavaScript array."""
    result = js.Array.new()
    for item in items:
        result.push(item)
    return result


def try_call(target: Any, name: str, *arguments: Any) -> Any:
    """Call the method `target.name`; returns its result, or None when it throws, with a console warning.

    JavaScript itself catches the exception: the constructor of a promise turns an exception of the
    function it is given into a rejection. That function is `Object.assign` here, which calls the method as
    a getter and stores its result in `outcome`.
    """
    method = js.Reflect.get(target, name).bind(target, *arguments)
    recipe = js.Object.defineProperty(js_object(), "value", js_object(get=method, enumerable=True))
    outcome = js_object(value=None)
    promise = js.Promise.new(js.Object.assign.bind(None, outcome, recipe))
    promise.catch(js.console.warn.bind(js.console, "The browser refused:"))
    return outcome.value


def try_new(kind: Any, *arguments: Any) -> Any:
    """Make an object of a JavaScript class; None when its constructor throws."""
    return try_call(js.Reflect, "construct", kind, js_list(list(arguments)))


def service(owner: Any, name: str) -> Any:
    """What the browser offers as `owner.name`; None where it has none, or only a name without a service.

    Settings, extensions and old browsers leave a name undefined or null, or throw when it is read.
    MicroPython takes JavaScript's undefined for true, so JavaScript is asked.
    """
    found = try_call(js.Reflect, "get", owner, name)
    return found if js.Boolean(found) else None


class NoAnswer(Exception):
    """A promise was neither kept nor refused in time."""


_LATE = "no answer in time"


async def within(seconds: float, promise: Any) -> Any:
    """What a promise gives. Raises NoAnswer when that takes longer, JsException when it is refused."""
    if not ON_PYODIDE:
        return await _raced(seconds, promise)
    try:
        return await asyncio.wait_for(promise, seconds)
    except TimeoutError:
        raise NoAnswer(_LATE)


async def _raced(seconds: float, promise: Any) -> Any:
    """`within` on MicroPython, whose `wait_for` takes no promises."""
    timers: list[Any] = []

    def wait(resolve: Any, _reject: Any) -> None:
        timers.append(js.setTimeout(resolve.bind(None, _LATE), int(seconds * 1000)))

    try:
        answer = await js.Promise.race(js_list([promise, js.Promise.new(create_proxy(wait))]))
    finally:
        js.clearTimeout(timers[0])
    if answer == _LATE:
        raise NoAnswer(_LATE)
    return answer


def read_bytes(typed_array: Any) -> bytes:
    """Copy a Uint8Array into Python. On MicroPython only for a few bytes."""
    return typed_array.to_bytes() if ON_PYODIDE else bytes(typed_array)


def write_bytes(data: Any) -> Any:
    """Copy bytes (on Pyodide any buffer) into a typed array; MicroPython passes text, which is faster."""
    if ON_PYODIDE:
        return _to_js(data)
    if js.Reflect.has(js.Uint8Array, "fromHex"):
        return js.Uint8Array.fromHex(data.hex())
    return js.Uint8Array.new(js.JSON.parse(str(list(data))))


class Callbacks:
    """Python functions lent to JavaScript until `release`. `lent` counts those of all instances."""

    lent = 0

    def __init__(self) -> None:
        self._proxies: list[Any] = []
        self._listening: list[tuple[Any, str, Any]] = []

    def lend(self, function: Callable[..., Any]) -> Any:
        """A JavaScript function that calls `function`, until `release`."""
        proxy = create_proxy(function)
        self._proxies.append(proxy)
        Callbacks.lent += 1
        return proxy

    def listen(self, target: Any, event: str, function: Callable[..., Any]) -> None:
        """Call addEventListener with a lent function; `release` removes it again."""
        proxy = self.lend(function)
        target.addEventListener(event, proxy)
        self._listening.append((target, event, proxy))

    def release(self) -> None:
        """Take all functions back. JavaScript must not call them after this."""
        listening, self._listening = self._listening, []
        for target, event, proxy in listening:
            target.removeEventListener(event, proxy)
        proxies, self._proxies = self._proxies, []
        Callbacks.lent -= len(proxies)
        if ON_PYODIDE:
            for proxy in proxies:
                proxy.destroy()
