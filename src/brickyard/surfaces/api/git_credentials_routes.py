"""`/api/2.0/git-credentials`: a user's own credentials for Git servers. Tokens are sealed, and never answered.

Source: REST API reference of Databricks, Git credentials. Nobody sees those of another, administrators neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.engine.git_logins import KIND
from brickyard.errors import AlreadyExists, FeatureDisabled, InvalidParameterValue, NotFound
from brickyard.jobs.git import PROVIDERS
from brickyard.records import Document
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(prefix="/api/2.0/git-credentials", tags=["Git"])

_ROUTE = [allow(Action.OWN_CREDENTIALS)]
_TEXTS = ("git_username", "git_email", "name")
_FIELDS = ("git_provider", "personal_access_token", "is_default_for_provider", *_TEXTS)
_MAX_TEXT, _MAX_TOKEN = 256, 4096


@router.post("", dependencies=_ROUTE)
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Keep credentials for a provider; one for each."""
    body = _checked(sent)
    provider = _provider(sent.text("git_provider"))
    if any(each.body["git_provider"].lower() == provider.lower() for each in _own(services, asker)):
        raise AlreadyExists(f"There are Git credentials for {provider} already; change or delete them.")
    now = services.clock.now_ms()
    document = Document(
        kind=KIND,
        document_id=str(services.ids.next_id()),
        name=asker.user_name,
        owner=asker.user_name,
        created_ms=now,
        updated_ms=now,
        body={"git_provider": provider, **body},
        sealed=_token(sent),
    )
    services.store.documents.save(document)
    return answer(_shown(document))


@router.get("", dependencies=_ROUTE)
def list_all(services: Given, asker: Asker) -> Response:
    """The caller's credentials, without their tokens."""
    return answer({"credentials": [_shown(each) for each in _own(services, asker)]})


@router.get("/{credential_id}", dependencies=_ROUTE)
def get(credential_id: str, services: Given, asker: Asker) -> Response:
    """One of the caller's credentials, without its token."""
    return answer(_shown(_one(services, asker, credential_id)))


@router.patch("/{credential_id}", dependencies=_ROUTE)
def update(credential_id: str, sent: Sent, services: Given, asker: Asker) -> Response:
    """Change what is given. For another provider the token must be given anew: it was made for one server."""
    before = _one(services, asker, credential_id)
    body = {**before.body, **_checked(sent)}
    provider = _provider(sent.text("git_provider", "") or before.body["git_provider"])
    moved = provider.lower() != before.body["git_provider"].lower()
    if moved and "personal_access_token" not in sent:
        raise InvalidParameterValue("personal_access_token is missing; with another git_provider it must be given.")
    others = [each for each in _own(services, asker) if each.document_id != before.document_id]
    if any(each.body["git_provider"].lower() == provider.lower() for each in others):
        raise AlreadyExists(f"There are Git credentials for {provider} already; change or delete them.")
    if moved or "personal_access_token" in sent:
        body.pop("hosts", None)  # those that the old token was sent to
    token = _token(sent) if "personal_access_token" in sent else before.sealed
    after = replace(before, body={**body, "git_provider": provider}, sealed=token, updated_ms=services.clock.now_ms())
    services.store.documents.save(after)
    return answer(_shown(after))


@router.delete("/{credential_id}", dependencies=_ROUTE)
def delete(credential_id: str, services: Given, asker: Asker) -> Response:
    """Forget one of the caller's credentials."""
    services.store.documents.delete(KIND, _one(services, asker, credential_id).document_id)
    return answer({})


def _own(services: Services, asker: Caller) -> Sequence[Document]:
    return services.store.documents.find(KIND, name=asker.user_name)


def _one(services: Services, asker: Caller, credential_id: str) -> Document:
    found = next((each for each in _own(services, asker) if each.document_id == credential_id), None)
    if found is None:
        raise NotFound(f"Git credential {credential_id[:100]!r} does not exist.")
    return found


def _checked(sent: Fields) -> dict[str, Any]:
    if "principal_id" in sent:
        raise FeatureDisabled("principal_id is not supported: credentials are kept by whoever they belong to.")
    sent.only(*_FIELDS)
    if not sent.flag("is_default_for_provider", default=True):
        raise FeatureDisabled("is_default_for_provider false is not supported: there is one credential for a provider.")
    found: dict[str, Any] = {name: sent.text(name, "") for name in _TEXTS if name in sent}
    for name, value in found.items():
        if len(value) > _MAX_TEXT or not value.isprintable():
            raise InvalidParameterValue(f"{name} must be at most {_MAX_TEXT} printable characters.")
    return found


def _provider(given: str) -> str:
    if given.lower() not in PROVIDERS:
        raise InvalidParameterValue(f"git_provider is {given[:100]!r}; it must be one of {', '.join(PROVIDERS)}.")
    return given


def _token(sent: Fields) -> bytes:
    token = sent.text("personal_access_token")
    if len(token) > _MAX_TOKEN or not token.isprintable():
        # The token is not repeated.
        raise InvalidParameterValue(f"personal_access_token must be at most {_MAX_TOKEN} printable characters.")
    return token.encode()


def _shown(document: Document) -> dict[str, Any]:
    shown = {name: document.body[name] for name in ("git_provider", *_TEXTS) if document.body.get(name)}
    return {"credential_id": int(document.document_id), **shown, "is_default_for_provider": True}
