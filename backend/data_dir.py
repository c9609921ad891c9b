"""Files of the data folder: each is written once, readable by its owner only, and never seen half written."""

import json
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.ports import Account

DATABASE = "lectern.sqlite3"
CONFIG = "config.json"
SIGNING_KEY = "dev-pool.pem"

POOL_ID = "us-east-1_LecternDev"
CLIENT_ID = "lectern-dev-client"
COGNITO_PATH = "/cognito/"


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
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
    return path.read_bytes()


def load_secret(data_dir: Path) -> bytes:
    """The key behind speaker pseudonyms, 32 bytes."""
    return make_once(data_dir / "pseudonym.key", secrets.token_bytes(32))


def load_signing_key(data_dir: Path) -> rsa.RSAPrivateKey:
    """The dev pool's RSA key. Made only when missing, because making one takes a moment."""
    path = data_dir / SIGNING_KEY
    pem = path.read_bytes() if path.exists() else make_once(path, new_signing_key())
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise DamagedFile(f"{path.name} holds no readable key") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise DamagedFile(f"{path.name} holds no RSA key")
    return key


def load_account(data_dir: Path) -> Account:
    """The demo account."""
    new = Account(secrets.token_hex(16), "speaker@example.com", secrets.token_urlsafe(12))
    path = data_dir / "account.json"
    try:
        loaded: dict[str, str] = json.loads(make_once(path, _json(new._asdict())))
        return Account(*(loaded[name] for name in Account._fields))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFile(f"{path.name} holds no account") from error


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
