"""Filters on resources, and what is no filter."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.surfaces.api.scim import filters
from brickyard.surfaces.api.scim.faults import InvalidFilter

ADA: dict[str, Any] = {
    "id": "12",
    "userName": "ada@example.com",
    "displayName": "Ada L.",
    "active": True,
    "name": {"givenName": "Ada"},
    "emails": [{"value": "ada@example.com", "type": "work"}, {"value": "ada@home.example", "type": "home"}],
    "groups": [{"value": "7", "display": "miners"}],
}


def found(text: str, resource: dict[str, Any] | None = None) -> bool:
    return filters.parse(PrincipalKind.USER, text)(ADA if resource is None else resource)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada@example.com"',
        'USERNAME EQ "ADA@Example.com"',
        "userName eq ada@example.com",
        'displayName co "a l"',
        'displayName sw "ada"',
        'displayName ew "L."',
        'userName ne "bob@example.com"',
        "active eq true",
        'active eq "True"',
        'id eq "12"',
        "id eq 12",
        "displayName pr",
        'emails eq "ada@home.example"',
        'emails.type eq "home"',
        'groups.display co "MINE"',
        'name.givenName eq "ada"',
        'userName sw "bob" or userName sw "ada"',
        'userName sw "bob" or userName sw "ada" and active eq true',
        '(userName sw "bob" or userName sw "ada") and active eq true',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"',
        '  userName   eq   "ada@example.com"  ',
    ],
)
def test_a_filter_that_finds(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada"',
        'userName co "%"',
        'userName co "_"',
        'displayName ne "ada l."',
        "active eq false",
        "externalId pr",
        "roles pr",
        'emails ne "ada@home.example"',
        'userName sw "ada" and active eq false',
        '(userName sw "ada" or userName sw "bob") and active eq false',
        'name.familyName sw ""',
    ],
)
def test_a_filter_that_does_not(text: str) -> None:
    assert not found(text)


def test_and_binds_more_tightly_than_or() -> None:
    assert found('displayName eq "Ada L." or active eq false and id eq "0"')
    assert not found('(displayName eq "Ada L." or active eq false) and id eq "0"')


def test_texts_are_as_in_json() -> None:
    assert found(r'displayName eq "a \"b\" é ü"', {"displayName": 'a "b" é ü'})
    assert found('displayName eq "and or ( )"', {"displayName": "And Or ( )"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends too early"),
        ("userName", "ends too early"),
        ("userName eq", "ends too early"),
        ('userName eq "a" and', "ends too early"),
        ('userName eq "a" userName', "at 'userName'"),
        ('(userName eq "a"', "ends too early"),
        ('userName eq "a")', "at ')'"),
        ('userName gt "a"', "operator 'gt'"),
        ('nickName eq "a"', "Unknown attribute 'nickName'"),
        ('name.middle eq "a"', "Unknown attribute 'name.middle'"),
        ('applicationId eq "a"', "Unknown attribute"),
        ('userName eq "a', "not understood at"),
        (r'userName eq "\q"', "a text that is none"),
        ("(" * 30 + "id pr" + ")" * 30, "deeper than 20"),
        ("x" * 10_001, "10001 characters"),
    ],
    ids=range(15),
)
def test_what_is_no_filter_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        found(text)
    assert message in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "text",
    [
        '"' + "\\" * 9_998,
        "(" * 9_999,
        " " * 9_999 + ".",
        'userName eq "a" or ' * 500 + "id pr",
        'emails.value co "' + "a" * 9_000 + '"',
    ],
    ids=["escapes", "brackets", "spaces", "many", "long text"],
)
def test_hostile_filters_take_no_time(text: str) -> None:
    begun = time.perf_counter()
    with contextlib.suppress(InvalidFilter):
        found(text)
    assert time.perf_counter() - begun < 0.5
