"""The certificate of the server: looked at before it is used, so that a wrong one is told at the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from brickyard.errors import InvalidParameterValue


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    names: tuple[str, ...]
    """Host names and addresses that it is for."""
    expires: datetime
    chain: bytes
    """The file, as PEM."""


def examine(cert: Path, key: Path, now_ms: int) -> Certificate:
    """The certificate in `cert`, whose private key is in `key`.

    Raises:
        InvalidParameterValue: a file is missing or no PEM, they do not belong together, or the certificate is not
            valid now; the text names the file.
    """
    chain = _read(cert, "--tls-cert")
    try:
        first = x509.load_pem_x509_certificates(chain)[0]
    except ValueError as error:
        raise InvalidParameterValue(f"--tls-cert {cert} holds no certificate in PEM form: {error}.") from error
    if _public(first.public_key()) != _public(_public_of(key)):
        raise InvalidParameterValue(f"--tls-key {key} is not the key of the certificate {cert}.")
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if now >= first.not_valid_after_utc:
        raise InvalidParameterValue(f"--tls-cert {cert} has expired on {first.not_valid_after_utc:%Y-%m-%d %H:%M} UTC.")
    if now < first.not_valid_before_utc:
        raise InvalidParameterValue(f"--tls-cert {cert} is valid from {first.not_valid_before_utc:%Y-%m-%d %H:%M} UTC.")
    return Certificate(names=_names(first), expires=first.not_valid_after_utc, chain=chain)


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidParameterValue(f"{option} {path} cannot be read: {error.strerror}.") from error


def _public_of(path: Path) -> PublicKeyTypes:
    try:
        return load_pem_private_key(_read(path, "--tls-key"), password=None).public_key()
    except TypeError:
        raise InvalidParameterValue(
            f"--tls-key {path} is encrypted; give a key without a passphrase that only you can read."
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidParameterValue(f"--tls-key {path} holds no private key in PEM form.") from error


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    # Clients look at these names alone; the common name has not counted for years.
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in found.get_values_for_type(x509.IPAddress))
    return (*(name.lower() for name in found.get_values_for_type(x509.DNSName)), *addresses)
