"""Signatures: who vouches for some bytes.

This module decides how bytes are signed: with Ed25519 (RFC 8032), the 64 bytes of the
signature by themselves, so that OpenSSL checks them, too. Keys are files that people have
already: PEM (PKCS #8, SubjectPublicKeyInfo) or OpenSSH. What a key file holds is never
shown, whatever is wrong with it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mesokg.errors import InputError

__all__ = ["fingerprint", "is_signed", "public_key", "sign"]

#: How private keys of OpenSSH begin; every other one is read as PEM.
_OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_OPENSSH_PUBLIC: Final = b"ssh-"
#: What `cryptography` raises for a key that it cannot read.
_UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm)


def sign(message: bytes, key: bytes, *, password: str = "") -> bytes:
    """The signature of a message, 64 bytes, by the private key in a key file.

    The same message and key give the same signature. Raises InputError (``key-unusable``).
    """
    return _private(key, password).sign(message)


def is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    """Whether a signature of a message was made by the owner of a public key.

    Raises InputError (``key-unusable``).
    """
    try:
        _public(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def public_key(key: bytes, *, password: str = "") -> bytes:
    """The public key to a private one, as PEM. Raises InputError (``key-unusable``)."""
    return (
        _private(key, password)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def fingerprint(key: bytes) -> str:
    """The short name of a public key that ``ssh-keygen -l`` shows for it: ``SHA256:…``.

    Raises InputError (``key-unusable``).
    """
    line = _public(key).public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    blob = base64.b64decode(line.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _private(key: bytes, password: str) -> Ed25519PrivateKey:
    ssh = key.lstrip().startswith(_OPENSSH)
    load = serialization.load_ssh_private_key if ssh else serialization.load_pem_private_key
    found = _loaded(lambda: load(key, password.encode() or None), "private")
    if not isinstance(found, Ed25519PrivateKey):
        raise _unusable("is no Ed25519 key")
    return found


def _public(key: bytes) -> Ed25519PublicKey:
    if b"PRIVATE KEY" in key:
        raise _unusable("is a private key; the public one is wanted, and only that is published")
    ssh = key.lstrip().startswith(_OPENSSH_PUBLIC)
    load = serialization.load_ssh_public_key if ssh else serialization.load_pem_public_key
    found = _loaded(lambda: load(key), "public")
    if not isinstance(found, Ed25519PublicKey):
        raise _unusable("is no Ed25519 key")
    return found


def _loaded(load: Callable[[], Any], kind: str) -> Any:
    """What a loader makes of a key file. Its own words stay unsaid: they may quote the file."""
    try:
        return load()
    except _UNREADABLE as error:
        reason = str(error).lower()
        if "bcrypt" in reason:
            raise _unusable("is locked in OpenSSH's way, which is not supported") from None
        if "password" in reason or "encrypted" in reason or "passphrase" in reason:
            raise _unusable("is locked, and the password is missing or wrong") from None
        raise _unusable(f"holds no {kind} key that can be read") from None


def _unusable(why: str) -> InputError:
    return InputError(
        f"the key {why}",
        code="key-unusable",
        hint="an Ed25519 key as PEM or OpenSSH file, such as `openssl genpkey -algorithm ed25519`"
        " writes; MESOKG_KEY_PASSWORD unlocks it",
    )
