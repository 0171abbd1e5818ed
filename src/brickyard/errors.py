"""One tree of errors. Each class carries the code and the HTTP status with which the API answers it."""

from __future__ import annotations

from typing import ClassVar


class BrickyardError(Exception):
    """Something went wrong inside Brickyard."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)

    @property
    def message(self) -> str:
        """The text for the user."""
        return str(self.args[0])


class InvalidParameterValue(BrickyardError):
    """A value that was given is not allowed."""

    code = "INVALID_PARAMETER_VALUE"
    status = 400


class MalformedRequest(BrickyardError):
    """The request could not be understood."""

    code = "MALFORMED_REQUEST"
    status = 400


class QuotaExceeded(BrickyardError):
    """As many as are allowed are there already."""

    code = "QUOTA_EXCEEDED"
    status = 400


class InvalidState(BrickyardError):
    """The object is not in a state that allows this."""

    code = "INVALID_STATE"
    status = 400


class FeatureDisabled(BrickyardError):
    """This is known, and refused here."""

    code = "FEATURE_DISABLED"
    status = 400


class NotFound(BrickyardError):
    """There is no such object."""

    code = "RESOURCE_DOES_NOT_EXIST"
    status = 404


class AlreadyExists(BrickyardError):
    """An object of this name exists already."""

    code = "RESOURCE_ALREADY_EXISTS"
    status = 400


class DirectoryNotEmpty(BrickyardError):
    """The folder is not empty; delete it recursively."""

    code = "DIRECTORY_NOT_EMPTY"
    status = 400


class InstallationFailed(BrickyardError):
    """A package that a task needs could not be installed."""

    code = "LIBRARY_INSTALLATION_ERROR"
    status = 400


class CheckoutFailed(BrickyardError):
    """A Git source could not be checked out."""

    code = "REPOSITORY_CHECKOUT_FAILED"
    status = 400


class Unauthenticated(BrickyardError):
    """The request has no valid token."""

    code = "UNAUTHENTICATED"
    status = 401


class PermissionDenied(BrickyardError):
    """You may not do this."""

    code = "PERMISSION_DENIED"
    status = 403


class Conflict(BrickyardError):
    """Somebody else changed the object first."""

    code = "ABORTED"
    status = 409


class Unavailable(BrickyardError):
    """The server cannot take work now."""

    code = "TEMPORARILY_UNAVAILABLE"
    status = 503
