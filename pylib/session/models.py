"""The pydantic side of SessionHttpService: bodies checked before they are sent and after they arrive.

The speaker page uses this; the listener page reads with `protocol/plain.py`. Functions import pydantic
where they use it: on the speaker page it is loaded only after the page can be used.
"""

from typing import TYPE_CHECKING, Any

from pylib.errors import HttpError
from pylib.protocol import codes
from pylib.protocol.plain import of_older_server, with_numbers
from pylib.session.error_texts import text_for_answer

if TYPE_CHECKING:
    from pydantic import ValidationError

    from pylib.protocol.sessions import SessionMetadata

_CODES = {
    "sourceLanguage": codes.VALIDATION_INVALID_LANGUAGE,
    "source_language": codes.VALIDATION_INVALID_LANGUAGE,
    "qualityTier": codes.VALIDATION_INVALID_QUALITY_TIER,
    "quality_tier": codes.VALIDATION_INVALID_QUALITY_TIER,
}
"""Error codes by field. A field stands here under both names, as pydantic reports the name that was given."""


def config_body(source_language: str, quality_tier: str) -> dict[str, Any]:
    """The body for `create_session`. Raises the HttpError 400 that the server would answer with."""
    from pydantic import ValidationError

    from pylib.protocol.sessions import SessionConfig

    try:
        config = SessionConfig.model_validate(
            {"sourceLanguage": source_language, "qualityTier": quality_tier}
        )
    except ValidationError as error:
        raise _invalid(error) from error
    return config.model_dump(by_alias=True)


def update_body(**changes: str) -> dict[str, Any]:
    """The body for `update_session`: status=, source_language= or quality_tier=. Raises HttpError 400."""
    from pydantic import ValidationError

    from pylib.protocol.sessions import SessionUpdateRequest

    try:
        update = SessionUpdateRequest.model_validate(changes)
    except ValidationError as error:
        raise _invalid(error) from error
    return update.model_dump(by_alias=True, exclude_unset=True)


def decode_session(body: Any) -> "SessionMetadata":
    """A SessionMetadata body as a record. Raises ValueError (pydantic's) when it is none."""
    from pylib.protocol.sessions import SessionMetadata

    return SessionMetadata.model_validate(with_numbers(body))


def decode_older_session(body: Any) -> "SessionMetadata":
    """As `decode_session`, from the original system's backend, which leaves some fields out."""
    return decode_session(of_older_server(body))


def _invalid(error: "ValidationError") -> HttpError:
    where = error.errors(include_input=False)[0]["loc"]
    code = _CODES.get(str(where[0]) if where else "", codes.VALIDATION_INVALID_PARAMETER)
    return HttpError(text_for_answer(400, code), status_code=400, code=code)
