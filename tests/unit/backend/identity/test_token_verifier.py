import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from backend.identity.pool_keys import FixedKeys
from backend.identity.token_verifier import TokenVerifier
from backend.problems import Problem

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = "https://pool.example/p1"


def public(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    full = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"kty": "RSA", "use": "sig", "kid": kid, "n": full["n"], "e": full["e"]}


JWKS = {"keys": [public(KEY, "one")]}


def verifier() -> TokenVerifier:
    return TokenVerifier(FixedKeys(JWKS), issuer=ISSUER, audience="app", leeway_s=60)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"sub": "anna", "iss": ISSUER, "aud": "app", "token_use": "id", "iat": now, "exp": now + 600}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(key: Any = KEY, algorithm: str = "RS256", kid: Any = "one", **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers={"kid": kid})


def raw(header: dict[str, Any], body: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(body).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_a_good_token_names_its_user() -> None:
    assert (await verifier().verify(token())).subject == "anna"


@pytest.mark.parametrize("written", [ISSUER, ISSUER + "/"])
async def test_an_issuers_last_slash_is_no_other_issuer(written: str) -> None:
    pool = TokenVerifier(FixedKeys(JWKS), issuer=written, audience="app", leeway_s=60)
    for named in (ISSUER, ISSUER + "/"):
        assert (await pool.verify(token(iss=named))).subject


async def test_clocks_may_differ_by_a_minute() -> None:
    now = int(time.time())
    for skewed in (token(exp=now - 30), token(iat=now + 30, exp=now + 900), token(nbf=now + 30)):
        assert (await verifier().verify(skewed)).subject == "anna"


NOW = int(time.time())
PUBLIC_PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
FORGED = {
    "none": raw({"alg": "none", "kid": "one"}, claims()),
    "None": raw({"alg": "None", "kid": "one"}, claims()),
    "no algorithm": raw({"kid": "one"}, claims(), b"x"),
    "other key": token(OTHER),
    "unknown kid": token(kid="two"),
    "no kid": jwt.encode(claims(), KEY, algorithm="RS256"),
    "path as kid": token(kid="../../../dev/null"),
    "number as kid": raw({"alg": "RS256", "kid": 1}, claims(), b"x"),
    "list as kid": raw({"alg": "RS256", "kid": ["one"]}, claims(), b"x"),
    "key in the header": jwt.encode(
        claims(), OTHER, algorithm="RS256", headers={"kid": "one", "jwk": public(OTHER, "one")}
    ),
    "key url in the header": jwt.encode(
        claims(), OTHER, algorithm="RS256", headers={"kid": "one", "jku": "http://127.0.0.1:9/jwks"}
    ),
    "other strength": token(algorithm="RS512"),
    "padding scheme": token(algorithm="PS256"),
    "critical extension": jwt.encode(
        claims(), KEY, algorithm="RS256", headers={"kid": "one", "crit": ["x"], "x": 1}
    ),
    "wrong issuer": token(iss="https://pool.example/p2"),
    "no issuer": token(iss=None),
    "wrong audience": token(aud="other"),
    "no audience": token(aud=None),
    "access token": token(token_use="access"),
    "no use": token(token_use=None),
    "no subject": token(sub=None),
    "empty subject": token(sub=""),
    "no expiry": token(exp=None),
    "endless": token(exp="never"),
    "no issue time": token(iat=None),
    "issued tomorrow": token(iat=NOW + 86400, exp=NOW + 90000),
    "not yet": token(nbf=NOW + 600),
    "cut": token()[:-10],
    "two parts": ".".join(token().split(".")[:2]),
    "four parts": token() + ".x",
    "other payload": ".".join((token().split(".")[0], token(sub="eve").split(".")[1], token().split(".")[2])),
    "nothing": "",
    "spaces": "   ",
    "words": "let me in please",
    "not ascii": "é.é.é",
    "nul": "a\0b.c.d",
    "very long": "a" * 100_000,
    "deep header": base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.x",
}


def _hs256_with_public_key() -> str:
    """PyJWT refuses to make one, so it is made by hand: the oldest trick against RS256."""
    import hashlib
    import hmac

    unsigned = raw({"alg": "HS256", "typ": "JWT", "kid": "one"}, claims()).rpartition(".")[0]
    signature = hmac.new(PUBLIC_PEM, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED["HS256 with the public key"] = _hs256_with_public_key()


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_is_refused(name: str) -> None:
    with pytest.raises(Problem) as caught:
        await verifier().verify(FORGED[name])
    assert caught.value.status == 401
    assert caught.value.code == "AUTH_TOKEN_INVALID"


async def test_an_expired_token_is_told_apart() -> None:
    with pytest.raises(Problem) as caught:
        await verifier().verify(token(exp=NOW - 120))
    assert caught.value.code == "AUTH_TOKEN_EXPIRED"


async def test_an_access_token_serves_only_where_it_is_asked_for() -> None:
    access = token(token_use="access", aud=None, client_id="app")
    assert (await verifier().verify(access, use="access")).subject == "anna"
    with pytest.raises(Problem):
        await verifier().verify(token(), use="access")
