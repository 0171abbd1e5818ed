"""`/api/2.0/secrets/…`: secret scopes and secrets. The store encrypts; values leave only by `get`, base64."""

from __future__ import annotations

import base64
import binascii
import re

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.identity import USERS
from brickyard.access.levels import ObjectType
from brickyard.errors import FeatureDisabled, InvalidParameterValue, MalformedRequest
from brickyard.surfaces.api import finders, secret_lists
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/secrets", tags=["Secrets"])

MAX_SECRET = 128 * 1024
"""Bytes of a secret."""
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,128}")


@router.post("/scopes/create", dependencies=[allow(Action.SCOPE_CREATE)])
def create_scope(sent: Sent, services: Given, asker: Asker) -> Response:
    """Make a scope, which its maker manages; with `initial_manage_principal` "users" everybody does."""
    sent.only("scope", "initial_manage_principal", "scope_backend_type", "backend_azure_keyvault")
    if "backend_azure_keyvault" in sent or sent.text("scope_backend_type", "DATABRICKS") != "DATABRICKS":
        raise FeatureDisabled("scope_backend_type: secrets are kept here; a key vault cannot be used.")
    everybody = sent.choice("initial_manage_principal", [USERS, ""], "") == USERS
    scope = _name(sent, "scope")
    services.store.secrets.create_scope(scope)
    # What is left of an older scope of the name goes with this. Until it is there, administrators alone may use it.
    secret_lists.begin(services, scope, asker.identity, everybody=everybody)
    return answer({})


@router.get("/scopes/list", dependencies=[allow(Action.SCOPE_LIST)])
def list_scopes(services: Given, asker: Asker) -> Response:
    """The scopes on which the caller has any permission."""
    scopes = secret_lists.visible(services, asker.identity)
    return answer({"scopes": [{"name": scope, "backend_type": "DATABRICKS"} for scope in scopes]})


@router.post("/scopes/delete", dependencies=[allow(Action.SECRET_MANAGE, finders.scope_sent)])
def delete_scope(sent: Sent, services: Given) -> Response:
    """Delete a scope with its secrets and its access list."""
    scope = _name(sent.only("scope"), "scope")
    services.store.secrets.delete_scope(scope)
    services.store.acls.delete(ObjectType.SECRET_SCOPES, scope)
    return answer({})


@router.post("/put", dependencies=[allow(Action.SECRET_WRITE, finders.scope_sent)])
def put(sent: Sent, services: Given) -> Response:
    """Set a secret, from `string_value` or from `bytes_value` (base64)."""
    sent.only("scope", "key", "string_value", "bytes_value")
    value = _value(sent)
    if len(value) > MAX_SECRET:
        raise InvalidParameterValue(f"The secret has {len(value):,} bytes; the limit is {MAX_SECRET:,}.")
    services.store.secrets.put(_name(sent, "scope"), _name(sent, "key"), value, services.clock.now_ms())
    return answer({})


@router.get("/get", dependencies=[allow(Action.SECRET_READ, finders.scope_asked)])
def get(query: Query, services: Given) -> Response:
    """The value of a secret, base64."""
    query.only("scope", "key")
    key = _name(query, "key")
    value = services.store.secrets.get(_name(query, "scope"), key)
    return answer({"key": key, "value": base64.b64encode(value).decode()})


@router.get("/list", dependencies=[allow(Action.SECRET_READ, finders.scope_asked)])
def list_secrets(query: Query, services: Given) -> Response:
    """The keys of a scope."""
    keys = services.store.secrets.keys(_name(query.only("scope"), "scope"))
    return answer({"secrets": [{"key": key, "last_updated_timestamp": at} for key, at in keys]})


@router.post("/delete", dependencies=[allow(Action.SECRET_WRITE, finders.scope_sent)])
def delete(sent: Sent, services: Given) -> Response:
    """Delete a secret."""
    sent.only("scope", "key")
    services.store.secrets.delete(_name(sent, "scope"), _name(sent, "key"))
    return answer({})


def _name(fields: Fields, field: str) -> str:
    name = fields.text(field)
    if not _NAME.fullmatch(name):
        raise InvalidParameterValue(f"{field} is {name[:100]!r}; it must be 1 to 128 letters, digits or any of -_.@")
    return name


def _value(sent: Fields) -> bytes:
    if ("string_value" in sent) == ("bytes_value" in sent):
        raise MalformedRequest("Exactly one of string_value and bytes_value must be given.")
    if "string_value" in sent:
        return sent.text("string_value", "").encode()
    try:
        return base64.b64decode(sent.text("bytes_value", ""), validate=True)
    except binascii.Error as error:
        raise MalformedRequest(f"bytes_value is not base64: {error}.") from error
