"""Users, groups and service principals from the command line."""

from __future__ import annotations

import shlex
from typing import Any

import httpx
import pytest

from brickyard.surfaces.client import ApiError, Client
from brickyard.surfaces.local import LocalServer
from tests.surfaces.cli.conftest import Run


def test_a_user_comes_in_goes_out_and_comes_back(brickyard: Run, server: LocalServer) -> None:
    """The whole way of a new colleague."""
    assert brickyard("users", "create", "Cora@Example.com", "--display-name", "Cora").out.startswith(
        "User cora@example"
    )
    made: Any = brickyard("auth", "token", "create", "--user", "cora@example.com", "--days", "1", "--json").json
    with Client(server.url, made["token_value"]) as cora:
        assert cora.me()["userName"] == "cora@example.com"
        assert brickyard("users", "deactivate", "cora@example.com").out == "cora@example.com is not active any more.\n"
        with pytest.raises(ApiError):
            cora.me()
        assert "no" in next(line for line in brickyard("users", "list").out.splitlines() if "cora@" in line).split()
        brickyard("users", "activate", "cora@example.com")
        assert cora.me()["active"] is True
        assert brickyard("users", "delete", "cora@example.com").code == 0
        with pytest.raises(ApiError):
            cora.me()
    assert brickyard("users", "list", "--filter", 'userName sw "cora"').out == "There are none.\n"


def test_members_of_all_kinds_come_and_go_by_their_names(brickyard: Run) -> None:
    brickyard("users", "create", "dora@example.com")
    robot = brickyard("service-principals", "create", "Digger").out.strip()
    assert brickyard("groups", "create", "miners", "--member", "dora@example.com").code == 0
    brickyard("groups", "create", "all-miners")
    done = brickyard("groups", "add", "all-miners", "miners", "Digger", "dora@example.com")
    assert done.out == "In all-miners are now: dora@example.com, Digger, miners\n"
    removed: Any = brickyard("groups", "remove", "all-miners", robot, "dora@example.com", "--json").json
    assert [each["display"] for each in removed["members"]] == ["miners"]
    listed: Any = brickyard("users", "list", "--filter", 'userName sw "dora"', "--json").json
    assert [(each["display"], each["type"]) for each in listed[0]["groups"]] == [
        ("all-miners", "indirect"),
        ("miners", "direct"),
        ("users", "direct"),
    ]
    assert "all-miners" in brickyard("groups", "list").out
    for words in (("groups", "miners"), ("groups", "all-miners"), ("users", "dora@example.com")):
        assert brickyard(words[0], "delete", words[1]).code == 0
    assert brickyard("service-principals", "delete", robot).code == 0


def test_a_service_principal_signs_in_by_a_secret(brickyard: Run, server: LocalServer) -> None:
    made: Any = brickyard("service-principals", "create", "Nightly", "--group", "admins", "--json").json
    lines = brickyard("service-principals", "secret", "create", "Nightly", "--days", "1").out.splitlines()
    client = tuple(shlex.split(line)[1].partition("=")[2] for line in lines)
    assert client[0] == made["applicationId"]
    assert sign_in(server, *client) == 200
    shown = brickyard("service-principals", "secret", "list", "Nightly")
    assert client[1] not in shown.out
    assert "ACTIVE" in shown.out
    secrets: Any = brickyard("service-principals", "secret", "list", "Nightly", "--json").json
    assert brickyard("service-principals", "secret", "delete", "Nightly", secrets[0]["id"]).code == 0
    assert sign_in(server, *client) == 401
    token = brickyard("auth", "token", "create", "--user", client[0]).out.strip()
    with Client(server.url, token) as robot:
        assert robot.me()["applicationId"] == client[0]
    assert brickyard("service-principals", "deactivate", "Nightly").code == 0
    assert brickyard("service-principals", "activate", "Nightly").code == 0
    assert "Nightly" in brickyard("service-principals", "list").out
    assert brickyard("service-principals", "delete", client[0]).code == 0


def test_the_command_itself_signs_in_as_a_service_principal(brickyard: Run) -> None:
    """As in a pipeline that deploys a bundle."""
    brickyard("service-principals", "create", "Deployer")
    made: Any = brickyard("service-principals", "secret", "create", "Deployer", "--json").json
    robot = {
        "DATABRICKS_TOKEN": "",
        "DATABRICKS_CLIENT_ID": made["application_id"],
        "DATABRICKS_CLIENT_SECRET": made["secret"],
    }
    assert brickyard("auth", "token", "create", "--comment", "mine", environ=robot).code == 0
    listed: Any = brickyard("auth", "token", "list", "--json").json
    assert [each["comment"] for each in listed] == ["mine"]
    refused = brickyard("users", "create", "eve@example.com")
    assert (refused.code, "admins" in refused.err) == (2, True)
    wrong = brickyard("users", "list", environ={"DATABRICKS_CLIENT_SECRET": "wrong"})
    assert wrong.code == 2
    assert "cannot sign in: The client id and secret are not known" in wrong.err
    assert "wrong" not in wrong.err


def sign_in(server: LocalServer, client_id: str, secret: str) -> int:
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    answer = httpx.post(f"{server.url}/oidc/v1/token", data=form, auth=(client_id, secret), trust_env=False)
    return answer.status_code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("users", "create", "nobody"), "e-mail address"),
        (("users", "delete", "eve@example.com"), "There is no user 'eve@example.com'."),
        (("users", "list", "--filter", "userName"), "The filter ends too early"),
        (("groups", "create", "Admins"), "exists already"),
        (("groups", "delete", "users"), "always there"),
        (("groups", "add", "admins", "nobody"), "There is no service principal 'nobody'."),
        (("service-principals", "secret", "create", "nobody"), "There is no service principal"),
        (("auth", "token", "create", "--user", "admins"), "There is no user 'admins'"),
    ],
    ids=range(8),
)
def test_what_cannot_be_done_is_one_sentence(brickyard: Run, words: tuple[str, ...], message: str) -> None:
    done = brickyard(*words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_the_last_administrator_stays(brickyard: Run, client: Client) -> None:
    name = client.me()["userName"]
    for words in (("users", "delete", name), ("users", "deactivate", name), ("groups", "remove", "admins", name)):
        done = brickyard(*words)
        assert done.code == 2
        assert "nobody would be left" in done.err


def test_names_with_quotes_are_only_names(brickyard: Run) -> None:
    name = 'a" or displayName pr or displayName eq "'
    assert brickyard("groups", "create", name).code == 0
    assert brickyard("groups", "delete", name).code == 0
    left: Any = brickyard("groups", "list", "--json").json
    assert {"admins", "users"} <= {each["displayName"] for each in left}


def test_several_of_one_display_name_are_not_guessed_at(brickyard: Run) -> None:
    ids = [brickyard("service-principals", "create", "Twin").out.strip() for _ in range(2)]
    assert "give the application id" in brickyard("service-principals", "delete", "Twin").err
    assert [brickyard("service-principals", "delete", each).code for each in ids] == [0, 0]
