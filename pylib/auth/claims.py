"""The claims of an id token, read without verification, which is the server's part."""

import base64
import json
from typing import NamedTuple

from pylib.errors import AuthError
from pylib.protocol import codes


class Claims(NamedTuple):
    """Three registered claims (RFC 7519, section 4.1).

    Times are seconds since the Unix epoch; `iat` is 0 when the token has none.
    """

    sub: str
    exp: float
    iat: float


def read_claims(token: str) -> Claims:
    """Read a JWT's payload. Raises AuthError (AUTH_TOKEN_INVALID) for a text that is no JWT."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Claims(str(claims["sub"]), float(claims["exp"]), float(claims.get("iat", 0)))
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise AuthError(
            "The sign-in service sent a token this page cannot read.", code=codes.AUTH_TOKEN_INVALID
        ) from error
