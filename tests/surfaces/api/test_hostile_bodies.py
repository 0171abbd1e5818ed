"""Every endpoint that changes something, given bodies by somebody who means harm: refused at once, and nothing changes."""

from __future__ import annotations

import copy
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.surfaces.api.house import House, task

SECONDS = 2.0
"""So long one answer may take at most; on a machine with nothing else to do it is a hundredth of this."""
_FORM = {"error_code", "message", "details"}
_SCIM_FORM = {"schemas", "detail", "status", "scimType"}
_LONGEST = 4000
"""Characters of a refusal: it names what is wrong, and does not give it back."""
_RAW = {
    "\0deep": "[" * 100_000 + "]" * 100_000,
    "\0nested": "[" * 400 + "]" * 400,
    "\0objects": '{"a":' * 300 + "1" + "}" * 300,
    "\0digits": "9" * 400,
    "\0nan": "NaN",
    "\0huge": "1e400",
    "\0half": '"\\ud800"',
}
_PLAIN: dict[str, Any] = {
    "beyond 64 bits": 2**63,
    "far beyond 64 bits": 10**30,
    "below zero": -(2**63) - 1,
    "fraction": 1.5,
    "nul": "a\0b",
    "nul in a key": {"a\0b": "c"},
    "long": "ab" * 50_000,
    "long key": {"k" * 50_000: 1},
    "braces": "{{" * 50_000,
    "spaces": "a" + " " * 50_000 + "b",
    "path": "../../../etc/passwd",
    "list": [[[]]],
    "object": {"a": {"b": []}},
}
HOSTILE: dict[str, Any] = {**_PLAIN, **{name.strip("\0"): name for name in _RAW}}

JOB = {
    "name": "nightly",
    "max_concurrent_runs": 3,
    "timeout_seconds": 60,
    "tags": {"team": "ore"},
    "parameters": [{"name": "day", "default": "1"}],
    "git_source": {"git_url": "https://git.example.com/a.git", "git_provider": "gitHub", "git_branch": "main"},
    "environments": [{"environment_key": "e", "spec": {"environment_version": "4", "dependencies": ["tiny==1"]}}],
    "job_clusters": [{"job_cluster_key": "c", "new_cluster": {"num_workers": 1, "spark_conf": {"a": "b"}}}],
    "tasks": [
        task("load", libraries=[{"pypi": {"package": "tiny"}}, {"whl": "/Workspace/a.whl"}], job_cluster_key="c"),
        {"task_key": "if", "condition_task": {"op": "EQUAL_TO", "left": "{{job.id}}", "right": "1"}},
        {"task_key": "sql", "sql_task": {"warehouse_id": "w", "file": {"path": "a.sql"}, "parameters": {"a": "b"}}},
        {"task_key": "query", "sql_task": {"warehouse_id": "w", "query": {"query_id": "1"}}},
        {
            "task_key": "dbt",
            "dbt_task": {"commands": ["dbt run"], "project_directory": "p", "profiles_directory": "p", "schema": "s"},
            "environment_key": "e",
        },
        {
            "task_key": "wheel",
            "python_wheel_task": {"package_name": "p", "entry_point": "e", "named_parameters": {"a": "b"}},
            "environment_key": "e",
        },
        {
            "task_key": "each",
            "depends_on": [{"task_key": "if", "outcome": "true"}],
            "for_each_task": {
                "inputs": "[1]",
                "concurrency": 2,
                "task": {
                    "task_key": "one",
                    "notebook_task": {"notebook_path": "n", "base_parameters": {"a": "{{input}}"}},
                },
            },
        },
    ],
}
_OVERRIDES = {
    "job_parameters": {"day": "2"},
    "notebook_params": {"a": "b"},
    "python_params": ["a"],
    "sql_params": {"a": "b"},
    "dbt_commands": ["dbt test"],
}
_QUERY = {
    "display_name": "Q",
    "query_text": "SELECT :a",
    "description": "d",
    "catalog": "main",
    "schema": "s",
    "tags": ["t"],
    "parameters": [
        {"name": "a", "title": "A", "text_value": {"value": "1"}},
        {"name": "n", "numeric_value": {"value": 1}},
        {"name": "d", "date_value": {"date_value": "2026-01-01"}},
        {"name": "e", "enum_value": {"enum_options": "a", "values": ["a"], "multi_values_options": {"prefix": "'"}}},
    ],
}

_LIST = [
    {"user_name": "ada@example.com", "permission_level": "IS_OWNER"},
    {"group_name": "users", "permission_level": "CAN_VIEW"},
]
JOB_ID, RUN_ID = 1001, 1002
"""What the first run of a house and its job are called."""
_WAREHOUSE = {
    "name": "w",
    "cluster_size": "Small",
    "auto_stop_mins": 5,
    "tags": {"custom_tags": [{"key": "a", "value": "b"}]},
    "channel": {"name": "CHANNEL_NAME_CURRENT"},
}
_POOL = {
    "node_type_id": "m5.large",
    "max_capacity": 3,
    "custom_tags": {"team": "ore"},
    "preloaded_spark_versions": ["15.4"],
    "aws_attributes": {"zone_id": "a"},
}
_CLUSTER = {
    "cluster_name": "c",
    "spark_version": "16.4.x-scala2.12",
    "node_type_id": "m5.large",
    "num_workers": 1,
    "autotermination_minutes": 10,
    "spark_conf": {"a": "b"},
    "spark_env_vars": {"A": "{{secrets/s/k}}"},
    "custom_tags": {"team": "ore"},
    "aws_attributes": {"zone_id": "a"},
}
_SCIM = "/api/2.0/preview/scim/v2"
_PEOPLE: dict[str, dict[str, Any]] = {
    "Users": {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "bob@example.com",
        "displayName": "Bob",
        "name": {"givenName": "B", "familyName": "M"},
        "emails": [{"value": "bob@example.com", "type": "work", "primary": True}],
        "active": True,
        "externalId": "7",
        "groups": [{"value": "1"}],
        "entitlements": [{"value": "a"}],
        "roles": [{"value": "r"}],
    },
    "Groups": {"displayName": "miners", "members": [{"value": "3"}], "meta": {"resourceType": "WorkspaceGroup"}},
    "ServicePrincipals": {"applicationId": "0f8fad5b-d9cb-469f-a165-70867728950e", "displayName": "R", "active": True},
}
_PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [
        {"op": "replace", "path": "externalId", "value": "7"},
        {"op": "add", "path": "entitlements", "value": [{"value": "a"}]},
        {"op": "remove", "path": 'roles[value eq "r" and not_there eq "1"]'},
    ],
}
BODIES: dict[str, dict[str, Any]] = {
    **{f"{_SCIM}/{place}": body for place, body in _PEOPLE.items()},
    **{f"{_SCIM}/{place}/{{principal_id}}": _PATCH for place in _PEOPLE},
    "/api/2.0/accounts/servicePrincipals/{principal_id}/credentials/secrets": {"lifetime": "60s"},
    "/api/2.0/token-management/on-behalf-of/tokens": {"application_id": "a", "comment": "c", "lifetime_seconds": 1},
    "/api/brickyard/tokens": {"user_name": "ada@example.com", "comment": "c", "lifetime_seconds": 1},
    "/api/2.2/jobs/create": JOB,
    "/api/2.2/jobs/reset": {"job_id": JOB_ID, "new_settings": JOB},
    "/api/2.2/jobs/update": {"job_id": JOB_ID, "new_settings": JOB, "fields_to_remove": ["tags"]},
    "/api/2.2/jobs/delete": {"job_id": JOB_ID},
    "/api/2.2/jobs/run-now": {"job_id": JOB_ID, "only": ["load"], "idempotency_token": "t", **_OVERRIDES},
    "/api/2.2/jobs/runs/submit": {"run_name": "once", "idempotency_token": "t", "tasks": JOB["tasks"]},
    "/api/2.2/jobs/runs/repair": {"run_id": RUN_ID, "rerun_tasks": ["load"], "latest_repair_id": 1, **_OVERRIDES},
    "/api/2.2/jobs/runs/cancel": {"run_id": RUN_ID},
    "/api/2.2/jobs/runs/cancel-all": {"job_id": JOB_ID, "all_queued_runs": False},
    "/api/2.2/jobs/runs/delete": {"run_id": RUN_ID},
    "/api/brickyard/runs/{run_id}/repair-plan": {"rerun_tasks": ["load"], "latest_repair_id": 1, **_OVERRIDES},
    "/api/brickyard/jobs/{job_id}/restore": {"version": 1},
    "/api/brickyard/jobs/{job_id}/backfills": {
        "from": "2026-01-01", "to": "2026-01-03", "every": "1d", "zone": "UTC", "order": "oldest", "parallel": 1,
        "rerun": "failed", "max_runs": 5, "dry_run": False, "parameters": {"day": "{{backfill.iso_date}}"},
    },
    "/api/brickyard/backfills/{backfill_id}/cancel": {"cancel_runs": False},
    "/api/brickyard/backfills/{backfill_id}/pause": {},
    "/api/brickyard/backfills/{backfill_id}/resume": {},
    "/api/brickyard/backfills/{backfill_id}/retry": {},
    "/api/2.0/sql/queries": {"query": _QUERY, "auto_resolve_display_name": True},
    "/api/2.0/sql/queries/{query_id}": {"query": _QUERY, "update_mask": "description"},
    "/api/2.0/sql/warehouses": _WAREHOUSE,
    "/api/2.0/sql/warehouses/{warehouse_id}/edit": _WAREHOUSE,
    "/api/2.0/sql/warehouses/{warehouse_id}/start": {},
    "/api/2.0/sql/warehouses/{warehouse_id}/stop": {},
    "/api/2.0/sql/statements": {
        "statement": "select 1", "warehouse_id": "w", "parameters": [{"name": "n", "value": "1", "type": "INT"}],
        "row_limit": 1, "byte_limit": 1, "wait_timeout": "0s", "disposition": "INLINE", "format": "JSON_ARRAY",
    },
    "/api/2.0/sql/statements/{statement_id}/cancel": {},
    "/api/2.0/notification-destinations": {"display_name": "d", "config": {"slack": {"url": "https://a.example"}}},
    "/api/2.0/notification-destinations/{destination_id}": {"config": {"email": {"addresses": ["a@b.example"]}}},
    "/api/2.0/permissions/{object_type}/{object_id}": {"access_control_list": _LIST},
    "/api/2.0/permissions/sql/warehouses/{object_id}": {"access_control_list": _LIST},
    "/api/2.0/instance-pools/create": {"instance_pool_name": "p", **_POOL},
    "/api/2.0/instance-pools/edit": {"instance_pool_id": "p", "instance_pool_name": "p", **_POOL},
    "/api/2.0/instance-pools/delete": {"instance_pool_id": "p"},
    "/api/2.0/policies/clusters/create": {"name": "p", "definition": '{"a": {"type": "fixed", "value": 1}}'},
    "/api/2.0/policies/clusters/edit": {"policy_id": "p", "name": "p", "definition": "{}", "description": "d"},
    "/api/2.0/policies/clusters/delete": {"policy_id": "p"},
    "/api/2.0/secrets/scopes/create": {"scope": "s", "scope_backend_type": "DATABRICKS"},
    "/api/2.0/secrets/scopes/delete": {"scope": "s"},
    "/api/2.0/secrets/put": {"scope": "s", "key": "k", "string_value": "v"},
    "/api/2.0/secrets/acls/put": {"scope": "s", "principal": "p", "permission": "READ"},
    "/api/2.0/secrets/acls/delete": {"scope": "s", "principal": "p"},
    "/api/2.0/secrets/delete": {"scope": "s", "key": "k"},
    "/api/2.0/workspace/import": {"path": "/Shared/a", "format": "SOURCE", "language": "PYTHON", "content": "MQ=="},
    "/api/2.0/repos": {"url": "http://127.0.0.1:1/a/b.git", "provider": "gitHub", "path": "/Repos/a/b"},
    "/api/2.0/repos/{repo_id}": {"branch": "main"},
    "/api/2.0/git-credentials": {"git_provider": "gitHub", "git_username": "u", "personal_access_token": "t"},
    "/api/2.0/git-credentials/{credential_id}": {"git_provider": "gitHub", "git_username": "u"},
    "/api/2.0/workspace/mkdirs": {"path": "/Shared/a"},
    "/api/2.0/workspace/delete": {"path": "/Shared/a", "recursive": False},
    "/api/2.0/token/create": {"comment": "c", "lifetime_seconds": 1},
    "/api/2.0/token/delete": {"token_id": "1"},
    "/api/2.1/clusters/events": {"cluster_id": "1", "limit": 1, "event_types": ["RUNNING"], "start_time": 1},
    "/api/2.1/clusters/create": _CLUSTER,
    "/api/2.1/clusters/edit": {"cluster_id": "1", **_CLUSTER},
    "/api/2.1/clusters/update": {"cluster_id": "1", "cluster": {"num_workers": 2}, "update_mask": "num_workers"},
    "/api/2.1/clusters/resize": {"cluster_id": "1", "autoscale": {"min_workers": 1, "max_workers": 2}},
    **{f"/api/2.1/clusters/{verb}": {"cluster_id": "1"} for verb in
       ("start", "restart", "delete", "permanent-delete", "pin", "unpin")},
    "/api/2.1/clusters/change-owner": {"cluster_id": "1", "owner_username": "a@b.example"},
    "/api/2.0/libraries/install": {"cluster_id": "1", "libraries": [{"pypi": {"package": "tiny"}}, {"whl": "/a.whl"}]},
    "/api/2.0/libraries/uninstall": {"cluster_id": "1", "libraries": [{"requirements": "/Workspace/a.txt"}]},
    "/api/1.2/contexts/create": {"clusterId": "1", "language": "python"},
    "/api/1.2/contexts/destroy": {"clusterId": "1", "contextId": "1"},
    "/api/1.2/commands/execute": {"clusterId": "1", "contextId": "1", "language": "sql", "command": "select 1"},
    "/api/1.2/commands/cancel": {"clusterId": "1", "contextId": "1", "commandId": "1"},
    "/api/2.0/dbfs/create": {"path": "/a", "overwrite": False},
    "/api/2.0/dbfs/add-block": {"handle": 1, "data": "MQ=="},
    "/api/2.0/dbfs/close": {"handle": 1},
    "/api/2.0/dbfs/put": {"path": "/a", "contents": "MQ==", "overwrite": False},
    "/api/2.0/dbfs/mkdirs": {"path": "/a"},
    "/api/2.0/dbfs/move": {"source_path": "/a", "destination_path": "/b"},
    "/api/2.0/dbfs/delete": {"path": "/a", "recursive": False},
    "/api/2.1/unity-catalog/catalogs": {"name": "c", "comment": ""},
    "/api/2.1/unity-catalog/schemas": {"catalog_name": "main", "name": "s", "comment": "c"},
    "/api/2.1/unity-catalog/volumes": {
        "catalog_name": "main", "schema_name": "default", "name": "v", "volume_type": "MANAGED",
    },
}  # fmt: skip
"""By path: a body that would be taken there, had its ids been those of something."""
_NO_JSON = {
    "/oidc/v1/token",
    "/api/2.0/workspace-files/import-file/{path}",
    "/api/2.0/fs/files/{path}",
    "/api/2.0/fs/directories/{path}",
    *(f"/api/2.0/fs/create-{what}-url" for what in ("abort-upload", "download", "resumable-upload")),
    "/api/2.0/fs/create-upload-part-urls",
}
"""What takes the bytes of a file, or nothing, or is refused whatever is sent."""
_VERSIONED = re.compile(r"/api/2\.[0-2]/(?=jobs|clusters)")


def changing(house: House) -> dict[str, str]:
    """Every path that takes a body with its method, from the description of the API; the newest version of each."""
    paths = house.get("/api/brickyard/openapi.json")["paths"]
    found = {path: method for path in sorted(paths) for method in paths[path] if method in {"post", "patch", "put"}}
    newest = {_VERSIONED.sub("", path): path for path in found}
    return {path: found[path] for path in newest.values() if path not in _NO_JSON}


def test_every_endpoint_that_takes_a_body_is_attacked_here(house: House) -> None:
    assert set(changing(house)) == set(BODIES)


def spoilt(body: Any, bad: Any) -> Iterator[Any]:
    """The body with `bad` in place of one value after the other, however deep."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for place, value in items:
        for worse in (bad, *spoilt(value, bad)):
            changed = copy.copy(body)
            changed[place] = worse
            yield changed


def attacks(body: dict[str, Any]) -> Iterator[Any]:
    """Bodies in which one value is hostile: about sixty, spread evenly over all kinds in all places."""
    every = [changed for bad in HOSTILE.values() for changed in spoilt(body, bad)]
    yield from every[:: max(1, len(every) // 40)]
    yield from ({**body, "new_field": bad} for bad in HOSTILE.values())


def written(body: Any) -> bytes:
    """The body as JSON, also with what no JSON can be."""
    text = json.dumps(body)
    for name, raw in _RAW.items():
        text = text.replace(json.dumps(name), raw)
    return text.encode()


def remembered(house: House) -> tuple[object, ...]:
    """What is kept of jobs, runs, backfills, queries and secrets."""
    lists = ("/api/2.2/jobs/list", "/api/2.2/jobs/runs/list", "/api/brickyard/backfills", "/api/2.0/sql/queries",
             "/api/2.0/secrets/scopes/list", "/api/2.0/token/list",
             *(f"{_SCIM}/{place}" for place in _PEOPLE))  # fmt: skip
    return (*(house.get(path) for path in lists), house.get("/api/2.0/workspace/list", path="/"))


@pytest.mark.parametrize("path", BODIES)
def test_hostile_bodies_get_a_short_answer_at_once_and_change_nothing(house: House, path: str) -> None:
    run_id = house.start_run(task("load"))
    house.end(run_id, "load", status="failed", error="no ore")
    assert (house.commands.run(run_id).job_id, run_id) == (JOB_ID, RUN_ID)
    names = defaultdict(lambda: 1, job_id=JOB_ID, run_id=RUN_ID, object_type="jobs", object_id=JOB_ID)
    names["principal_id"] = 3 if "Users" in path else 1  # a house's first user, and its group `admins`
    url = path.format_map(names)
    method = changing(house)[path]
    before = remembered(house)
    for body in attacks(BODIES[path]):
        begun = time.perf_counter()
        answer = house.client.request(method, url, content=written(body), headers={"Content-Type": "application/json"})
        took = time.perf_counter() - begun
        shown = (path, str(body)[:300], answer.status_code, answer.text[:300])
        assert took < SECONDS, (took, *shown)
        if answer.status_code in {200, 201}:
            before = remembered(house)  # it was harmless after all: text is text
            continue
        assert 400 <= answer.status_code < 500, shown
        form, text = (_SCIM_FORM, "detail") if path.startswith(_SCIM) else (_FORM, "message")
        assert set(answer.json()) == form, shown
        assert 0 < len(answer.json()[text]) < _LONGEST, shown
    assert remembered(house) == before


@pytest.mark.parametrize(
    ("place", "name"), [("Users/3", {"userName": "ada@example.com"}), ("Groups/1", {"displayName": "admins"})]
)
def test_hostile_bodies_replace_nobody(house: House, place: str, name: dict[str, str]) -> None:
    """Of paths that take a body with several methods, `BODIES` has the last one."""
    kind, _, principal_id = place.partition("/")
    for body in attacks({**_PEOPLE[kind], **name, "id": principal_id}):
        content, headers = written(body), {"Content-Type": "application/json"}
        answer = house.client.put(f"{_SCIM}/{place}", content=content, headers=headers)
        assert answer.status_code == 200 or 400 <= answer.status_code < 500, (str(body)[:300], answer.text[:300])
        assert answer.status_code == 200 or set(answer.json()) == _SCIM_FORM
    me = house.get(f"{_SCIM}/Me")
    assert (me["userName"], [each["display"] for each in me["groups"]]) == ("ada@example.com", ["admins", "users"])


@pytest.mark.parametrize(
    ("number", "status"), [(2**63 - 1, 404), (2**63, 400), (10**30, 400)], ids=["64 bits", "65 bits", "100 bits"]
)
@pytest.mark.parametrize(
    "path",
    ["backfills/{}", "backfills/{}/watch", "backfills/{}/intervals", "jobs/{}/versions", "jobs/{}/diff"],
)  # fmt: skip
def test_an_id_of_too_many_digits_is_refused_and_not_looked_for(
    house: House, path: str, number: int, status: int
) -> None:
    assert house.refused("GET", f"/api/brickyard/{path.format(number)}")[0] == status


@pytest.mark.parametrize("field", ["display_name", "query_text", "description", "tags"])
def test_a_nul_character_gets_into_no_saved_query(house: House, field: str) -> None:
    bad: object = ["a\0b"] if field == "tags" else "a\0b"
    status, code, message = house.refused(
        "POST", "/api/2.0/sql/queries", json={"query": {"query_text": "SELECT 1", field: bad}}
    )
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message.startswith(field)
    assert "NUL" in message


@pytest.mark.parametrize("path", ["/api/2.2/jobs/list", "/api/brickyard/tables"])
def test_a_nul_character_in_the_query_is_refused(house: House, path: str) -> None:
    assert house.refused("GET", path, params={"name": "a\0b"})[0] == 400


def test_a_nul_character_in_the_path_is_refused(house: House) -> None:
    status, _, message = house.refused("GET", "/api/2.0/sql/queries/a%00b")
    assert (status, message) == (400, "query_id has a NUL character; it must be without.")
