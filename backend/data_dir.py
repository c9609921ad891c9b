"""Files of the data folder: each is written once, readable by its owner only, and never seen half written."""

import json
import logging
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.ports import Account

DATABASE = "lectern.sqlite3"
CONFIG = "config.json"
SIGNING_KEY = "dev-pool.pem"

POOL_ID = "us-east-1_LecternDev"
CLIENT_ID = "lectern-dev-client"
COGNITO_PATH = "/cognito/"


PSEUDONYM_KEY = "pseudonym.key"
PSEUDONYM_KEY_BYTES = 32
FEWEST_BYTE_VALUES = 8
"""So few different bytes are no key: 32 drawn ones have about 30. A crash leaves zeros, an editor spaces."""

MIN_RSA_BITS = 2048
OWNER_ONLY = 0o600

log = logging.getLogger("lectern.data")


class DamagedFile(Exception):
    """A file of the data folder does not hold what was once written to it."""


def make_once(path: Path, content: bytes) -> bytes:
    """The file's content; written with mode 0600 when there is none yet.

    A file appears whole or not at all. When two servers start at once, the content of the first counts.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    # mkstemp makes files that only their owner can read.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, OWNER_ONLY)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
    return path.read_bytes()


def keep_private(path: Path) -> None:
    """Make an existing file readable and writable by its owner only.

    Earlier versions, copies and a strange umask leave files that others can read. A file of another user,
    and one on a disk that cannot be written, stays as it is.
    """
    try:
        if path.stat().st_mode & 0o777 != OWNER_ONLY:
            path.chmod(OWNER_ONLY)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("a file's permissions stay as they are", extra={"file": path.name, "error": str(error)})


def load_secret(data_dir: Path) -> bytes:
    """The key behind speaker pseudonyms, 32 bytes. Raises DamagedFile for what is no such key.

    Another key would give every speaker another pseudonym, so a damaged one is not made anew in silence.
    """
    path = data_dir / PSEUDONYM_KEY
    keep_private(path)
    key = make_once(path, secrets.token_bytes(PSEUDONYM_KEY_BYTES))
    if len(key) < PSEUDONYM_KEY_BYTES or len(set(key)) < FEWEST_BYTE_VALUES:
        raise DamagedFile(
            f"{path.name} holds no key of {PSEUDONYM_KEY_BYTES} bytes: put it back from a copy, "
            "or delete it, and speakers get other pseudonyms"
        )
    return key


def load_signing_key(data_dir: Path) -> rsa.RSAPrivateKey:
    """The dev pool's RSA key. Made only when missing, because making one takes a moment."""
    path = data_dir / SIGNING_KEY
    keep_private(path)
    pem = path.read_bytes() if path.exists() else make_once(path, new_signing_key())
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DamagedFile(f"{path.name} holds no readable key") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise DamagedFile(f"{path.name} holds no RSA key")
    if key.key_size < MIN_RSA_BITS:
        raise DamagedFile(f"{path.name} holds a key of fewer than {MIN_RSA_BITS} bits")
    return key


def load_account(data_dir: Path) -> Account:
    """The demo account."""
    new = Account(secrets.token_hex(16), "speaker@example.com", secrets.token_urlsafe(12))
    path = data_dir / "account.json"
    keep_private(path)
    try:
        loaded = json.loads(make_once(path, _json(new._asdict())))
        account = Account(*(loaded[name] for name in Account._fields))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedFile(f"{path.name} holds no account") from error
    if not all(isinstance(text, str) and text.strip() for text in account):
        raise DamagedFile(f"{path.name} holds no account")
    return account


def make_config(data_dir: Path) -> None:
    """The pages' config file. Relative addresses count from the site's root, so any port works."""
    config = {
        "websocket_url": "/ws",
        "http_api_url": "/",
        "use_http_session_creation": False,
        "region": "us-east-1",
        "user_pool_id": POOL_ID,
        "client_id": CLIENT_ID,
        "cognito_endpoint": COGNITO_PATH,
        "encryption_key": secrets.token_urlsafe(32),
        "dev": True,
    }
    make_once(data_dir / CONFIG, _json(config))


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def new_signing_key() -> bytes:
    """A fresh RSA key as PEM."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
