"""A user's own credentials for Git servers: kept, never answered, and sent to the server that they are for alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from brickyard.engine.git_logins import KIND, GitLogins
from brickyard.jobs.tasks import GitSource
from tests.compute.git_server import GitServer, git_server
from tests.surfaces.api.house import House

CREDENTIALS = "/api/2.0/git-credentials"
TOKEN = "glpat-very-secret"
Headers = dict[str, str]


def ask(house: House, who: Headers, method: str, path: str = "", **body: Any) -> tuple[int, Any]:
    parts: dict[str, Any] = {"json": body} if body else {}
    answer = house.client.request(method, f"{CREDENTIALS}{path}", headers=who, **parts)
    assert TOKEN not in answer.text
    return answer.status_code, answer.json()


def create(house: House, who: Headers, provider: str = "gitHub", **fields: Any) -> int:
    sent = {"git_provider": provider, "git_username": "me", "personal_access_token": TOKEN, **fields}
    status, body = ask(house, who, "POST", **sent)
    assert status == 200, body
    return int(body["credential_id"])


@pytest.fixture
def ada(house: House) -> Headers:
    return house.person("ada")


def test_credentials_are_kept_shown_without_the_token_changed_and_forgotten(house: House, ada: Headers) -> None:
    number = create(house, ada, git_email="me@example.com", name="work")
    shown = {
        "credential_id": number, "git_provider": "gitHub", "git_username": "me", "git_email": "me@example.com",
        "name": "work", "is_default_for_provider": True,
    }  # fmt: skip
    assert ask(house, ada, "GET", f"/{number}") == (200, shown)
    assert ask(house, ada, "GET") == (200, {"credentials": [shown]})
    assert ask(house, ada, "PATCH", f"/{number}", git_provider="gitHub", git_username="you")[1]["git_username"] == "you"
    kept = house.store.documents.get(KIND, str(number))
    assert kept is not None
    assert kept.sealed == TOKEN.encode(), "the token stays where none is sent"
    assert ask(house, ada, "DELETE", f"/{number}") == (200, {})
    assert ask(house, ada, "GET") == (200, {"credentials": []})
    assert ask(house, ada, "DELETE", f"/{number}")[0] == 404


def test_nobody_sees_those_of_another_not_even_an_administrator(house: House, ada: Headers) -> None:
    number = create(house, ada)
    for who in (house.person("bob"), {}):
        assert ask(house, who, "GET") == (200, {"credentials": []})
        for method, body in (("GET", {}), ("PATCH", {"git_username": "x"}), ("DELETE", {})):
            status, answer = ask(house, who, method, f"/{number}", **body)
            assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"git_provider": "sourceforge"}, "INVALID_PARAMETER_VALUE", "git_provider"),
        ({"git_provider": None}, "INVALID_PARAMETER_VALUE", "git_provider"),
        ({"personal_access_token": None}, "INVALID_PARAMETER_VALUE", "personal_access_token"),
        ({"personal_access_token": "a\nb"}, "INVALID_PARAMETER_VALUE", "personal_access_token"),
        ({"git_username": "a\r\nX: y"}, "INVALID_PARAMETER_VALUE", "git_username"),
        ({"principal_id": 1}, "FEATURE_DISABLED", "principal_id"),
        ({"is_default_for_provider": False}, "FEATURE_DISABLED", "is_default_for_provider"),
        ({"hosts": ["evil.example"]}, "INVALID_PARAMETER_VALUE", "hosts"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_cannot_be_kept_is_refused(house: House, ada: Headers, fields: Any, code: str, said: str) -> None:
    sent = {"git_provider": "gitHub", "git_username": "me", "personal_access_token": TOKEN, **fields}
    status, body = ask(house, ada, "POST", **sent)
    assert (status, body["error_code"], said in body["message"]) == (400, code, True)
    assert ask(house, ada, "GET") == (200, {"credentials": []})


def test_there_is_one_for_each_provider(house: House, ada: Headers) -> None:
    create(house, ada)
    other = create(house, ada, "gitLab")
    sent = {"git_provider": "GITHUB", "personal_access_token": TOKEN}
    assert ask(house, ada, "POST", **sent)[1]["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert ask(house, ada, "PATCH", f"/{other}", **sent)[1]["error_code"] == "RESOURCE_ALREADY_EXISTS"
    status, body = ask(house, ada, "PATCH", f"/{other}", git_provider="bitbucketCloud")
    assert (status, "personal_access_token" in body["message"]) == (400, True), "a token is for one server"


# --------------------------------------------------------------------------------------------------- where it is sent


def source(url: str, provider: str) -> GitSource:
    return GitSource(url=url, provider=provider)


@pytest.mark.parametrize(
    ("url", "provider", "found"),
    [
        ("https://github.com/o/r.git", "github", True),
        ("https://GitHub.com/o/r.git", "github", True),
        ("https://github.com:444/o/r.git", "github", False),
        ("https://github.com.evil.example/o/r", "github", False),
        ("https://evil.example/github.com", "github", False),
        ("https://evil.example\\@github.com/o/r", "github", False),
        ("http://github.com/o/r.git", "github", False),
        ("https://other@github.com/o/r.git", "github", False),
        ("git@github.com:o/r.git", "github", False),
        ("ssh://git@github.com/o/r.git", "github", False),
        ("https://github.com/o/r.git", "gitlab", False),
        ("https://git.example.com/o/r.git", "githubenterprise", False),
    ],
)
def test_a_token_goes_to_the_server_that_it_is_for_and_to_no_other(
    house: House, ada: Headers, url: str, provider: str, found: bool
) -> None:
    create(house, ada)
    create(house, ada, "gitHubEnterprise")
    login = GitLogins(house.store.documents, house.clock).find("ada", source(url, provider))
    assert (login is not None) is found
    assert GitLogins(house.store.documents, house.clock).find("bob", source(url, provider)) is None


def test_a_job_does_not_choose_where_tokens_for_ones_own_server_go(house: House, ada: Headers) -> None:
    """Whoever may edit a job that runs as somebody else could otherwise have the token sent to a server of theirs."""
    number = create(house, ada, "gitLabEnterpriseEdition")
    logins = GitLogins(house.store.documents, house.clock)
    good, evil = (source(f"https://{host}/r", "gitlabenterpriseedition") for host in ("git.corp", "git.evil"))
    assert logins.find("ada", good) is None
    assert logins.trust("ada", good) is not None, "she has made a Git folder from there"
    assert logins.find("ada", good) is not None
    assert logins.find("ada", evil) is None
    new = {"git_provider": "gitLabEnterpriseEdition", "personal_access_token": "another"}
    ask(house, ada, "PATCH", f"/{number}", **new)
    assert logins.find("ada", good) is None, "another token is for another server until it is used"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("closed")) as server:
        server.password = "Basic bWU6Z2xwYXQtdmVyeS1zZWNyZXQ="  # me:glpat-very-secret
        yield server


def test_a_private_repository_opens_to_whoever_has_credentials_for_it(
    house: House, ada: Headers, closed: GitServer
) -> None:
    made = closed.repository("team/code", load_py="print(1)\n")
    body = {"url": made.url, "provider": "gitHubEnterprise"}
    refused = house.client.post("/api/2.0/repos", json=body, headers=ada)
    assert (refused.status_code, "needs credentials" in refused.json()["message"]) == (400, True)
    create(house, ada, "gitHubEnterprise")
    answer = house.client.post("/api/2.0/repos", json=body, headers=ada)
    assert answer.status_code == 200, answer.text
    assert TOKEN not in answer.text
    assert (house.settings.workspace / "Repos/ada/code/load.py").read_text() == "print(1)\n"
    found = house.client.post("/api/2.0/repos", json=body, headers=house.person("bob"))
    assert (found.status_code, "needs credentials" in found.json()["message"]) == (400, True), "hers are hers alone"
    kept = b"".join(each.read_bytes() for each in house.settings.home.rglob("*") if each.is_file())
    assert TOKEN.encode() not in kept
