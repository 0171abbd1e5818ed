"""What people and programs come in with: personal tokens, client secrets, and the access tokens that these give.

Only digests are kept. What is asked for is looked for by its digest, so nothing secret is ever compared byte by byte.
"""

from __future__ import annotations

import threading

from brickyard.access import tokens
from brickyard.access.identity import PrincipalKind
from brickyard.errors import NotFound, QuotaExceeded
from brickyard.ports import Clock, Ids, Store
from brickyard.records import ClientSecret, PrincipalRecord, TokenInfo

MAX_TOKENS = 600
"""Personal tokens of one user, as at the service."""
MAX_SECRETS = 5
"""Client secrets of one service principal, as at the service."""
ACCESS_SECONDS = 3600
"""The life of an access token."""
_REMEMBERED_MS = 86_400_000
"""For a day a token that has expired is told from one that never was."""


class Credentials:
    """Makes and checks them."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._making = threading.Lock()

    def make_token(self, user_name: str, *, comment: str, seconds: int) -> tuple[str, TokenInfo]:
        """A new personal token, its value first; `seconds` 0: it never expires.

        Raises:
            QuotaExceeded: the user has as many as are allowed.
        """
        with self._making:
            self._clean()
            if len(self._store.tokens.all(user_name)) >= MAX_TOKENS:
                raise QuotaExceeded(f"{user_name} has {MAX_TOKENS} tokens already; delete some of them first.")
            return self._keep(user_name, comment=comment, seconds=seconds, kind="PERSONAL")

    def make_secret(self, principal: PrincipalRecord, *, seconds: int) -> tuple[str, ClientSecret]:
        """A new client secret of a service principal that is good for so long, its value first.

        Raises:
            QuotaExceeded: it has as many as are allowed.
        """
        with self._making:
            if len(self._store.principals.secrets(principal.principal_id)) >= MAX_SECRETS:
                raise QuotaExceeded(
                    f"The service principal {principal.name} has {MAX_SECRETS} secrets already; delete one first."
                )
            now = self._clock.now_ms()
            value = "dose" + self._ids.token(16)
            made = ClientSecret(
                secret_id=self._ids.token(16),
                principal_id=principal.principal_id,
                created_ms=now,
                expires_ms=now + seconds * 1000,
            )
            self._store.principals.add_secret(made, tokens.digest(value))
            return value, made

    def delete_secret(self, principal_id: int, secret_id: str) -> None:
        """End a client secret, and with it the access tokens that it gave.

        Raises:
            NotFound: there is none of this id.
        """
        if not self._store.principals.delete_secret(principal_id, secret_id):
            raise NotFound(f"The secret {secret_id[:100]!r} does not exist.")
        self._store.tokens.delete_issued(secret_id)

    def access_token(self, client_id: str, secret: str) -> str | None:
        """An access token for a service principal that shows its secret; None where it is not to have one.

        It costs the same whether the client, the secret or neither is known.
        """
        found = self._store.principals.secret(tokens.digest(secret))
        identity = self._store.principals.identity(client_id)
        client = self._store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, client_id)
        if found is None or identity is None or client is None or found.principal_id != client.principal_id:
            return None
        if found.expires_ms and found.expires_ms <= self._clock.now_ms():
            return None
        self._clean()
        value, _ = self._keep(client.name, comment=found.secret_id, seconds=ACCESS_SECONDS, kind="OAUTH")
        return value

    def _keep(self, user_name: str, *, comment: str, seconds: int, kind: str) -> tuple[str, TokenInfo]:
        now = self._clock.now_ms()
        value = tokens.new(self._ids.token)
        info = TokenInfo(
            token_id=self._ids.token(16),
            user_name=user_name,
            comment=comment,
            created_ms=now,
            expires_ms=now + seconds * 1000 if seconds else 0,
            kind=kind,
        )
        self._store.tokens.add(info, tokens.digest(value))
        return value, info

    def _clean(self) -> None:
        self._store.tokens.delete_expired(self._clock.now_ms() - _REMEMBERED_MS)
