"""Links that open without a token: only what they were signed for, and only for a while."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from brickyard.errors import PermissionDenied
from brickyard.surfaces.api.links import LIFE_MS, Links

NOW = 1_700_000_000_000
LINKS = Links(b"k" * 32)


def parts(link: str) -> tuple[str, int, str]:
    found = urlsplit(link)
    query = parse_qs(found.query, strict_parsing=True)
    return found.path, int(query["expires"][0]), query["signature"][0]


@pytest.mark.parametrize("age", [0, 1, LIFE_MS - 1])
def test_a_link_opens_its_path_until_it_ends(age: int) -> None:
    path, expires, signature = parts(LINKS.sign("/a/1", NOW))
    assert (path, expires) == ("/a/1", NOW + LIFE_MS)
    LINKS.check(path, expires, signature, NOW + age)


@pytest.mark.parametrize("age", [LIFE_MS, LIFE_MS + 1, 10 * LIFE_MS])
def test_a_link_that_has_ended_says_for_how_long_it_was_good(age: int) -> None:
    with pytest.raises(PermissionDenied, match=r"^This link was good for 30 minutes and has ended\. Get a new one\.$"):
        LINKS.check(*parts(LINKS.sign("/a/1", NOW)), NOW + age)


def test_nothing_of_a_link_can_be_exchanged() -> None:
    path, expires, signature = parts(LINKS.sign("/a/1", NOW))
    other = parts(LINKS.sign("/a/2", NOW))[2]
    later = parts(LINKS.sign("/a/1", NOW + 1))[2]
    changed = [
        ("/a/2", expires, signature),
        ("/a/1 ", expires, signature),
        (path, expires + 1, signature),
        (path, expires, other),
        (path, expires, later),
        (path, expires, ""),
        (path, expires, signature.upper()),
        (path, expires, f"{signature}0"),
        (path, expires, "ß" * 64),
    ]
    for each in changed:
        with pytest.raises(PermissionDenied, match="was not made by this server") as caught:
            LINKS.check(*each, NOW)
        assert signature not in str(caught.value)


def test_each_server_has_a_key_of_its_own() -> None:
    with pytest.raises(PermissionDenied):
        Links().check(*parts(Links().sign("/a/1", NOW)), NOW)
