"""The account's own talks: folded away below everything else, and read when a person opens them."""

import math
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

from pylib.protocol.limits import LISTENED_MINUTES
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Languages, Page
from speaker.model import Model
from speaker.page_state import ENDINGS
from speaker.talk.record import TalkRecord
from speaker.talks.own_talk import Numbers, OwnTalk
from speaker.talks.talk_list import TalkList
from speaker.view.on_air_view import clock_face

BOUNDS = [str(minutes) for minutes in LISTENED_MINUTES]
BAR_LABELS = ["<" + BOUNDS[0], *("\u2013".join(pair) for pair in pairwise(BOUNDS)), ">" + BOUNDS[-1]]
"""Minutes, below the bars."""

LABELS = (
    ("talk-length-label", "length"),
    ("talk-most-label", "summary.listeners"),
    ("talk-total-label", "talk.total"),
    ("talk-lost-label", "summary.lost"),
    ("talk-question-text", "end-question"),
    ("talk-end-yes", "end-confirm"),
    ("talk-end-no", "end-cancel"),
)
"""Words that every talk shares: element, and key of the catalog."""


class TalksView:
    """Draws the list and binds its controls. Without `bind`, as on a site without HTTP, there is none."""

    def __init__(self, page: Page, languages: Languages) -> None:
        self._page = page
        self._languages = languages
        self._texts = Texts(LANGUAGES[0], {})
        self._list: TalkList | None = None
        self._open_again: Callable[[TalkRecord], Awaitable[None]] | None = None
        self._rows: tuple[Page, ...] = ()
        self._bound = 0
        self._visible = False
        self._more_pressed = False

    def bind(self, talks: TalkList, open_again: Callable[[TalkRecord], Awaitable[None]]) -> None:
        """Connect the controls; `open_again` continues a talk on this page."""
        self._list, self._open_again = talks, open_again
        self._page.on("talks", "toggle", in_background(self._toggled))
        self._page.on("talks-more", "click", in_background(self._more))

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self.draw()

    def follow(self, model: Model) -> None:
        """While an account is signed in and no talk is opened or running, the list can be unfolded."""
        visible = self._list is not None and model.signed_in and model.state.at_rest
        if visible == self._visible:
            return
        self._visible = visible
        self._page.show("talks", visible)
        if self._list is not None and not visible:
            self._page.attribute("talks", "open", None)
            self._list.close()

    def draw(self) -> None:
        """Draw what the list holds now."""
        if self._list is None:
            return
        page, listed, before = self._page, self._list.listed, len(self._rows)
        self._rows = page.rows("talk-list", len(listed.talks))
        for row in self._rows[self._bound :]:
            self._bind_row(row, self._bound)
            self._bound += 1
        for row, talk in zip(self._rows, listed.talks, strict=True):
            self._draw_row(row, talk, asking=listed.asking == talk.session_id)
        if self._more_pressed and len(self._rows) > before:
            # The button may be gone now, and the focus with it.
            first_new_page = self._rows[before]
            first_new_page.focus("talk-head")
        page.show("talks-more", listed.cursor != "")
        said = self._texts.say(listed.told)
        if listed.busy and not listed.talks:
            said = self._texts.get("state.loading")
        elif listed.is_read and not listed.talks and not said:
            said = self._texts.get("talks.none")
        page.text("talks-told", said)

    async def _toggled(self) -> None:
        if self._list is not None and self._page.is_open("talks"):
            await self._list.open()

    async def _more(self) -> None:
        if self._list is None or self._list.listed.busy:
            return
        before = len(self._rows)
        self._more_pressed = True
        await self._list.more()
        self._more_pressed = False
        if self._visible and len(self._rows) == before:
            # Why there are no more stands above the list.
            self._page.focus("talks-summary")

    def _bind_row(self, page: Page, number: int) -> None:
        """A row shows another talk when the list is read anew: a press means the one that it shows then."""
        page.on("talk-open", "click", in_background(lambda: self._open(number)))
        page.on("talk-end", "click", lambda: self._ask(page, number))
        page.on("talk-end-yes", "click", in_background(self._end))
        page.on("talk-end-no", "click", lambda: self._ask(page, number))

    async def _open(self, number: int) -> None:
        if self._list is not None and self._open_again is not None:
            await self._open_again(self._list.listed.talks[number].record)

    def _ask(self, page: Page, number: int) -> None:
        """The first press asks whether to end the talk, the second takes the question back."""
        if self._list is None:
            return
        listed = self._list.listed
        session_id = listed.talks[number].session_id
        if listed.asking == session_id:
            page.focus("talk-end")
            self._list.ask_to_end("")
        else:
            self._list.ask_to_end(session_id)
            page.focus("talk-end-yes")

    async def _end(self) -> None:
        if self._list is not None:
            # The question disappears with the button that has the focus.
            self._page.focus("talks-summary")
            await self._list.end()

    def _draw_row(self, page: Page, talk: OwnTalk, *, asking: bool) -> None:
        texts = self._texts
        page.text("talk-when", self._languages.moment(talk.begun_at, texts.language))
        page.text("talk-code", talk.session_id)
        page.attribute("talk-status", "data-status", talk.status)
        page.text("talk-status", self._status(talk))
        for name, key in LABELS:
            page.text(name, texts.get(key))
        self._draw_numbers(page, talk)
        page.show("talk-buttons", not talk.is_over)
        for name, key in (("talk-open", "talk.open"), ("talk-end", "end-found")):
            page.text(name, texts.get(key))
            page.attribute(name, "aria-label", f"{texts.get(key)}: {talk.session_id}")
        page.attribute("talk-end", "aria-expanded", "true" if asking else "false")
        page.show("talk-question", asking)

    def _draw_numbers(self, page: Page, talk: OwnTalk) -> None:
        numbers, length_s = talk.numbers, talk.length_s
        page.show("talk-figures", numbers is not None)
        page.show("talk-length-figure", length_s is not None)
        page.text("talk-length", "" if length_s is None else clock_face(length_s))
        page.text("talk-most", str(numbers.most_listeners) if numbers else "")
        page.text("talk-total", str(numbers.total_listeners) if numbers else "")
        page.text("talk-lost", str(numbers.interruptions) if numbers else "")
        self._draw_listened(page, numbers)

    def _status(self, talk: OwnTalk) -> str:
        if not talk.is_over:
            return self._texts.get("talk.elsewhere" if talk.speaks_elsewhere else "talk.waits")
        if talk.end_reason in ENDINGS:
            return self._texts.get("ending." + talk.end_reason)
        return self._texts.get("talk.ended")

    def _draw_listened(self, page: Page, numbers: Numbers | None) -> None:
        """A bar for each length of listening, and all of them as one sentence for screen readers."""
        counts = numbers.listened if numbers is not None else ()
        page.show("talk-listened", any(counts))
        if not any(counts):
            return
        page.attribute("talk-listened", "aria-label", self._listened(counts))
        page.text("talk-listened-title", self._texts.get("talk.minutes"))
        bars = zip(page.rows("talk-bars", len(counts)), counts, BAR_LABELS, strict=True)
        for bar_page, count, label in bars:
            bar_page.text("bar-count", str(count) if count else "")
            bar_page.attribute("bar", "data-tenths", str(math.ceil(10 * count / max(counts))))
            bar_page.text("bar-label", label)

    def _listened(self, counts: Sequence[int]) -> str:
        """How many listened for how long, without lengths that no listener has."""
        get, bounds = self._texts.get, BOUNDS
        between = [get("talk.between", least=least, most=most) for least, most in pairwise(bounds)]
        lengths = [get("talk.below", most=bounds[0]), *between, get("talk.above", least=bounds[-1])]
        counted = zip(lengths, counts, strict=True)
        said = [get("talk.counted", length=length, number=str(count)) for length, count in counted if count]
        return get("talk.listened", lengths=" · ".join(said))
