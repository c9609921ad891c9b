import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from backend.data_dir import (
    CONFIG,
    PSEUDONYM_KEY,
    SIGNING_KEY,
    DamagedFile,
    load_account,
    load_secret,
    load_signing_key,
    make_config,
    make_once,
)
from tests.support.server import shared_signing_key


def test_what_is_made_is_private_and_lasts(tmp_path: Path) -> None:
    account = load_account(tmp_path)
    secret = load_secret(tmp_path)
    numbers = load_signing_key(tmp_path).private_numbers()
    make_config(tmp_path)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in tmp_path.iterdir())
    assert load_account(tmp_path) == account
    assert load_secret(tmp_path) == secret
    assert load_signing_key(tmp_path).private_numbers() == numbers


def test_secrets_that_others_could_read_are_mended(tmp_path: Path) -> None:
    load_account(tmp_path), load_secret(tmp_path), load_signing_key(tmp_path)
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    load_account(tmp_path), load_secret(tmp_path), load_signing_key(tmp_path)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("umask", [0, 0o277])
def test_no_umask_changes_who_may_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        load_secret(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / PSEUDONYM_KEY).stat().st_mode) == 0o600


WHOLE = bytes(range(100, 132))


@pytest.mark.parametrize("content", [b"", b" \n", b" " * 32, bytes(32), WHOLE[:31], b"0123456" * 9])
def test_an_empty_blank_or_cut_pseudonym_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PSEUDONYM_KEY).write_bytes(content)
    with pytest.raises(DamagedFile, match="holds no key of 32 bytes"):
        load_secret(tmp_path)
    assert (tmp_path / PSEUDONYM_KEY).read_bytes() == content


@pytest.mark.parametrize("content", [WHOLE, WHOLE.hex().encode() + b"\n"])
def test_a_pseudonym_key_of_ones_own_is_taken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PSEUDONYM_KEY).write_bytes(content)
    assert load_secret(tmp_path) == content


@pytest.mark.parametrize("part", [0, 20, 800])
def test_a_cut_signing_key_is_refused(tmp_path: Path, part: int) -> None:
    (tmp_path / SIGNING_KEY).write_bytes(shared_signing_key()[:part])
    with pytest.raises(DamagedFile, match="no readable key"):
        load_signing_key(tmp_path)


def test_a_signing_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    pem = rsa.generate_private_key(public_exponent=65537, key_size=1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / SIGNING_KEY).write_bytes(pem)
    with pytest.raises(DamagedFile, match="fewer than 2048 bits"):
        load_signing_key(tmp_path)


@pytest.mark.parametrize("password", ["", " ", None, 7])
def test_an_account_without_a_password_is_refused(tmp_path: Path, password: object) -> None:
    account = {"subject": "x", "email": "a@example.com", "password": password}
    (tmp_path / "account.json").write_text(json.dumps(account))
    with pytest.raises(DamagedFile, match="holds no account"):
        load_account(tmp_path)


def test_two_installations_share_nothing(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
        make_config(folder)
    accounts = [load_account(folder) for folder in folders]
    assert accounts[0].password != accounts[1].password
    assert len(accounts[0].password) >= 16
    keys = [json.loads((folder / CONFIG).read_text())["encryption_key"] for folder in folders]
    assert keys[0] != keys[1]
    assert [len(key) for key in keys] == [43, 43]


def test_an_edited_config_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("{}")
    make_config(tmp_path)
    assert (tmp_path / CONFIG).read_text() == "{}"


def test_the_first_of_many_starters_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as threads:
        contents = list(threads.map(lambda n: make_once(tmp_path / "x", b"%d" % n), range(200)))
    assert len(set(contents)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / SIGNING_KEY).write_bytes(pem)
    with pytest.raises(DamagedFile, match="no RSA key"):
        load_signing_key(tmp_path)
