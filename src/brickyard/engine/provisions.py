"""What an attempt needs on this machine before its code can run: installed packages, a checkout of its Git source."""

from __future__ import annotations

from brickyard.engine.active import ActiveRuns
from brickyard.engine.assignments import Assignments
from brickyard.engine.details import DetailsCache
from brickyard.engine.git_logins import GitLogins
from brickyard.errors import InvalidState
from brickyard.ports import Checkouts, Environments, RunStore


class Provisions:
    """Answers `PrepareEnvironment` and `PrepareCheckout`. Both may take minutes: never call them on the run loop."""

    def __init__(
        self,
        *,
        store: RunStore,
        active: ActiveRuns,
        details: DetailsCache,
        assignments: Assignments,
        environments: Environments,
        checkouts: Checkouts,
        logins: GitLogins,
    ) -> None:
        self._store = store
        self._active = active
        self._details = details
        self._assignments = assignments
        self._environments = environments
        self._checkouts = checkouts
        self._logins = logins

    def environment(self, attempt_id: int) -> str:
        """The `site-packages` folder of the packages that the attempt requires.

        Raises:
            InstallationFailed: they cannot be installed.
        """
        run, attempt = self._active.of_attempt(attempt_id)
        return str(self._environments.prepare(self._assignments.requirements(run, attempt)))

    def checkout(self, attempt_id: int) -> str:
        """The folder of the run's Git source, at the commit that all tasks of the run (or of its repair) read.

        Raises:
            CheckoutFailed: the repository or the reference cannot be had.
            InvalidState: the job has no Git source.
        """
        run, attempt = self._active.of_attempt(attempt_id)
        source = self._details.get(run.run_id, attempt.repair).settings.git_source
        record = self._store.record(run.run_id)
        if source is None or record is None:
            raise InvalidState(f"Run {run.run_id} has no git_source.")
        known = record.commits_by_repair.get(attempt.repair, "")
        login = self._logins.find(record.identity, source)
        checkout = self._checkouts.prepare(source, known, login)
        kept = known or self._store.save_commit(run.run_id, attempt.repair, checkout.commit)
        if kept != checkout.commit:
            # Another task of the run was faster, and the branch has moved in between.
            checkout = self._checkouts.prepare(source, kept, login)
        return str(checkout.folder)
