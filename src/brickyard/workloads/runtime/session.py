"""The `spark` of a notebook: a Spark Connect session that opens at its first use and knows the metastore."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

import msgspec
import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.functions import lit, udf
from pyspark.sql.connect.plan import DataSource, LocalRelation, Read
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.connect.sql_formatter import SQLStringFormatter
from pyspark.sql.pandas.types import from_arrow_schema

from brickyard.workloads import packages
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.messages import Assignment, ComputeAnswer, ExplainCompute, GetCompute
from brickyard.workloads.runtime import delta_api, errors, identifiers
from brickyard.workloads.runtime.about import about
from brickyard.workloads.runtime.catalog import RuntimeCatalog
from brickyard.workloads.runtime.client import RuntimeClient
from brickyard.workloads.runtime.commands import Commands
from brickyard.workloads.runtime.metastore import Metastore
from brickyard.workloads.runtime.names import Namespace
from brickyard.workloads.runtime.paths import PathMap
from brickyard.workloads.runtime.plans import PlanResolver
from brickyard.workloads.runtime.readers import RuntimeReader
from brickyard.workloads.runtime.resolve import Resolver, State
from brickyard.workloads.runtime.statements import Statements
from brickyard.workloads.runtime.tables import Tables

_VIEW = re.compile(r"\s*CREATE\s.*?\bVIEW\s", re.IGNORECASE | re.DOTALL)
_DEFAULT_CONF = {"spark.sql.session.timeZone": "UTC"}


class RuntimeSession(SparkSession):  # type: ignore[misc]  # pyspark publishes no types
    """As pyspark's session; tables come from the metastore, and nothing is connected before the first use."""

    def __init__(self, assignment: Assignment, bridge: Bridge) -> None:
        self._assignment = assignment
        self._bridge = bridge
        self._opening = RLock()
        self._open_client: RuntimeClient | None = None
        self._closed = False
        self.release_session_on_close = True
        self.paths = PathMap(assignment.paths)
        self.state = State(current=Namespace(), temp_views={})
        self.resolver = Resolver(Metastore(bridge), self.paths, self.state)
        self.tables = Tables(self, self.resolver, assignment.paths.warehouse, assignment.attempt_id)
        self.resolver.engine_columns = self.tables.columns_of
        self._plans = PlanResolver(self.resolver, self.tables.schema)
        self._commands = Commands(self.tables, self._plans)
        self._statements = Statements(self)

    # ------------------------------------------------------------------------------------------- the connection

    @property
    def _client(self) -> RuntimeClient:
        with self._opening:
            if self._open_client is None:
                self._open_client = self._connect()
            return self._open_client

    def _connect(self) -> RuntimeClient:
        answer = msgspec.convert(self._bridge.ask(GetCompute()), ComputeAnswer)
        client = RuntimeClient(answer.url, self)
        conf = _DEFAULT_CONF | {"spark.sql.warehouse.dir": self._assignment.paths.warehouse}
        conf |= about(answer, self._assignment.context)
        self._open_client = client
        self._bridge.on_stop(client.give_up)
        self.conf._set_all(conf | dict(self._assignment.spark_conf), silent=True)  # noqa: SLF001  as pyspark's builder
        self._offer_packages()
        return client

    def _offer_packages(self) -> None:
        """Have the engine find the packages of the task: functions of theirs are sent to it by their names."""
        folder = packages.active()
        if folder is not None:
            offer = udf(packages.offer, "boolean", useArrow=False)
            self.range(1).select(offer(lit(str(folder)))).collect()

    @property
    def _session_id(self) -> str:
        return str(self._client._session_id)  # noqa: SLF001  as pyspark's own session does

    @property
    def connected(self) -> bool:
        """Whether the engine was used."""
        return self._open_client is not None

    @property
    def is_stopped(self) -> bool:
        """A notebook's session ends with its task."""
        return self._closed

    def stop(self) -> None:
        """Nothing: later cells use the same session, and it ends with the task (as on Databricks)."""

    def close(self) -> None:
        """End the session for good; never waits for an engine that is gone."""
        self._closed = True
        if self._open_client is not None:
            self._open_client.close()

    def __del__(self) -> None:
        """Nothing: the base class would connect here in order to close."""

    # ------------------------------------------------------------------------------------------------- the seam

    def relation(self, relation: Any) -> None:
        self._plans.resolve(relation)

    def command(self, command: Any, execute: Callable[[Any], Any]) -> Any:
        with self._users_words():
            return self._commands.run(command, execute)

    def explain_loss(self) -> str:
        return str(self._bridge.ask(ExplainCompute()) or "")

    def stopping(self) -> bool:
        return bool(self._bridge.stop_reason)

    def message(self, text: str) -> str:
        return errors.readable(self.paths.users(text))

    @contextmanager
    def _users_words(self) -> Iterator[None]:
        try:
            yield
        except AnalysisException as error:
            error._message = self.message(error._message)  # noqa: SLF001  pyspark has no setter
            raise

    # --------------------------------------------------------------------------------------------- for user code

    @property
    def read(self) -> RuntimeReader:
        """Readers of files and tables."""
        return RuntimeReader(self)

    @property
    def readStream(self) -> Any:  # noqa: N802  pyspark's name
        """Refused: the engine has no streaming."""
        raise errors.refused("Structured Streaming (readStream)", "Read the files as a batch with spark.read.")

    @property
    def streams(self) -> Any:
        """Refused: the engine has no streaming."""
        raise errors.refused("Structured Streaming (streams)", "Run the job on a schedule instead.")

    def sql(self, sqlQuery: str, args: Any = None, **kwargs: Any) -> Any:  # noqa: N803  pyspark's name
        """Run a statement; see pyspark."""
        sqlQuery = identifiers.replace(sqlQuery, args)  # noqa: N806  pyspark's name
        if kwargs and not self._statements.is_query(sqlQuery):
            return self._with_values(sqlQuery, args, kwargs)
        if not kwargs:
            with self._users_words():
                answer = self._statements.run(sqlQuery, args)
            if answer is not None:
                return answer
        return super().sql(sqlQuery, args, **kwargs)

    def _with_values(self, text: str, args: Any, values: Mapping[str, Any]) -> Any:
        """Run a statement that is no query, with values in `{…}`: frames are temporary views as long as it runs."""
        formatter = SQLStringFormatter(self)
        statement = formatter.format(text, **values)
        views = formatter._temp_views  # noqa: SLF001  as pyspark's own session
        if views and _VIEW.match(statement):
            raise errors.refused("A data frame in {…} of CREATE VIEW", "Use frame.createOrReplaceTempView(name).")
        for frame, name in views:
            frame.createOrReplaceTempView(name)
        try:
            return self.sql(statement, args)
        finally:
            for _, name in views:
                self.catalog.dropTempView(name)

    def engine_sql(self, text: str) -> Any:
        """Run a statement on the engine, with its names resolved."""
        return super().sql(text)

    @property
    def catalog(self) -> RuntimeCatalog:
        """What is known of tables."""
        return RuntimeCatalog(self)

    def local(self, table: pa.Table) -> Any:
        """A small table of this process as a data frame."""
        return DataFrame(LocalRelation(table, from_arrow_schema(table.schema).json()), self)

    def check(self, frame: Any) -> None:
        """Resolve a frame's names and paths now, so that what is missing is an error at this line."""
        plan = frame._plan  # noqa: SLF001  pyspark has no other way to it
        if isinstance(plan, DataSource | Read):
            self._plans.resolve(plan.plan(None))

    def __getattr__(self, name: str) -> Any:
        if name == "newSession":
            raise errors.refused("spark.newSession()", "Use another task: each has its own session.")
        if name in {"sparkContext", "_jsc", "_jvm", "_jsparkSession", "_sc"}:
            raise errors.refused(
                f"RDDs and the SparkContext (spark.{name.lstrip('_')})", "Use data frames, as on serverless compute."
            )
        return object.__getattribute__(self, name)


def open_session(assignment: Assignment, bridge: Bridge) -> RuntimeSession:
    """The session of one task, also found by `SparkSession.builder.getOrCreate()` and `SparkSession.active()`.

    It asks for compute at its first use.
    """
    session = RuntimeSession(assignment, bridge)
    SparkSession._default_session = session  # noqa: SLF001  pyspark offers only "if there is none yet"
    SparkSession._active_session.session = session  # noqa: SLF001
    delta_api.install()
    # `pyspark.sql.SparkSession.builder` insists on an address before it looks for the session that exists.
    os.environ.setdefault("SPARK_REMOTE", "sc://localhost")
    os.environ.setdefault("SPARK_CONNECT_MODE_ENABLED", "1")
    return session
