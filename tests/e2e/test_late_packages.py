"""The speaker page can be used before pydantic and segno are there; Start waits for them."""

from playwright.sync_api import Route

from tests.e2e.looks import inspect
from tests.e2e.pages import Stage

WHEELS = "**/*.whl"


class HeldBack:
    """A network that keeps the packages until the test lets them go."""

    def __init__(self) -> None:
        self.kept: list[Route] = []
        self._open = False

    def keep(self, route: Route) -> None:
        """For `page.route`."""
        if self._open:
            route.continue_()
        else:
            self.kept.append(route)

    def let_go(self) -> None:
        """What was kept, and what is asked for from now on."""
        self._open = True
        for route in self.kept:
            route.continue_()


def test_somebody_quicker_than_the_packages_waits_a_moment_or_is_back_at_once(stage: Stage) -> None:
    """Start, Cancel and Start again are pressed while the packages are still on their way."""
    speaker, network = stage.speaker(), HeldBack()
    speaker.page.route(WHEELS, network.keep)
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    speaker.click("start")
    speaker.expect_state("creating")
    assert network.kept, "no package was asked for"
    inspect(speaker, "creating")
    speaker.click("cancel")
    speaker.expect_state("idle")
    speaker.expect_hidden("notice")
    speaker.click("start")
    speaker.expect_state("creating")
    network.let_go()
    speaker.expect_state("live")
    speaker.end()


def test_packages_that_cannot_be_fetched_are_told_and_fetched_at_the_next_start(stage: Stage) -> None:
    speaker = stage.speaker()
    speaker.page.route(WHEELS, lambda route: route.abort())
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    speaker.click("start")
    speaker.expect_state("error")
    speaker.expect_notice("Check your internet connection")
    inspect(speaker, "error")
    speaker.page.unroute(WHEELS)
    speaker.start()
    speaker.end()
