"""Signatures: what was signed is known again, by us and by others' tools."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from mesokg.errors import InputError
from mesokg.signing import fingerprint, is_signed, public_key, sign

OPEN = serialization.NoEncryption()
PEM, SSH = serialization.Encoding.PEM, serialization.Encoding.OpenSSH


def private(seed: int, form: str = "pem", password: str = "") -> bytes:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    lock = serialization.BestAvailableEncryption(password.encode()) if password else OPEN
    kind = (
        serialization.PrivateFormat.OpenSSH if form == "ssh" else serialization.PrivateFormat.PKCS8
    )
    return key.private_bytes(PEM, kind, lock)


def ssh_public(seed: int) -> bytes:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return key.public_key().public_bytes(SSH, serialization.PublicFormat.OpenSSH) + b" me@here\n"


KEY = private(1)


@given(st.binary(max_size=200))
def test_what_was_signed_is_signed(message: bytes) -> None:
    signature = sign(message, KEY)
    assert len(signature) == 64
    assert is_signed(message, signature, public_key(KEY))
    assert is_signed(message, signature, ssh_public(1))
    assert not is_signed(message + b"x", signature, public_key(KEY))
    assert not is_signed(message, signature, public_key(private(2)))


@given(st.binary(max_size=80))
def test_any_bytes_are_a_signature_or_not_and_nothing_else(noise: bytes) -> None:
    assert not is_signed(b"tea", noise, public_key(KEY))


@pytest.mark.parametrize("form", ["pem", "ssh"])
def test_all_forms_of_one_key_are_one_key(form: str) -> None:
    assert sign(b"tea", private(1, form)) == sign(b"tea", KEY)
    assert public_key(private(1, form)) == public_key(KEY)
    assert fingerprint(ssh_public(1)) == fingerprint(public_key(KEY))


def test_a_locked_key_opens_with_its_password_alone() -> None:
    locked = private(1, "pem", "sesame")
    assert sign(b"tea", locked, password="sesame") == sign(b"tea", KEY)
    for wrong in ("", "barley"):
        with pytest.raises(InputError, match="locked") as caught:
            sign(b"tea", locked, password=wrong)
        assert caught.value.code == "key-unusable"


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\x00\xff" * 40,
        b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n",
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, OPEN
        ),
        public_key(KEY),
    ],
    ids=["empty", "noise", "no key inside", "no ssh key inside", "another kind", "public"],
)
def test_what_is_no_key_is_refused_and_never_shown(key: bytes) -> None:
    with pytest.raises(InputError) as caught:
        sign(b"tea", key)
    assert caught.value.code == "key-unusable"
    assert "c2VjcmV0" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("key", [b"", b"ssh-ed25519 AAAA", b"noise", KEY, private(1, "ssh")])
def test_only_a_public_key_checks(key: bytes) -> None:
    with pytest.raises(InputError) as caught:
        is_signed(b"tea", bytes(64), key)
    assert caught.value.code == "key-unusable"
    if b"PRIVATE" in key:
        assert "public one is wanted" in caught.value.message


def test_openssl_checks_our_signature(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (tmp_path / "message").write_bytes(b"tea\n")
    (tmp_path / "key").write_bytes(public_key(KEY))
    (tmp_path / "sig").write_bytes(sign(b"tea\n", KEY))
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key",
        "-rawin",
        "-in",
        "message",
        "-sigfile",
        "sig",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "message").write_bytes(b"tee\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
