"""What keeps a page from starting is told by the page, with a way to try again, before Python ever runs."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.pages import READY, READY_MS
from tests.e2e.servers import TOP, DevServer

WORDS = json.loads((TOP / "assets" / "start-words.json").read_text("utf-8"))
TOLD_MS = 60_000
SLOW_MS = 60_000
CSS_MS = 15_000
"""When assets/look.css shows the note by itself, and the script in the page asks whether it did."""

SLOW_BYTES_S = 60_000
"""Of a line on which the listener page needs some ten seconds, and something always arrives."""

PORTAL = "<html><body><h1>Welcome to our Wi-Fi</h1><a href='/login'>Sign in</a></body></html>"

Way = Callable[[BrowserContext], object]


def answer(pattern: str, **what: object) -> Way:
    """Every request for such a file is answered so."""
    return lambda context: context.route(pattern, lambda route: route.fulfill(**what))


def portal(pattern: str) -> Way:
    """A network answers with its sign-in page."""
    return answer(pattern, status=200, content_type="text/html", body=PORTAL)


def elsewhere(pattern: str) -> Way:
    """A network sends the browser to its sign-in page, on another origin."""
    return answer(pattern, status=302, headers={"Location": "http://portal.test/login"})


def blocked(pattern: str) -> Way:
    """An add-on or a filter lets no request through."""
    return lambda context: context.route(pattern, lambda route: route.abort())


def silent(pattern: str) -> Way:
    """No answer ever comes."""
    return lambda context: context.route(pattern, lambda route: None)


def all_but_the_page(act: Callable[[Route], object]) -> Way:
    """The HTML arrives, and nothing after it."""

    def choose(route: Route) -> None:
        if route.request.resource_type == "document":
            route.continue_()
        else:
            act(route)

    return lambda context: context.route("**/*", choose)


def half(pattern: str) -> Way:
    """The second half of the file is missing."""

    def cut(route: Route) -> None:
        whole = route.fetch()
        body = whole.body()
        kind = whole.headers["content-type"]
        route.fulfill(status=200, content_type=kind, body=body[: len(body) // 2])

    return lambda context: context.route(pattern, cut)


def script(text: str) -> Way:
    """Runs before the page's own."""
    return lambda context: context.add_init_script(text)


def typed(pattern: str, kind: str) -> Way:
    """A host that knows no better type for this file."""
    return answer(pattern, status=200, content_type=kind, body="export {};")


def old_browser(context: BrowserContext) -> None:
    """It knows no modules, so it runs none."""
    context.add_init_script("delete HTMLScriptElement.prototype.noModule")
    context.route("**/core.js", lambda route: route.abort())


def no_heads(context: BrowserContext) -> None:
    """A host that refuses to tell heads; what keeps the page from starting is something else."""
    context.route(
        "**/*",
        lambda route: route.fulfill(status=403) if route.request.method == "HEAD" else route.fallback(),
    )


def both(one: Way, other: Way) -> Way:
    """Two faults at once."""
    return lambda context: (one(context), other(context))


SHORT: dict[str, tuple[Way, str]] = {
    "a portal's page in place of the WebAssembly": (portal("**/*.wasm"), "portal"),
    "a redirect to a portal": (elsewhere("**/*.wasm"), "portal"),
    "blocked WebAssembly": (blocked("**/*.wasm"), "file"),
    "no archive": (answer("**/app.*", status=404), "file"),
    "Lockdown Mode": (script("delete window.WebAssembly"), "blocked"),
    "an old browser": (old_browser, "old"),
    "a script that throws": (answer("**/core.js", content_type="text/javascript", body="throw 1"), "general"),
}
"""Ways in which a start fails, and the cause that is told."""

LONG: dict[str, tuple[Way, str]] = {
    **{f"{file} {status}": (answer(f"**/{file}", status=status), "file")
       for file in ("core.js", "main.py", "*.toml") for status in (403, 404, 500)},
    **{f"a portal in place of {file}": (portal(f"**/{file}"), "portal")
       for file in ("core.js", "core-*.js", "main.py", "*.toml", "app.*")},
    **{f"half of {file}": (half(f"**/{file}"), "general") for file in ("core-*.js", "app.*", "*.wasm")},
    **{f"silent {file}": (silent(f"**/{file}"), "file") for file in ("core.js", "app.*", "*.wasm")},
    "a throwing script, no heads": (both(no_heads, SHORT["a script that throws"][0]), "general"),
    "a module that comes as another type": (typed("**/core.js", "application/octet-stream"), "file"),
}  # fmt: skip


@contextmanager
def visit(browser: Browser, url: str, way: Way | None, **options: object) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 320, "height": 640}, **options)  # type: ignore[arg-type]
    if way is not None:
        way(context)
    page = context.new_page()
    page.goto(url, wait_until="commit")
    yield page
    context.unroute_all(behavior="ignoreErrors")
    context.close()


def expect_told(page: Page, cause: str, language: str, *, styled: bool = True) -> None:
    """The cause in this language, and a link that loads this address again; all of it on a narrow phone."""
    note, words = page.get_by_test_id("start-note"), WORDS[language]
    expect(note).to_contain_text(words[cause].partition("{")[0].strip(), timeout=TOLD_MS)
    expect(note).to_be_visible(timeout=TOLD_MS)
    expect(note).to_have_attribute("role", "alert")
    again = note.get_by_role("link", name=words["again"]).first
    expect(again).to_be_visible()
    assert again.evaluate("link => link.href") == page.url
    assert not styled or page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.fixture
def link(server: DevServer) -> str:
    return f"{server.url}/listener/?s=golden-eagle-427"


def test_a_start_that_fails_says_why_in_the_readers_language(browser: Browser, link: str) -> None:
    """Eleven ways were tried, and the page said "One moment ..." for ever."""
    languages = tuple(WORDS)
    with ExitStack() as visits:
        pages = [
            (cause, language, visits.enter_context(visit(browser, link, way, locale=language)))
            for (way, cause), language in zip(SHORT.values(), languages[1:], strict=True)
        ]
        for cause, language, page in pages:
            expect_told(page, cause, language)
            expect(page.get_by_test_id("state")).to_have_text(WORDS[language]["short"])


def test_html_and_css_alone_say_that_the_page_has_not_started(browser: Browser, link: str) -> None:
    """Where a portal keeps every script away, or JavaScript is off, or nothing comes at all."""
    with visit(browser, link, blocked("**/*.js")) as page:
        note = page.get_by_test_id("start-note")
        expect(note).to_be_hidden()
        assert note.evaluate("note => note.getAnimations()[0].effect.getTiming().delay") == CSS_MS
        note.evaluate(f"note => (note.getAnimations()[0].currentTime = {CSS_MS})")
        expect_told(page, "general", "en")
        expect(note.locator("li")).to_have_text(
            [f"{words['short']} {words['again']}" for language, words in WORDS.items() if language != "en"]
        )
    for act in (lambda route: None, lambda route: route.abort()):
        context = browser.new_context(viewport={"width": 320, "height": 640})
        context.clock.install()
        all_but_the_page(act)(context)
        page = context.new_page()
        page.goto(link, wait_until="commit")
        page.wait_for_function("document.querySelector('noscript')")
        page.clock.fast_forward(CSS_MS)
        expect_told(page, "general", "en", styled=False)
        context.unroute_all(behavior="ignoreErrors")
        context.close()


def test_a_start_that_is_only_slow_is_not_called_failed(browser: Browser, server: DevServer) -> None:
    """Nothing is told while files arrive; and what was told too early goes when the page has started."""
    context = browser.new_context()
    page = context.new_page()
    network = context.new_cdp_session(page)
    limits = {"latency": 100, "downloadThroughput": SLOW_BYTES_S, "uploadThroughput": SLOW_BYTES_S}
    network.send("Network.emulateNetworkConditions", {"offline": False, **limits})
    page.goto(f"{server.url}/listener/", wait_until="commit")
    note = page.get_by_test_id("start-note")
    shown = []
    while not page.evaluate(f"!!({READY})"):
        shown.append(note.is_visible())
        page.wait_for_timeout(200)
    assert len(shown) > 5
    assert not any(shown)
    expect(note).to_be_hidden()
    context.close()


def test_a_host_that_shows_a_folder_without_its_slash_shows_the_page(
    browser: Browser, server: DevServer
) -> None:
    """Relative addresses missed the folder, so that nothing but the HTML came."""
    context = browser.new_context()
    html = (TOP / "listener" / "index.html").read_text("utf-8")
    context.route("**/listener?*", lambda route: route.fulfill(content_type="text/html", body=html))
    page = context.new_page()
    page.goto(f"{server.url}/listener?s=golden-eagle-427")
    page.wait_for_function(READY, timeout=READY_MS)
    expect(page).to_have_url(f"{server.url}/listener/?s=golden-eagle-427")
    context.close()


@pytest.mark.soak
@pytest.mark.parametrize("page_name", ["listener/", "speaker/"])
@pytest.mark.parametrize("way", [*SHORT, *LONG])
def test_every_way_in_which_a_start_fails_is_told(
    browser: Browser, server: DevServer, page_name: str, way: str
) -> None:
    act, cause = {**SHORT, **LONG}[way]
    with visit(browser, f"{server.url}/{page_name}", act) as page:
        expect_told(page, cause, "en")


@pytest.mark.soak
@pytest.mark.parametrize("page_name", ["listener/", "speaker/"])
@pytest.mark.parametrize("file", ["config.json", "languages/*.json"])
def test_a_portal_in_place_of_the_settings_is_a_matter_of_the_network(
    browser: Browser, server: DevServer, page_name: str, file: str
) -> None:
    with visit(browser, f"{server.url}/{page_name}", portal(f"**/{file}")) as page:
        expect(page.get_by_test_id("notice")).to_contain_text("This site cannot be reached.", timeout=TOLD_MS)
        expect(page.get_by_test_id("reload")).to_be_visible()
        expect(page.get_by_test_id("start-note")).to_be_hidden()


@pytest.mark.soak
@pytest.mark.parametrize("page_name", ["listener/", "speaker/"])
def test_without_javascript_the_note_comes_by_itself(
    browser: Browser, server: DevServer, page_name: str
) -> None:
    with visit(browser, f"{server.url}/{page_name}", None, java_script_enabled=False) as page:
        expect_told(page, "general", "en")


@pytest.mark.soak
@pytest.mark.parametrize("page_name", ["listener/", "speaker/"])
def test_a_crawling_network_is_told_within_a_minute(
    browser: Browser, server: DevServer, page_name: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    limits = {"latency": 300, "downloadThroughput": 6_000, "uploadThroughput": 6_000}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", {"offline": False, **limits})
    page.goto(f"{server.url}/{page_name}", wait_until="commit")
    expect(page.get_by_test_id("start-note")).to_be_visible(timeout=SLOW_MS)
    context.close()
