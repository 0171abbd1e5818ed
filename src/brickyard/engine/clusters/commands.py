"""What may be asked of all-purpose clusters. Every call is checked and stored when it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters import reasons
from brickyard.engine.clusters.book import ClusterBook
from brickyard.engine.clusters.existing import ExistingClusters
from brickyard.engine.clusters.libraries import ClusterLibraries
from brickyard.engine.clusters.lifecycle import Lifecycle
from brickyard.engine.policies import ClusterPolicies
from brickyard.errors import InvalidState, PermissionDenied
from brickyard.jobs import all_purpose
from brickyard.jobs.all_purpose import AllPurposeSettings
from brickyard.ports import Ids, PrincipalStore
from brickyard.records import AllPurposeRecord, Json


class AllPurposeCommands:
    """Implements `engine.clusters.door.AllPurpose`. Starting and ending go on by themselves afterwards."""

    def __init__(
        self,
        *,
        book: ClusterBook,
        lifecycle: Lifecycle,
        libraries: ClusterLibraries,
        existing: ExistingClusters,
        secrets: ClusterSecrets,
        policies: ClusterPolicies,
        principals: PrincipalStore,
        busy: Callable[[str], bool],
        ids: Ids,
    ) -> None:
        self._book = book
        self._lifecycle = lifecycle
        self.libraries = libraries
        self.existing = existing
        self._secrets = secrets
        self._policies = policies
        self._principals = principals
        self._busy = busy
        self._ids = ids

    def get(self, cluster_id: str) -> AllPurposeRecord:
        return self._book.get(cluster_id)

    def all(self) -> Sequence[AllPurposeRecord]:
        return self._book.all()

    def events(self, cluster_id: str) -> Sequence[tuple[int, str, Json]]:
        self._book.get(cluster_id)
        return self._book.store.events(cluster_id)

    def create(self, settings: Json, *, user: str) -> str:
        parsed = self._by_policy(all_purpose.parse(settings), user)
        if parsed.clone_from:
            self._book.get(parsed.clone_from)
        self._check_secrets(parsed, user)
        self._lifecycle.check_quota()
        now = self._book.now_ms()
        record = AllPurposeRecord(
            cluster_id=self._new_id(now), owner=user, settings=parsed.raw, created_ms=now, used_ms=now, starts=1
        )
        self._book.add(record, {"attributes": dict(parsed.raw), "user": user})
        if parsed.clone_from:
            self.libraries.copy(parsed.clone_from, record.cluster_id)
        self._lifecycle.created(record)
        return record.cluster_id

    def edit(self, cluster_id: str, settings: Json, *, user: str) -> None:
        record = self._editable(cluster_id)
        self._set(record, self._by_policy(all_purpose.parse(settings), user), user)

    def update(self, cluster_id: str, changes: Json, mask: str, *, user: str) -> None:
        record = self._editable(cluster_id)
        parsed = self._by_policy(all_purpose.parse(all_purpose.changed(record.settings, changes, mask)), user)
        if parsed.raw != record.settings:
            self._set(record, parsed, user)

    def resize(self, cluster_id: str, size: Json, *, user: str) -> None:
        record = self._in_state(self._book.get(cluster_id), "RUNNING")
        parsed = self._by_policy(all_purpose.parse(all_purpose.resized(record.settings, size)), user)
        if self._busy(cluster_id):
            raise InvalidState(
                f"Something runs on cluster {cluster_id} or has a context there. Its engine gets another size only by "
                "being started anew; wait for the end, or restart the cluster with clusters/edit."
            )
        self._book.change(cluster_id, settings=parsed.raw)
        self._lifecycle.restart(cluster_id, {"user": user, "cluster_size": dict(size)}, state="RESIZING")

    def start(self, cluster_id: str, *, user: str) -> None:
        self._lifecycle.start(cluster_id, {"user": user})

    def restart(self, cluster_id: str, *, user: str) -> None:
        self._book.get(cluster_id)
        self._lifecycle.restart(cluster_id, {"user": user})

    def terminate(self, cluster_id: str, *, user: str) -> None:
        self._book.get(cluster_id)
        self._lifecycle.terminate(cluster_id, reasons.by_user(user), {"user": user})

    def delete(self, cluster_id: str, *, user: str, then: Callable[[], None]) -> None:
        self._book.get(cluster_id)
        self._lifecycle.remove(cluster_id, user, then)

    def pin(self, cluster_id: str, *, pinned: bool, user: str) -> None:
        if self._book.get(cluster_id).pinned != pinned:
            self._book.change(cluster_id, "PINNED" if pinned else "UNPINNED", {"user": user}, pinned=pinned)

    def change_owner(self, cluster_id: str, owner: str, *, user: str) -> None:
        record = self._in_state(self._book.get(cluster_id), "TERMINATED", "ERROR")
        details = {"user": user, "attributes": {"owner": owner}, "previous_attributes": {"owner": record.owner}}
        self._book.change(cluster_id, "EDITED", details, owner=owner)

    # --------------------------------------------------------------------------------------------- internals

    def _by_policy(self, parsed: AllPurposeSettings, user: str) -> AllPurposeSettings:
        who = self._principals.identity(user)
        if who is None:
            raise PermissionDenied(f"{user} is no active user of this server.")
        return self._policies.all_purpose(who, parsed)

    def _editable(self, cluster_id: str) -> AllPurposeRecord:
        return self._in_state(self._book.get(cluster_id), "RUNNING", "TERMINATED", "ERROR")

    def _in_state(self, record: AllPurposeRecord, *states: str) -> AllPurposeRecord:
        if record.state not in states:
            raise InvalidState(
                f"Cluster {record.cluster_id} is in unexpected state {record.state}; it must be {' or '.join(states)}."
            )
        return record

    def _set(self, record: AllPurposeRecord, parsed: AllPurposeSettings, user: str) -> None:
        self._check_secrets(parsed, record.owner)
        details = {"user": user, "attributes": dict(parsed.raw), "previous_attributes": dict(record.settings)}
        self._book.change(record.cluster_id, "EDITED", details, settings=parsed.raw)
        self._lifecycle.restart(record.cluster_id, {"user": user})

    def _check_secrets(self, parsed: AllPurposeSettings, owner: str) -> None:
        self._secrets.values(parsed.spec, owner)

    def _new_id(self, now_ms: int) -> str:
        # The form of the service's ids: MMDD-HHMMSS and eight more characters.
        stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%m%d-%H%M%S")
        return f"{stamp}-{self._ids.token(4)}"
