"""Where the server may listen, and how this machine then reaches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.serve import address
from brickyard.serve.options import parse
from brickyard.settings import Settings, read

FILES: dict[str, Any] = {"tls_cert": Path("c"), "tls_key": Path("k")}
LOOPBACK = ["127.0.0.1", "127.3.2.1", "::1", "localhost"]
ELSEWHERE = ["0.0.0.0", "::", "10.0.0.5", "192.168.1.4", "2001:db8::1", "169.254.1.1"]  # noqa: S104 - refused here


def settings(**more: Any) -> Settings:
    return Settings(
        home=Path("/h"), database_url="", max_running_attempts=1, idle_workers=1, max_engines=1, **more
    )  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_needs_nothing(host: str) -> None:
    address.check(host, settings())


@pytest.mark.parametrize("host", ELSEWHERE)
def test_any_other_address_needs_protection(host: str) -> None:
    """The refusal says what to give."""
    with pytest.raises(InvalidParameterValue, match=r"--tls-cert and --tls-key.*--behind-proxy") as caught:
        address.check(host, settings())
    assert repr(host) in caught.value.message
    address.check(host, settings(**FILES))
    address.check(host, settings(proxies=("10.0.0.7",)))


@pytest.mark.parametrize("host", ["brick.example", "", "127.0.0.1.evil.example", "0", "127.1"])
def test_only_addresses_are_listened_on(host: str) -> None:
    with pytest.raises(InvalidParameterValue, match="must be an address of this machine"):
        address.check(host, settings())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tls_cert": Path("c")}, "belong together"),
        ({"tls_key": Path("k")}, "belong together"),
        ({**FILES, "proxies": ("10.0.0.7",)}, "one of them"),
    ],
    ids=["no key", "no certificate", "certificate and proxy"],
)
def test_options_that_do_not_fit_are_refused_also_on_loopback(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        address.check("127.0.0.1", settings(**more))


@pytest.mark.parametrize(
    ("host", "names", "url"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:1"),
        ("::1", None, "http://[::1]:1"),
        ("0.0.0.0", None, "http://127.0.0.1:1"),  # noqa: S104
        ("10.0.0.5", None, "http://10.0.0.5:1"),
        ("127.0.0.1", ("localhost", "127.0.0.1"), "https://127.0.0.1:1"),
        ("localhost", ("localhost", "127.0.0.1"), "https://localhost:1"),
        ("127.0.0.1", ("localhost",), "https://localhost:1"),
        ("0.0.0.0", ("brick.example", "localhost"), "https://localhost:1"),  # noqa: S104
        ("0.0.0.0", ("*.example", "brick.example"), "https://brick.example:1"),  # noqa: S104
        ("::1", ("::1",), "https://[::1]:1"),
    ],
    ids=str,
)
def test_this_machine_uses_a_name_that_the_certificate_has(host: str, names: tuple[str, ...] | None, url: str) -> None:
    assert address.local_url(host, 1, names) == url


@pytest.mark.parametrize("names", [(), ("*.example",)], ids=["none", "wildcard"])
def test_a_certificate_without_a_usable_name_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InvalidParameterValue, match="none of these names one server"):
        address.local_url("127.0.0.1", 1, names)


def test_requests_may_be_for_what_is_allowed_certified_or_listened_on() -> None:
    found = address.host_names("10.0.0.5", settings(allow_hosts=("a.example",)), ("b.example", "*.example"))
    assert found == ("a.example", "b.example", "10.0.0.5")
    assert address.host_names("0.0.0.0", settings(), ()) == ()  # noqa: S104
    assert address.host_names("localhost", settings(), ()) == ()


def test_options_beat_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRICKYARD_TLS_CERT", "/env/cert")
    monkeypatch.setenv("BRICKYARD_TLS_KEY", "/env/key")
    monkeypatch.setenv("BRICKYARD_ALLOW_HOSTS", "a.example, b.example,")
    monkeypatch.setenv("BRICKYARD_PROXIES", "10.0.0.7")
    found = parse(["--tls-cert", "/given", "--allow-host", "c.example", "--allow-host", "d.example"])
    assert found.settings.tls_cert == Path("/given")
    assert found.settings.tls_key == Path("/env/key")
    assert found.settings.allow_hosts == ("c.example", "d.example")
    assert found.settings.proxies == ("10.0.0.7",)
    assert (found.host, found.port, found.quiet) == ("127.0.0.1", 8484, False)
    assert read().allow_hosts == ("a.example", "b.example")
