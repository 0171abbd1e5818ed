"""The Spark Connect client of one task: the seam where plans are resolved and errors are given their meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

import grpc
from pyspark.errors import PySparkException
from pyspark.sql.connect.client import SparkConnectClient

from brickyard.workloads.runtime import errors

_GONE = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL})


class Seam(Protocol):
    """What the runtime does with everything that goes to the engine."""

    def relation(self, relation: Any) -> None:
        """Resolve a relation in place."""
        ...

    def command(self, command: Any, execute: Callable[[Any], Any]) -> Any:
        """Run a command: as it is, changed, or by other means. Returns what `execute` returns."""
        ...

    def explain_loss(self) -> str:
        """What happened to an engine that no longer answers; "" where it is alive."""
        ...

    def stopping(self) -> bool:
        """Whether the task is being cancelled."""
        ...

    def message(self, text: str) -> str:
        """An engine's message in the user's words."""
        ...


class RuntimeClient(SparkConnectClient):  # type: ignore[misc]  # pyspark publishes no types
    """A client whose every plan and command passes the seam."""

    def __init__(self, url: str, seam: Seam) -> None:
        # A lost engine does not come back under the same address: retries would only delay the news.
        super().__init__(connection=url, use_reattachable_execute=False)
        self.set_retry_policies([])
        self._seam = seam
        self._interrupts = 0
        # A compressed plan could not be looked into.
        self._plan_compression_threshold, self._plan_compression_algorithm = -1, "NONE"

    def execute_command(self, command: Any, observations: Any = None) -> Any:
        """Run a command through the seam."""
        execute = super().execute_command
        return self._seam.command(command, lambda changed: execute(changed, observations))

    def raw_command(self, command: Any) -> Any:
        """Run a command that is resolved already."""
        return super().execute_command(command)

    def raw_schema(self, plan: Any) -> Any:
        """The schema of a plan that is resolved already."""
        return super()._analyze("schema", plan=plan).schema

    def _analyze(self, method: str, **kwargs: Any) -> Any:
        for key in ("plan", "other"):
            plan = kwargs.get(key)
            if plan is not None and plan.HasField("root"):
                self._seam.relation(plan.root)
        return super()._analyze(method, **kwargs)

    def _execute_and_fetch_as_iterator(self, req: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        if req.plan.HasField("root"):
            self._seam.relation(req.plan.root)
        before = self._interrupts
        try:
            yield from super()._execute_and_fetch_as_iterator(req, *args, **kwargs)
        except KeyboardInterrupt:
            self.give_up()
            raise
        # The engine ends an interrupted answer as if it were complete: without this, rows would be missing silently.
        if self._interrupts != before:
            raise errors.cancelled()

    def interrupt_all(self) -> Any:
        """Interrupt all that runs in this session."""
        self._interrupts += 1
        return super().interrupt_all()

    def interrupt_tag(self, tag: str) -> Any:
        """Interrupt what runs with a tag."""
        self._interrupts += 1
        return super().interrupt_tag(tag)

    def interrupt_operation(self, op_id: str) -> Any:
        """Interrupt one operation."""
        self._interrupts += 1
        return super().interrupt_operation(op_id)

    def give_up(self) -> None:
        """Interrupt what runs, as far as the engine still listens."""
        try:
            self.interrupt_all()
        except PySparkException:
            # The engine is gone or busy: the interrupt of the user's code must not wait for it.
            return

    def _display_server_stack_trace(self) -> bool:
        return False

    def _handle_error(self, error: Exception) -> NoReturn:
        if isinstance(error, grpc.RpcError) and error.code() in _GONE:
            self._check_loss(error)
        if isinstance(error, grpc.RpcError) and "RST_STREAM" in (error.details() or ""):
            raise errors.broken_off() from None
        try:
            super()._handle_error(error)
        except PySparkException as translated:
            raise self._in_users_words(translated) from None
        raise error

    def _check_loss(self, error: grpc.RpcError) -> None:
        lost = self._seam.explain_loss()
        if lost:
            raise errors.EngineLost(lost) from None
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            raise errors.EngineLost(f"The Spark engine at {self.host} does not answer: {error.details()}") from None

    def _in_users_words(self, error: PySparkException) -> PySparkException:
        text = str(error)
        if "operation not found" in text:
            return errors.cancelled()
        if isinstance(getattr(error, "_message", None), str):
            error._message = self._seam.message(error._message)  # noqa: SLF001  pyspark has no setter
        return error
