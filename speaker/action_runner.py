"""The last thing the person asked for, and what came of it."""

import logging
from collections.abc import Awaitable

from pylib.errors import Aborted, AuthError, LecternError
from pylib.session.error_texts import phrase_for
from pylib.ui.i18n import Phrase, phrase
from speaker.model import SIGN_IN_CODES

log = logging.getLogger("lectern.speaker")


class ActionRunner:
    """Runs actions one by one; an error becomes a sentence.

    `pressed` is the button the sentence may name, `failed` whether the page is in its state "error",
    `signed_out` whether nobody is signed in any more.
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
            self.notice = phrase_for(error)
        except LecternError as error:
            log.warning("failed: %s", error.code)
            self.fail(phrase_for(error), error.code)
        except Exception:
            log.exception("unexpected")
            self.fail(phrase("notice.unexpected"))

    def fail(self, why: Phrase, code: str = "") -> None:
        """It did not work."""
        self.failed, self.notice = True, why
        self.signed_out = code in SIGN_IN_CODES
