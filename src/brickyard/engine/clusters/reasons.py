"""Why clusters end, as the Clusters API tells it. Source: databricks-sdk 0.156, `TerminationReason`."""

from __future__ import annotations

from brickyard.errors import BrickyardError, InvalidParameterValue, PermissionDenied, QuotaExceeded
from brickyard.records import Json


def by_user(user: str) -> Json:
    """Somebody asked for it."""
    return {"code": "USER_REQUEST", "type": "SUCCESS", "parameters": {"username": user}}


def idle(minutes: int) -> Json:
    """Nothing ran on it for so long."""
    return {"code": "INACTIVITY", "type": "SUCCESS", "parameters": {"inactivity_duration_min": str(minutes)}}


def server_stopped() -> Json:
    """The server stops, and nothing runs that would need the cluster."""
    text = "The server was stopped."
    return {"code": "CLOUD_PROVIDER_SHUTDOWN", "type": "SUCCESS", "parameters": {"databricks_error_message": text}}


def lost(text: str) -> Json:
    """Its engine ended by itself."""
    return {"code": "DRIVER_UNREACHABLE", "type": "CLIENT_ERROR", "parameters": {"databricks_error_message": text}}


def not_started(error: BrickyardError) -> Json:
    """It could not be started."""
    code = "SPARK_STARTUP_FAILURE"
    if isinstance(error, QuotaExceeded):
        code = "REQUEST_REJECTED"
    elif isinstance(error, InvalidParameterValue | PermissionDenied):
        code = "INVALID_ARGUMENT"
    return {"code": code, "type": "CLIENT_ERROR", "parameters": {"databricks_error_message": error.message}}


def told(reason: Json) -> str:
    """The reason as a sentence."""
    parameters = reason.get("parameters", {})
    match reason["code"]:
        case "USER_REQUEST":
            return f"Terminated by {parameters['username']}."
        case "INACTIVITY":
            return f"Inactive cluster terminated (inactive for {parameters['inactivity_duration_min']} minutes)."
        case _:
            return str(parameters.get("databricks_error_message", ""))
