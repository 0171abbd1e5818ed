"""The seal of one installation: its key is proven to be the one that this database was sealed with."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import select

from brickyard.errors import Unavailable
from brickyard.storage import seal
from brickyard.storage.database import Database, upsert
from brickyard.storage.tables import META

_PROOF = "secret_key_proof"
_PROOF_TEXT = b"brickyard"


class ProvenSeal:
    """Call it for the seal. The first use makes the key, and leaves a proof by which a wrong key is recognised."""

    def __init__(self, db: Database, key_file: Path) -> None:
        self._db = db
        self._key_file = key_file
        self._lock = threading.Lock()
        self._known: seal.Seal | None = None

    def __call__(self) -> seal.Seal:
        """The seal.

        Raises:
            Unavailable: the key file cannot be used, or is that of another database.
        """
        with self._lock:
            if self._known is None:
                self._known = self._proven()
            return self._known

    def _proven(self) -> seal.Seal:
        proof = select(META.c.value).where(META.c.key == _PROOF)
        with self._db.read() as connection:
            known = connection.execute(proof).scalar()
        if known is None and not self._key_file.exists():
            seal.create(self._key_file)
        found = seal.read(self._key_file)
        if known is None:
            mine = {"key": _PROOF, "value": found.close(_PROOF_TEXT, _PROOF).hex()}
            statement = upsert(self._db, META, mine, update=False)
            self._db.write(lambda connection: connection.execute(statement))
            with self._db.read() as connection:
                known = connection.execute(proof).scalar_one()
        if found.open(bytes.fromhex(known), _PROOF) != _PROOF_TEXT:
            raise Unavailable(
                f"{self._key_file} is not the key that the secrets of this database were sealed with. Restore the "
                "right key file from a backup."
            )
        return found
