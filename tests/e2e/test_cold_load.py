"""What a phone pays to open the listener page for the first time."""

from typing import Any

from tests.e2e.pages import Stage

BUDGET_BYTES = 350_000
PYSCRIPTS_OWN = {"Module", "loadMicroPython", "pyProxyFinalizationRegistry", "mpy"}
"""MicroPython and PyScript leave these, and all that begins with `proxy_js`, on the window."""


def test_bytes_of_a_cold_listener_page(stage: Stage) -> None:
    """As served: compressed, with response headers, until the page can be used."""
    listener = stage.silent_listener()
    network = listener.context.new_cdp_session(listener.page)
    network.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def answered(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["response"]["url"]

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = int(event["encodedDataLength"])

    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", finished)
    listener.open(f"{stage.url}/listener/")
    total = sum(sizes.values())
    own = {urls[number]: size for number, size in sizes.items() if not urls[number].startswith("data:")}
    print(f"cold listener page: {total} bytes in {len(own)} answers, headers included; the largest:")
    for url, size in sorted(own.items(), key=lambda item: -item[1])[:5]:
        print(f"  {size:7} {url.removeprefix(stage.url)}")
    assert any(url.endswith("micropython.wasm") for url in own)
    assert total <= BUDGET_BYTES


def test_the_page_adds_one_global(stage: Stage) -> None:
    listener = stage.silent_listener()
    listener.page.goto(stage.url)
    before = set(listener.page.evaluate("Object.getOwnPropertyNames(window)"))
    listener.open(f"{stage.url}/listener/")
    after = set(listener.page.evaluate("Object.getOwnPropertyNames(window)"))
    added = {name for name in after - before - PYSCRIPTS_OWN if not name.startswith("proxy_js")}
    assert added == {"lectern"}
