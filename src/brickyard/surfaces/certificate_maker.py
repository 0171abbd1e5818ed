"""Makes a certificate and the authority that signs it. The authority's key is not kept: it can sign nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from brickyard.errors import InvalidParameterValue


@dataclass(frozen=True, slots=True)
class Made:
    """Three files, as PEM."""

    authority: bytes
    chain: bytes
    """The certificate, then its authority."""
    key: bytes


def make(names: Sequence[str], *, days: int, now_ms: int) -> Made:
    """A certificate for these names and addresses that is valid from now.

    Raises:
        InvalidParameterValue: a name is none.
    """
    begin = datetime.fromtimestamp(now_ms / 1000, UTC) - timedelta(minutes=5)
    valid = (begin, begin + timedelta(days=days))
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"Brickyard of {begin:%Y-%m-%d %H:%M:%S}")
    root = _draft(issuer, issuer, root_key, root_key, valid)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(signs_certificates=True), critical=True)
    leaf = _draft(_name("Brickyard server"), issuer, key, root_key, valid)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_usage(signs_certificates=False), critical=True)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    leaf = leaf.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    authority = root.sign(root_key, SHA256()).public_bytes(Encoding.PEM)
    return Made(
        authority=authority,
        chain=leaf.sign(root_key, SHA256()).public_bytes(Encoding.PEM) + authority,
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _draft(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    valid: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), *valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(by, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not name.isascii() or not name or len(name) > 253 or any(sign in name for sign in " /:@"):
        raise InvalidParameterValue(f"{name!r} is no host name and no address.")
    return x509.DNSName(name)
