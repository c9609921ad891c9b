"""The bridge on real MicroPython, in Node: what throws does no harm, and bytes arrive."""

import subprocess
from pathlib import Path

from tests.support.import_graph import TOP
from tools.node import ensure_node

BEGINNING = (
    "import asyncio, js\nfrom pylib.browser.bridge import JsException, try_call, try_new, write_bytes\n"
)
THROWING_AWAY = "js.on_message = lambda: None if bytes(2_000) else None\n"
"""What is called 40,000 times makes 80 MB of garbage."""

COLLECTED_MB = 5


def run(program: str, folder: Path) -> list[str]:
    """What the program prints on MicroPython, line by line."""
    file = folder / "program.py"
    file.write_text(BEGINNING + program)
    command = [ensure_node(), str(TOP / "tests" / "support" / "bridge.mjs"), str(TOP), str(file)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return answer.stdout.splitlines()


def test_try_call_returns_what_the_method_returns(tmp_path: Path) -> None:
    program = """
print(try_call(js.teller, "double", 21), try_call(js.teller, "own"), try_call(js.teller, "none"))
print(try_new(js.Reflect.get(js.teller, "Picky"), 3).number, js.warned)
"""
    assert run(program, tmp_path) == ["42 7 None", "3 0"]


def test_after_an_exception_try_call_returns_none_and_garbage_is_collected(tmp_path: Path) -> None:
    program = """
for _ in range(100):
    assert try_call(js.teller, "refuse") is None
    assert try_call(js.Reflect, "get", js.teller, "closed") is None
    assert try_new(js.Reflect.get(js.teller, "Picky"), -1) is None
await asyncio.sleep(0)  # the console is told a little later
print(js.warned)
"""
    told, grown_mb = run(THROWING_AWAY + program, tmp_path)
    assert told == "300"
    assert float(grown_mb) <= COLLECTED_MB


def test_a_plain_call_that_throws_passes_every_except_and_ends_collection(tmp_path: Path) -> None:
    """Should this fail some day, MicroPython has learnt it, and `try_call` is needed no more."""
    program = """
try:
    js.teller.refuse()
except (JsException, Exception):
    print("caught")
finally:
    print("finally")
"""
    told, grown_mb = run(THROWING_AWAY + program, tmp_path)
    assert told == "Error: not today"
    assert float(grown_mb) > COLLECTED_MB


def test_bytes_arrive_with_and_without_a_quick_way(tmp_path: Path) -> None:
    program = """
every = bytes(range(256))
for _ in range(2):
    assert bytes(write_bytes(every)) == every
    assert write_bytes(b"").length == 0
    js.withFromHex()
print("arrived")
"""
    assert run(program, tmp_path) == ["arrived"]


def test_no_promise_is_waited_for_without_end(tmp_path: Path) -> None:
    program = """
from pylib.browser.bridge import Callbacks, NoAnswer, within
never = js.Promise.new(js.Object.new().constructor)
print(await within(5, js.Promise.resolve(3)))
for new in (lambda: never, lambda: js.Promise.reject(js.Error.new("no"))):
    try:
        await within(0.05, new())
    except (NoAnswer, JsException) as error:
        print(type(error).__name__)
print(Callbacks.lent)
"""
    assert run(program, tmp_path) == ["3", "NoAnswer", "JsException", "0"]


def test_a_service_is_none_where_its_name_is_missing_empty_or_closed(tmp_path: Path) -> None:
    program = """
from pylib.browser.bridge import service
js.teller.undefined, js.teller.null = js.Reflect.get(js.teller, "missing"), js.JSON.parse("null")
for name in ("missing", "undefined", "null", "closed"):
    assert service(js.teller, name) is None, name
print(service(js.teller, "number"), service(js.teller, "double") is not None)
"""
    assert run(program, tmp_path) == ["7 True"]
