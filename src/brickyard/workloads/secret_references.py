"""Secrets that a cluster's settings refer to: `{{secrets/scope/key}}` in an environment variable or a Spark setting.

The assignment that lies in a file has the references; their values are asked for when the work begins, and are kept in
this process alone. Source: docs of Databricks "Use a secret in a Spark configuration property or environment variable".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from brickyard.workloads.bridge import Bridge
from brickyard.workloads.messages import Assignment, GetClusterSecrets

_REFERENCE = re.compile(r"\{\{\s*secrets/([^/{}\s]+)/([^/{}\s]+)\s*\}\}")

_revealed: list[str] = []


def found(*settings: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The references in some settings, each as it is written, with its scope and key."""
    texts: Iterable[str] = (value for each in settings for value in each.values())
    return {match[0]: (match[1], match[2]) for text in texts for match in _REFERENCE.finditer(text)}


def replaced(settings: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The settings with the references that `values` has replaced by those."""
    return {name: _REFERENCE.sub(lambda match: values.get(match[0], match[0]), text) for name, text in settings.items()}


def revealed() -> list[str]:
    """The values that this process has seen: outputs must not show them."""
    return list(_revealed)


def resolved(assignment: Assignment, bridge: Bridge) -> Assignment:
    """The assignment with the values of its references.

    Raises:
        AskError: a secret does not exist, or may not be read.
    """
    if not found(assignment.environment, assignment.spark_conf):
        return assignment
    values = msgspec.convert(bridge.ask(GetClusterSecrets()), dict[str, str])
    _revealed.extend(values.values())
    return msgspec.structs.replace(
        assignment,
        environment=replaced(assignment.environment, values),
        spark_conf=replaced(assignment.spark_conf, values),
    )
