import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.data_dir import (
    CONFIG,
    SIGNING_KEY,
    DamagedFile,
    load_account,
    load_secret,
    load_signing_key,
    make_config,
    make_once,
)


def test_what_is_made_is_private_and_lasts(tmp_path: Path) -> None:
    account = load_account(tmp_path)
    secret = load_secret(tmp_path)
    numbers = load_signing_key(tmp_path).private_numbers()
    make_config(tmp_path)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in tmp_path.iterdir())
    assert load_account(tmp_path) == account
    assert load_secret(tmp_path) == secret
    assert load_signing_key(tmp_path).private_numbers() == numbers


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
