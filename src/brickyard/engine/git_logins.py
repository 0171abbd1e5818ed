"""Credentials of users for Git servers: which are used for which repository.

A token goes to the server that it is for and to no other. Those of the public services are known by their names; for a
server of one's own, it is one that the user has made a Git folder from: who may change a job must not choose where the
tokens of its owner are sent.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from brickyard.jobs.tasks import GitSource
from brickyard.ports import Clock, DocumentStore, GitLogin
from brickyard.records import Document

KIND = "git-credential"
"""The kind of document that keeps one; its name is the user's."""
HOSTS = {
    "github": ("github.com",),
    "gitlab": ("gitlab.com",),
    "bitbucketcloud": ("bitbucket.org",),
    "azuredevopsservices": ("dev.azure.com",),
}
"""By provider: its servers. All others are servers of somebody's own."""
_ANY_NAME = "git"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class GitLogins:
    """Reads the store anew each time. Safe to use from any thread."""

    def __init__(self, documents: DocumentStore, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def find(self, user: str, source: GitSource) -> GitLogin | None:
        """The credentials of a user for a repository; None where they have none for its server."""
        host = _host(source.url)
        for document in self._documents.find(KIND, name=user) if host else ():
            if document.body["git_provider"].lower() == source.provider and host in _hosts(document):
                return _login(document)
        return None

    def trust(self, user: str, source: GitSource) -> GitLogin | None:
        """As `find`, where the user names the repository: their credentials may go to its server from now on."""
        host = _host(source.url)
        for document in self._documents.find(KIND, name=user) if host else ():
            if document.body["git_provider"].lower() == source.provider and source.provider not in HOSTS:
                if host not in _hosts(document):
                    body = {**document.body, "hosts": [*_hosts(document), host]}
                    self._documents.save(replace(document, body=body, updated_ms=self._clock.now_ms()))
                return _login(document)
        return self.find(user, source)


def _hosts(document: Document) -> tuple[str, ...]:
    provider = document.body["git_provider"].lower()
    return HOSTS.get(provider, tuple(document.body.get("hosts", ())))


def _login(document: Document) -> GitLogin:
    token = (document.sealed or b"").decode()
    return GitLogin(document.owner, document.body.get("git_username") or _ANY_NAME, token)


def _host(url: str) -> str:
    """The server of an address, with its port; "" where no token may be sent there: it would be read on the way."""
    parts = urlsplit(url)
    bare = parts.hostname or ""
    if parts.username is not None or not (parts.scheme == "https" or (parts.scheme == "http" and bare in _LOOPBACK)):
        return ""
    return parts.netloc.lower()
