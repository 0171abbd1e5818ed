"""The key that seals secrets. It lives in a file outside the database, so a stolen database tells nothing."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from brickyard.errors import Unavailable

_NONCE = 12


class Seal:
    """Seals bytes with AES-256-GCM. What is sealed for one place cannot be opened as if it were another's."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, value: bytes, place: str) -> bytes:
        """The sealed value, bound to `place`."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, value, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes | None:
        """The value; None where this key or this place is not the one it was sealed with."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except InvalidTag:
            return None


def read(path: Path) -> Seal:
    """The seal with the key in this file.

    Raises:
        Unavailable: the file cannot be used; the text says why and what to do.
    """
    try:
        mode = path.stat().st_mode & 0o077
        text = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The key of the secrets, {path}, cannot be read: {error.strerror}. Restore it from a backup; without it "
            "the stored secrets are lost and must be put again after deleting their scopes."
        ) from error
    if mode:
        raise Unavailable(f"The key of the secrets, {path}, can be read by other users; run: chmod 600 {path}")
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise Unavailable(f"{path} is not a key of Brickyard: it must hold 32 bytes as base64. Restore it.")
    return Seal(key)


def create(path: Path) -> None:
    """Write a new key, unless there is one. It appears whole or not at all, also for other processes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(32)))
            file.flush()
            os.fsync(descriptor)
        path.hardlink_to(draft)
    except FileExistsError:
        return  # somebody was faster: theirs is the key
    finally:
        draft.unlink()
