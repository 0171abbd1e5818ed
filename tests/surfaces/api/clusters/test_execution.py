"""Command execution and libraries over the API; the test plays the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry
from brickyard.surfaces.api.clusters.wire_commands import result_body
from brickyard.workloads.session_messages import CommandResult
from tests.hand_sessions import error, table
from tests.surfaces.api.clusters.conftest import Make
from tests.surfaces.api.house import USER, House

End = Callable[[str], None]
TINY = {"pypi": {"package": "tiny"}}


@pytest.fixture
def place(house: House, make: Make) -> dict[str, str]:
    """A context on a cluster."""
    cluster_id = make()
    made = house.post("/api/1.2/contexts/create", clusterId=cluster_id, language="python")
    return {"clusterId": cluster_id, "contextId": made["id"]}


def run(house: House, place: dict[str, str], result: CommandResult, **more: str) -> Any:
    """A command's status once the worker has given this result."""
    house.sessions.answers.append(result)
    body = {"language": "python", "command": "1", **place, **more}
    command_id = house.post("/api/1.2/commands/execute", **body)["id"]
    told = house.get("/api/1.2/commands/status", commandId=command_id, **place)
    assert told["id"] == command_id
    return told


def test_a_context_is_opened_asked_for_and_destroyed(house: House, place: dict[str, str]) -> None:
    assert house.get("/api/1.2/contexts/status", **place) == {"id": place["contextId"], "status": "Running"}
    request = house.sessions.requests[place["contextId"]]
    assert (request.host, request.user_name) == (place["clusterId"], USER)
    assert request.compute.acquire().cluster_id == place["clusterId"]
    assert request.compute.explain() == ""
    assert house.post("/api/1.2/contexts/destroy", **place) == {"id": place["contextId"]}
    status, code, _ = house.refused("GET", "/api/1.2/contexts/status", params=place)
    assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_command_and_its_text(house: House, place: dict[str, str]) -> None:
    told = run(house, place, CommandResult(kind="text", text="2"), command="1 + 1")
    assert (told["status"], told["results"]) == ("Finished", {"resultType": "text", "data": "2"})
    [command] = house.sessions.commands.values()
    assert (command.language, command.text) == ("python", "1 + 1")


def test_a_command_in_sql_and_its_table(house: House, place: dict[str, str]) -> None:
    rows = [["1", "a", "true", "1.5", None], [None, "b", "false", "NaN", "1.10"]]
    columns = {"i": "bigint", "s": "string", "b": "boolean", "f": "double", "d": "decimal(5,2)"}
    told = run(house, place, table(rows, truncated=True, **columns), language="sql")
    results = told["results"]
    assert (results["resultType"], results["truncated"], results["isJsonSchema"]) == ("table", True, True)
    assert results["data"] == [[1, "a", True, 1.5, None], [None, "b", False, "NaN", "1.10"]]
    assert results["schema"][0] == {"name": "i", "type": '"bigint"', "metadata": "{}"}
    assert [command.language for command in house.sessions.commands.values()] == ["sql"]


def test_an_error_has_its_cause_and_summary(house: House, place: dict[str, str]) -> None:
    told = run(house, place, error("ValueError: no"))
    assert told["status"] == "Finished"
    assert told["results"] == {"resultType": "error", "summary": "ValueError: no", "cause": "Traceback …"}


@pytest.mark.parametrize(
    ("result", "body"),
    [
        (CommandResult(kind="image", images=["data:a"]), {"resultType": "image", "fileName": "data:a"}),
        (CommandResult(kind="images", images=["a", "b"]), {"resultType": "images", "fileNames": ["a", "b"]}),
        (CommandResult(kind="error", summary="s"), {"resultType": "error", "summary": "s", "cause": "s"}),
    ],
    ids=["image", "images", "error without a cause"],
)
def test_further_kinds_of_results(result: CommandResult, body: dict[str, Any]) -> None:
    assert result_body(result) == body


def test_a_command_that_runs_is_cancelled(house: House, place: dict[str, str]) -> None:
    made = house.post("/api/1.2/commands/execute", language="python", command="while True: pass", **place)
    asked = {"commandId": made["id"], **place}
    assert house.get("/api/1.2/commands/status", **asked) == {"id": made["id"], "status": "Running"}
    assert house.post("/api/1.2/commands/cancel", **asked) == {"id": made["id"]}
    assert house.get("/api/1.2/commands/status", **asked)["status"] == "Cancelled"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "scala",
            (400, "FEATURE_DISABLED", "language is 'scala'; it cannot run here: there is no JVM. Use python or sql."),
        ),
        ("r", (400, "FEATURE_DISABLED", "language is 'r'; it cannot run here: there is no R. Use python or sql.")),
        ("cobol", (400, "INVALID_PARAMETER_VALUE", "language is 'cobol'; it must be one of python, sql, scala, r.")),
    ],
)
def test_languages_that_cannot_run_are_refused_by_name(
    house: House, place: dict[str, str], language: str, expected: tuple[int, str, str]
) -> None:
    context = {"clusterId": place["clusterId"], "language": language}
    assert house.refused("POST", "/api/1.2/contexts/create", json=context) == expected
    command = {**place, "language": language, "command": "1"}
    assert house.refused("POST", "/api/1.2/commands/execute", json=command) == expected


def test_on_a_cluster_that_has_ended_nothing_runs(house: House, place: dict[str, str], end: End) -> None:
    end(place["clusterId"])
    body = {"clusterId": place["clusterId"], "language": "python"}
    status, code, message = house.refused("POST", "/api/1.2/contexts/create", json=body)
    assert (status, code) == (400, "INVALID_STATE")
    assert "TERMINATED" in message
    assert house.sessions.closed == [place["contextId"]]


def test_a_context_of_another_cluster_or_of_somebody_else_does_not_exist(
    house: House, place: dict[str, str], make: Make
) -> None:
    other = make()
    assert house.refused("GET", "/api/1.2/contexts/status", params={**place, "clusterId": other})[0] == 404
    zoe = house.person("zoe@example.info", "admins")
    asked = house.client.get("/api/1.2/contexts/status", params=place, headers=zoe)
    assert (asked.status_code, asked.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_whoever_may_attach_may_run_code_and_nobody_else(house: House, make: Make) -> None:
    cluster_id = make()
    zoe = house.person("zoe@example.info")
    body = {"clusterId": cluster_id, "language": "python"}
    refused = house.client.post("/api/1.2/contexts/create", json=body, headers=zoe)
    assert refused.json()["message"] == f"Cluster {cluster_id} does not exist"
    entry = AclEntry(PrincipalKind.USER, "zoe@example.info", "CAN_ATTACH_TO")
    house.store.acls.replace(ObjectType.CLUSTERS, cluster_id, [entry])
    made = house.client.post("/api/1.2/contexts/create", json=body, headers=zoe).json()
    assert house.sessions.requests[made["id"]].user_name == "zoe@example.info"


def test_too_many_contexts_are_refused(house: House, make: Make) -> None:
    house.sessions.full = True
    body = {"clusterId": make(), "language": "python"}
    assert house.refused("POST", "/api/1.2/contexts/create", json=body)[1] == "INVALID_STATE"


# --------------------------------------------------------------------------------------------------------- libraries


def status_of(house: House, cluster_id: str) -> list[dict[str, Any]]:
    libraries = house.all_purpose.commands.libraries
    libraries._threads.submit(lambda: None).result()
    libraries.install(cluster_id)
    found: list[dict[str, Any]] = house.get("/api/2.0/libraries/cluster-status", cluster_id=cluster_id).get(
        "library_statuses", []
    )
    return found


def test_packages_are_installed_shown_and_removed(house: House, make: Make) -> None:
    cluster_id, bare = make(), make()
    house.environments.broken.append("broken")
    broken = {"pypi": {"package": "broken"}}
    assert house.post("/api/2.0/libraries/install", cluster_id=cluster_id, libraries=[TINY, broken]) == {}
    installed, failed = status_of(house, cluster_id)
    assert installed == {"library": TINY, "status": "INSTALLED", "is_library_for_all_clusters": False}
    assert (failed["status"], failed["messages"]) == ("FAILED", ["No matching distribution found for broken"])
    assert house.get("/api/2.0/libraries/cluster-status", cluster_id=bare)["library_statuses"] == []
    [shown] = house.get("/api/2.0/libraries/all-cluster-statuses")["statuses"]
    assert (shown["cluster_id"], len(shown["library_statuses"])) == (cluster_id, 2)
    assert house.post("/api/2.0/libraries/uninstall", cluster_id=cluster_id, libraries=[TINY]) == {}
    assert status_of(house, cluster_id)[0]["status"] == "UNINSTALL_ON_RESTART"


@pytest.mark.parametrize(
    ("libraries", "code"),
    [
        ([{"maven": {"coordinates": "a:b:1"}}], "FEATURE_DISABLED"),
        ([{"jar": "/Volumes/a.jar"}], "FEATURE_DISABLED"),
        ([], "INVALID_PARAMETER_VALUE"),
        ("tiny", "INVALID_PARAMETER_VALUE"),
        (["tiny"], "INVALID_PARAMETER_VALUE"),
    ],
    ids=["maven", "jar", "none", "text", "texts"],
)
def test_what_is_no_package_is_refused(house: House, make: Make, libraries: Any, code: str) -> None:
    body = {"cluster_id": make(), "libraries": libraries}
    assert house.refused("POST", "/api/2.0/libraries/install", json=body)[:2] == (400, code)


def test_packages_of_others_clusters_are_not_shown(house: House, make: Make) -> None:
    house.post("/api/2.0/libraries/install", cluster_id=make(), libraries=[TINY])
    zoe = house.person("zoe@example.info")
    assert house.client.get("/api/2.0/libraries/all-cluster-statuses", headers=zoe).json() == {"statuses": []}


def test_a_clone_has_the_packages_of_its_source(house: House, make: Make) -> None:
    source = make()
    house.post("/api/2.0/libraries/install", cluster_id=source, libraries=[TINY])
    clone = make(clone_from={"source_cluster_id": source})
    assert [each["library"] for each in status_of(house, clone)] == [TINY]
