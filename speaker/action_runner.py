"""Runs what the person asked for last, and keeps its outcome as a sentence."""

import logging
from collections.abc import Awaitable

from pylib.errors import Aborted, AuthError, LecternError
from pylib.session.error_texts import phrase_for_error
from pylib.ui.i18n import Phrase, phrase
from speaker.model import SIGN_IN_CODES

log = logging.getLogger("lectern.speaker")


class ActionRunner:
    """Runs actions one by one; an error becomes a sentence.

    `pressed` is the button that `notice` may name. `failed`: the page is in its state "error".
    `signed_out`: the sign-in has run out.
    """

    def __init__(self) -> None:
        self.notice: Phrase | None = None
        self.pressed = "start"
        self.failed = False
        self.signed_out = False

    async def run(self, action: Awaitable[None], pressed: str) -> None:
        """Raises nothing."""
        self.notice, self.pressed = None, pressed
        self.failed = self.signed_out = False
        try:
            await action
        except Aborted:
            return
        except AuthError as error:
            self.signed_out = True
            self.notice = phrase_for_error(error)
        except LecternError as error:
            log.warning("failed: %s", error.code)
            self.fail(phrase_for_error(error), error.code)
        except Exception:
            log.exception("unexpected")
            self.fail(phrase("notice.unexpected"))

    def fail(self, why: Phrase, code: str = "") -> None:
        """The action failed; `why` is what the page says of it."""
        self.failed, self.notice = True, why
        self.signed_out = code in SIGN_IN_CODES
