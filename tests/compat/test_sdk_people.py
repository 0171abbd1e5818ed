"""Users, groups, service principals and tokens through the service's own SDK, against a real server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound, PermissionDenied, ResourceConflict, Unauthenticated
from databricks.sdk.service.iam import ComplexValue, Name, Patch, PatchOp, PatchSchema, User

from tests.compat.conftest import Served

SCHEMAS = [PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


@pytest.fixture
def bob(client: WorkspaceClient) -> Iterator[User]:
    """A user of this test alone."""
    made = client.users.create(
        user_name="Bob@Example.com",
        display_name="Bob M.",
        name=Name(given_name="Bob", family_name="Miner"),
        entitlements=[ComplexValue(value="allow-cluster-create")],
    )
    yield made
    with contextlib.suppress(NotFound):
        client.users.delete(made.id or "")


def test_a_user_is_found_changed_and_deleted(client: WorkspaceClient, bob: User) -> None:
    assert bob.id
    assert bob.user_name
    assert bob.user_name == bob.user_name.lower()
    [found] = client.users.list(filter=f'userName eq "{bob.user_name}"')
    assert found == client.users.get(bob.id) == bob
    assert bob.user_name in {each.user_name for each in client.users.list(count=1)}, "page after page"
    client.users.update(bob.id, user_name=bob.user_name, display_name="Robert", active=True)
    changed = client.users.get(bob.id)
    assert (changed.display_name, changed.name, changed.entitlements) == ("Robert", None, [])
    # The SDK leaves a value out that is False, so clients say it as a text.
    off = Patch(op=PatchOp.REPLACE, path="active", value="false")
    client.users.patch(bob.id, operations=[off], schemas=SCHEMAS)
    assert client.users.get(bob.id).active is False
    client.users.delete(bob.id)
    with pytest.raises(NotFound, match=f"user with the id '{bob.id}'"):
        client.users.get(bob.id)


def test_a_user_of_a_known_name_is_a_conflict(client: WorkspaceClient, bob: User) -> None:
    with pytest.raises(ResourceConflict, match=r"uniqueness.*exists already"):
        client.users.create(user_name=bob.user_name)


def test_members_come_and_go(client: WorkspaceClient, bob: User) -> None:
    group = client.groups.create(display_name="miners")
    assert group.id
    assert bob.id
    try:
        add = Patch(op=PatchOp.ADD, value={"members": [{"value": bob.id}]})
        client.groups.patch(group.id, operations=[add], schemas=SCHEMAS)
        assert [each.value for each in client.groups.get(group.id).members or []] == [bob.id]
        assert group.display_name in {each.display for each in client.users.get(bob.id).groups or []}
        remove = Patch(op=PatchOp.REMOVE, path=f'members[value eq "{bob.id}"]')
        client.groups.patch(group.id, operations=[remove], schemas=SCHEMAS)
        assert not client.groups.get(group.id).members
        client.groups.update(group.id, display_name=group.display_name, members=[ComplexValue(value=bob.id)])
        assert [each.value for each in client.groups.get(group.id).members or []] == [bob.id]
    finally:
        client.groups.delete(group.id)


def test_me_knows_its_groups(client: WorkspaceClient) -> None:
    me = client.current_user.me()
    assert {each.display for each in me.groups or []} == {"admins", "users"}
    assert {each.value for each in me.entitlements or []} >= {"workspace-access"}
    with pytest.raises(DatabricksError, match="nobody would be left"):
        client.users.delete(me.id or "")


def test_a_service_principal_signs_in_by_oauth(client: WorkspaceClient, served: Served) -> None:
    """The whole way: made, given a secret, signed in, listed as itself, put out."""
    robot = client.service_principals.create(display_name="Nightly")
    assert robot.id
    assert robot.application_id
    secret = client.service_principal_secrets_proxy.create(robot.id, lifetime="3600s")
    machine = WorkspaceClient(host=served.url, client_id=robot.application_id, client_secret=secret.secret)
    assert machine.config.auth_type == "oauth-m2m"
    assert machine.current_user.me().user_name == robot.application_id
    assert machine.get_workspace_id() == client.get_workspace_id()
    assert list(machine.jobs.list(limit=1)) is not None
    with pytest.raises(PermissionDenied, match="admins"):
        machine.users.create(user_name="eve@example.com")
    assert [each.id for each in client.service_principal_secrets_proxy.list(robot.id)] == [secret.id]
    client.service_principal_secrets_proxy.delete(robot.id, secret.id or "")
    with pytest.raises(Unauthenticated):
        machine.current_user.me()
    again = WorkspaceClient(host=served.url, client_id=robot.application_id, client_secret=secret.secret)
    with pytest.raises(ValueError, match="invalid_client"):
        again.current_user.me()
    client.service_principals.delete(robot.id)


def test_tokens_of_oneself_and_of_others(client: WorkspaceClient, served: Served) -> None:
    robot = client.service_principals.create(display_name="Nightly")
    made = client.token_management.create_obo_token(robot.application_id or "", comment="ci", lifetime_seconds=600)
    machine = WorkspaceClient(host=served.url, token=made.token_value)
    own = machine.tokens.create(comment="mine", lifetime_seconds=60)
    assert {each.comment for each in machine.tokens.list()} == {"ci", "mine"}
    seen = client.token_management.list(created_by_id=int(robot.id or 0))
    assert {each.token_id for each in seen} == {made.token_info and made.token_info.token_id,
                                                own.token_info and own.token_info.token_id}  # fmt: skip
    assert own.token_info
    token_id = own.token_info.token_id or ""
    found = client.token_management.get(token_id).token_info
    assert found
    assert (found.comment, found.created_by_username) == ("mine", robot.application_id)
    client.token_management.delete(token_id)
    with pytest.raises(Unauthenticated):
        WorkspaceClient(host=served.url, token=own.token_value).current_user.me()
    client.service_principals.delete(robot.id or "")
    with pytest.raises(Unauthenticated):
        machine.current_user.me()
