"""What a notification destination is made of. Addresses and keys are kept sealed, and never answered.

Source: REST API reference of Databricks, notification destinations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.surfaces.api.inputs import Fields

TYPES = {
    "email": "EMAIL",
    "slack": "SLACK",
    "microsoft_teams": "MICROSOFT_TEAMS",
    "pagerduty": "PAGERDUTY",
    "generic_webhook": "WEBHOOK",
}
"""The type of destination by the name of its configuration."""
_SECRETS = {
    "email": (),
    "slack": ("url",),
    "microsoft_teams": ("url",),
    "pagerduty": ("integration_key",),
    "generic_webhook": ("url", "username", "password"),
}
_REFUSED = {
    "databricks_app_slack": "it needs an application of Databricks in Slack; use slack.url, an incoming webhook",
    "databricks_app_teams": "it needs an application of Databricks in Teams; use microsoft_teams.url",
    "slack.oauth_token": "messages go to an incoming webhook; use slack.url",
    "slack.channel_id": "messages go to an incoming webhook, which has its channel; use slack.url",
    "microsoft_teams.app_id": "messages go to an incoming webhook; use microsoft_teams.url",
    "microsoft_teams.auth_secret": "messages go to an incoming webhook; use microsoft_teams.url",
    "microsoft_teams.channel_url": "messages go to an incoming webhook; use microsoft_teams.url",
    "microsoft_teams.tenant_id": "messages go to an incoming webhook; use microsoft_teams.url",
}
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}")
_MAX_ADDRESSES = 100
_MAX_SECRET = 4096


def checked(config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The one configuration that was sent: its name, and its fields.

    Raises:
        InvalidParameterValue: there is none or more than one, or a field is not allowed.
        FeatureDisabled: it is of a kind that cannot be used here.
    """
    for name, reason in _REFUSED.items():
        if name in config:
            raise FeatureDisabled(f"config.{name} is not supported: {reason}.")
    names = list(Fields(config).only(*TYPES).raw())
    if len(names) != 1:
        given = ", ".join(names) or "nothing"
        raise InvalidParameterValue(f"config has {given}; it must have exactly one of {', '.join(TYPES)}.")
    name = names[0]
    fields = Fields(config).mapping(name)
    if name == "email":
        return name, {"addresses": _addresses(Fields(fields).only("addresses").texts("addresses"))}
    return name, _sealed_fields(name, fields)


def shown(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as it is answered: of what is secret only whether it is set."""
    if name == "email":
        return {name: dict(fields)}
    return {name: {f"{field}_set": field in fields for field in _SECRETS[name]}}


def _addresses(addresses: list[str]) -> list[str]:
    if not 0 < len(addresses) <= _MAX_ADDRESSES:
        raise InvalidParameterValue(
            f"config.email.addresses has {len(addresses)} addresses; it must have 1 to {_MAX_ADDRESSES}."
        )
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            raise InvalidParameterValue(f"config.email.addresses has {address[:100]!r}, which is no e-mail address.")
    return addresses


def _sealed_fields(name: str, given: Mapping[str, Any]) -> dict[str, str]:
    for field in given:
        if (reason := _REFUSED.get(f"{name}.{field}")) is not None:
            raise FeatureDisabled(f"config.{name}.{field} is not supported: {reason}.")
    # What a client has read it may send back: flags of what is set say nothing new.
    known = [*_SECRETS[name], *(f"{field}_set" for field in _SECRETS[name])]
    fields = Fields(given).only(*known)
    found = {field: fields.text(field) for field in _SECRETS[name] if field in fields}
    for field, value in found.items():
        if len(value) > _MAX_SECRET:
            raise InvalidParameterValue(
                f"config.{name}.{field} has {len(value)} characters; at most {_MAX_SECRET} are allowed."
            )
    needed = _SECRETS[name][0]
    if needed not in found:
        raise InvalidParameterValue(f"config.{name}.{needed} is missing; it must be a text.")
    if needed == "url":
        _check_url(f"config.{name}.url", found["url"])
    if ("username" in found) != ("password" in found):
        raise InvalidParameterValue(f"config.{name}: username and password are given together or not at all.")
    return found


def _check_url(field: str, url: str) -> None:
    # The address itself may be a secret: it is not repeated.
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"https", "http"} and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url:
        raise InvalidParameterValue(f"{field} is no address; it must be such as https://receiver.example.com/hook.")
