"""A certificate that would not work is refused at the start, with the file's name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from brickyard.clock import SystemClock
from brickyard.errors import InvalidParameterValue
from brickyard.serve.certificates import examine
from tests.serve.conftest import NAMES, Pair

DAY_MS = 86_400_000


def now() -> int:
    return SystemClock().now_ms()


def refused(cert: Path, key: Path, now_ms: int | None = None) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        examine(cert, key, now() if now_ms is None else now_ms)
    return caught.value.message


def test_a_good_one_tells_its_names_and_its_end(pair: Pair) -> None:
    found = examine(pair.cert, pair.key, now())
    assert set(found.names) == set(NAMES)
    assert found.chain == pair.cert.read_bytes()
    assert found.expires > datetime.fromtimestamp(now() / 1000, UTC)


def test_files_that_are_missing_or_no_files(pair: Pair, tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "none", pair.key)
        == f"--tls-cert {tmp_path / 'none'} cannot be read: No such file or directory."
    )
    assert "cannot be read: Is a directory" in refused(tmp_path, pair.key)
    assert refused(pair.cert, tmp_path / "none").startswith(f"--tls-key {tmp_path / 'none'} cannot be read")


@pytest.mark.parametrize("text", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_files_that_hold_something_else(pair: Pair, tmp_path: Path, text: str) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text(text)
    assert f"--tls-cert {wrong} holds no certificate" in refused(wrong, pair.key)
    assert f"--tls-key {wrong} holds no private key" in refused(pair.cert, wrong)


def test_a_key_of_another_certificate(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Pair(tmp_path / "other").write()
    assert f"{other.key} is not the key of the certificate {pair.cert}" in refused(pair.cert, other.key)


def test_an_encrypted_key_would_ask_at_the_terminal(pair: Pair) -> None:
    key = load_pem_private_key(pair.key.read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim"))
    pair.key.write_bytes(locked)
    assert "is encrypted" in refused(pair.cert, pair.key)


def test_one_that_is_over_or_has_not_begun(pair: Pair) -> None:
    assert "has expired on" in refused(pair.cert, pair.key, now() + 31 * DAY_MS)
    assert "is valid from" in refused(pair.cert, pair.key, now() - DAY_MS)


def test_one_without_names_has_none(pair: Pair) -> None:
    """The common name does not count: no client looks at it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "brick.example")])
    begin, end = (datetime.fromtimestamp((now() + days * DAY_MS) / 1000, UTC) for days in (-1, 1))
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, end).sign(key, SHA256())
    pair.cert.write_bytes(made.public_bytes(Encoding.PEM))
    pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert examine(pair.cert, pair.key, now()).names == ()
