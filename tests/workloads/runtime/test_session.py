"""The session itself: found by the builder, isolated, and clear about an engine that is gone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException, UnsupportedOperationException
from pyspark.sql import SparkSession
from pyspark.sql.connect.session import SparkSession as ConnectSession

from brickyard.workloads.messages import GetCompute, LookupTables
from tests.workloads.runtime.house import Engine, House


def test_the_builder_finds_the_session(spark: Any) -> None:
    assert isinstance(spark, ConnectSession)
    assert SparkSession.builder.appName("mine").config("spark.sql.shuffle.partitions", "3").getOrCreate() is spark
    assert ConnectSession.builder.getOrCreate() is spark
    assert SparkSession.getActiveSession() is spark
    assert SparkSession.active() is spark
    assert spark.conf.get("spark.sql.shuffle.partitions") == "3"


def test_stop_does_not_break_later_cells(spark: Any) -> None:
    assert spark.range(2).count() == 2
    spark.stop()
    assert spark.range(3).count() == 3
    assert SparkSession.builder.getOrCreate() is spark


def test_conf_is_isolated_and_comes_from_the_cluster(house: House) -> None:
    one = house.session(conf={"spark.sql.session.timeZone": "Europe/Berlin"})
    two = house.session()
    assert one.conf.get("spark.sql.session.timeZone") == "Europe/Berlin"
    assert two.conf.get("spark.sql.session.timeZone") == "UTC"
    one.conf.set("my.key", "1")
    assert two.conf.get("my.key", "none") == "none"


def test_compute_is_asked_for_once_and_the_metastore_only_for_names(house: House) -> None:
    session = house.session()
    session.sql("SELECT 1").collect()
    session.range(3).selectExpr("id + 1").collect()
    asked = [type(body) for body in house.bridges[-1].asked]
    assert asked.count(GetCompute) == 1
    assert LookupTables not in asked


def test_a_killed_engine_is_named_within_two_seconds(house: House, tmp_path: Path) -> None:
    server = Engine(tmp_path)
    session = house.session(server)
    assert session.range(2).count() == 2
    server.kill()
    started = time.monotonic()
    with pytest.raises(PySparkException, match="killed by signal 9, likely out of memory"):
        session.range(2).count()
    with pytest.raises(PySparkException, match="killed by signal 9"):
        session.sql("SELECT 1").collect()
    assert time.monotonic() - started < 2
    session.close()
    assert time.monotonic() - started < 2


def test_a_function_that_kills_the_engine_is_reported(house: House, tmp_path: Path) -> None:
    from pyspark.sql.functions import udf

    server = Engine(tmp_path)
    try:
        session = house.session(server)
        die = udf(lambda value: os._exit(7), "int")
        with pytest.raises(PySparkException, match="engine"):
            session.range(2).select(die("id")).collect()
    finally:
        server.kill()


def test_an_interrupt_ends_a_query_and_the_session_goes_on(spark: Any) -> None:
    failure: list[BaseException] = []
    long_query = spark.range(40_000_000).selectExpr("sum(sin(id) * cos(id + rand())) AS s")
    assert spark.range(1).count() == 1
    thread = threading.Thread(target=_collect, args=(long_query.collect, failure))
    thread.start()
    while thread.is_alive():
        spark.interruptAll()
        thread.join(timeout=0.05)
    assert not failure or "OPERATION_CANCELED" in str(failure[0])
    assert spark.range(3).count() == 3


def test_the_servers_wish_to_stop_reaches_the_engine(house: House) -> None:
    session = house.session()
    failure: list[BaseException] = []
    assert session.range(1).count() == 1
    (stop,) = house.bridges[-1].stops
    query = session.range(40_000_000).selectExpr("sum(sin(id) * cos(id + rand())) AS s")
    thread = threading.Thread(target=_collect, args=(query.collect, failure))
    thread.start()
    while thread.is_alive():
        stop()
        thread.join(timeout=0.05)
    assert not failure or "OPERATION_CANCELED" in str(failure[0])


def _collect(work: Callable[[], Any], failure: list[BaseException]) -> None:
    try:
        work()
    except PySparkException as error:
        failure.append(error)


@pytest.mark.parametrize(
    "use",
    [
        lambda spark: spark.readStream,
        lambda spark: spark.streams,
        lambda spark: spark.range(1).writeStream.format("console").start(),
        lambda spark: spark.sparkContext,
        lambda spark: spark.sql("SELECT * FROM read_files('/x')"),
        lambda spark: spark.newSession(),
    ],
    ids=["readStream", "streams", "writeStream", "sparkContext", "read_files", "newSession"],
)
def test_what_does_not_work_is_refused_with_a_way_out(spark: Any, use: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedOperationException, match=r"is not supported by this engine\. \w+"):
        use(spark)


def test_a_query_that_the_engine_breaks_off_is_explained(spark: Any) -> None:
    """The session goes on, and the way out gives the rows."""
    with pytest.raises(PySparkException, match=r"broke off this query.*map_entries"):
        spark.sql("SELECT explode(map('a', 1))").collect()
    found = spark.sql("SELECT m.key, m.value FROM (SELECT explode(map_entries(map('a', 1))) AS m)").collect()
    assert found == [("a", 1)]


def test_errors_speak_of_the_users_names(house: House) -> None:
    spark = house.session()
    spark.range(2).write.format("delta").save("/Volumes/main/default/v/t")
    with pytest.raises(PySparkException, match=r"UNRESOLVED_COLUMN.*`nope`"):
        spark.read.load("/Volumes/main/default/v/t").select("nope").collect()
    with pytest.raises(PySparkException) as caught:
        spark.range(2).write.format("delta").save("/Volumes/main/default/v/t")
    assert "/Volumes/main/default/v/t" in str(caught.value)
    assert str(house.root) not in str(caught.value)


def test_answers_of_commands_can_be_collected(spark: Any) -> None:
    assert spark.sql("CREATE TABLE t AS SELECT 1 AS id").collect() is not None
    merged = spark.sql("MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE")
    assert merged.collect() is not None
    assert merged.toPandas() is not None
    assert spark.sql("SELECT 1 AS x").toPandas()["x"].tolist() == [1]
