"""Real connections: who gets through, with which version, and that a new certificate needs no restart."""

from __future__ import annotations

import logging
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from brickyard.clock import SystemClock
from brickyard.errors import InvalidParameterValue
from brickyard.serve.server import configuration
from brickyard.serve.tls import Identity
from brickyard.surfaces.trust import verifier
from tests.serve.conftest import Pair
from tests.surfaces.api.serving import serving

HELLO: ASGIApp = PlainTextResponse("hello")


def identity_of(pair: Pair) -> Identity:
    return Identity(pair.cert, pair.key, pair.folder / "trust.pem", SystemClock())


@contextmanager
def served(pair: Pair) -> Iterator[str]:
    configure = partial(configuration, identity=identity_of(pair))
    with serving(lambda _: HELLO, configure=configure, scheme="https") as url:
        yield url


def trusting(file: Path, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(file))
    if version is not None:
        with warnings.catch_warnings():
            # The old versions are what is tested.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
            context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def get(url: str, context: ssl.SSLContext) -> str:
    """A new connection each time."""
    return httpx.get(url, verify=context, trust_env=False, timeout=10).text


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_clients_that_speak_one_modern_version_alone(pair: Pair, version: ssl.TLSVersion) -> None:
    """The old command line of the service speaks 1.2 and nothing else."""
    with served(pair) as url:
        assert get(url, trusting(pair.ca, version)) == "hello"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
def test_old_versions_are_refused(pair: Pair, version: ssl.TLSVersion) -> None:
    with served(pair) as url, pytest.raises(httpx.ConnectError):
        get(url, trusting(pair.ca, version))


def test_a_client_that_does_not_know_the_authority_stays_away(pair: Pair) -> None:
    with served(pair) as url, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        get(url, ssl.create_default_context())


def test_plain_http_is_no_way_in(pair: Pair) -> None:
    with served(pair) as url, pytest.raises(httpx.TransportError):
        httpx.get(url.replace("https:", "http:"), trust_env=False, timeout=10)


def test_a_new_certificate_is_used_from_the_next_connection_on(pair: Pair) -> None:
    """Also by clients that go by the file for this machine, which is written anew."""
    trust = str(pair.folder / "trust.pem")
    with served(pair) as url:
        before = trusting(pair.ca)
        assert get(url, before) == "hello"
        pair.write()
        assert get(url, trusting(pair.ca)) == "hello"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            get(url, before)
        local = verifier(url, trust)
        assert isinstance(local, ssl.SSLContext)
        assert get(url, local) == "hello"


def test_half_a_new_pair_is_told_and_not_used(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    """Files are renewed one after the other; when both are there they are taken."""
    known, old_key = trusting(pair.ca), pair.key.read_bytes()
    with served(pair) as url:
        pair.write()
        new_key = pair.key.read_bytes()
        pair.key.write_bytes(old_key)
        with caplog.at_level(logging.WARNING):
            assert [get(url, known) for _ in range(3)] == ["hello"] * 3
        assert len([line for line in caplog.messages if "is not the key of the certificate" in line]) == 1
        pair.key.unlink()
        assert get(url, known) == "hello"
        pair.key.write_bytes(new_key)
        assert get(url, trusting(pair.ca)) == "hello"


def test_a_wrong_pair_at_the_start_is_an_error(pair: Pair) -> None:
    pair.key.write_text("nothing")
    with pytest.raises(InvalidParameterValue, match="no private key"):
        identity_of(pair)


def test_the_file_for_this_machine_has_the_public_authorities_too(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Those of the operator where there are some, and never itself: it would grow with every start."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    trust = tmp_path / "trust.pem"
    identity_of(pair)
    first = trust.read_bytes()
    assert first.endswith(pair.cert.read_bytes())
    assert first.count(b"BEGIN CERTIFICATE") > 50
    monkeypatch.setenv("SSL_CERT_FILE", str(trust))
    identity_of(pair)
    assert trust.read_bytes() == first
    mine = tmp_path / "mine.pem"
    mine.write_bytes(pair.ca.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(mine))
    identity_of(pair)
    assert trust.read_bytes() == mine.read_bytes() + b"\n" + pair.cert.read_bytes()


def test_a_certificate_whose_authority_is_unknown_is_known_by_itself(pair: Pair, tmp_path: Path) -> None:
    """The operator gave the certificate alone: commands on this machine still find their server."""
    end = b"-----END CERTIFICATE-----\n"
    pair.cert.write_bytes(pair.cert.read_bytes().partition(end)[0] + end)
    with served(pair) as url:
        local = verifier(url, str(tmp_path / "trust.pem"))
        assert isinstance(local, ssl.SSLContext)
        assert get(url, local) == "hello"


def test_what_a_client_verifies_with(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert verifier("https://brick.example") is True
    assert verifier("http://127.0.0.1", str(pair.ca)) is True
    monkeypatch.setenv("SSL_CERT_FILE", str(pair.ca))
    assert isinstance(verifier("https://brick.example"), ssl.SSLContext)
    monkeypatch.setenv("SSL_CERT_FILE", str(pair.folder / "none"))
    with pytest.raises(InvalidParameterValue, match="none cannot be used"):
        verifier("https://brick.example")
