# Databricks notebook source
# MAGIC %md
# MAGIC # Silver
# MAGIC Types the columns, keeps one row per flight, and sends rows that cannot be used to `silver.quarantine` with the
# MAGIC reason. Running it twice changes nothing: both tables are written by `MERGE` on the flight's key.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("new_files", "")
spark.sql(f"USE CATALOG {dbutils.widgets.get('catalog')}")
print("New files in this run:", dbutils.widgets.get("new_files"))

# COMMAND ----------

# MAGIC %md
# MAGIC A flight is known by its scheduled hour, carrier, number and origin. A delivery repeats the last flights of the
# MAGIC day before, so a flight can be in two files; the row that was loaded from the latest file counts.

# COMMAND ----------

# DBTITLE 1,Type and deduplicate
flights = spark.sql("""
  WITH typed AS (
    SELECT
      concat_ws('|', time_hour, carrier, flight, origin)              AS flight_key,
      to_timestamp(time_hour, "yyyy-MM-dd'T'HH:mm:ss'Z'")             AS scheduled_hour,
      make_date(cast(year AS int), cast(month AS int), cast(day AS int)) AS flight_date,
      carrier, cast(flight AS int) AS flight, nullif(tailnum, 'NA')   AS tailnum, origin, dest,
      try_cast(dep_delay AS int) AS dep_delay, try_cast(arr_delay AS int) AS arr_delay,
      try_cast(dep_time AS int) AS dep_time, try_cast(arr_time AS int) AS arr_time,
      try_cast(air_time AS int) AS air_time, cast(distance AS int) AS distance,
      source_file, loaded_at,
      row_number() OVER (PARTITION BY time_hour, carrier, flight, origin ORDER BY source_file DESC) AS copy
    FROM bronze.flights)
  SELECT *,
    CASE
      WHEN tailnum IS NULL  THEN 'no aircraft: the flight was never assigned a tail number'
      WHEN dep_time IS NULL THEN 'cancelled: there is no departure'
      WHEN arr_time IS NULL THEN 'no arrival was recorded'
      WHEN air_time IS NULL THEN 'diverted: there is no air time to the destination'
    END AS reason
  FROM typed WHERE copy = 1
""").drop("copy")
flights.createOrReplaceTempView("checked_flights")

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE TABLE IF NOT EXISTS silver.flights (
# MAGIC   flight_key STRING, scheduled_hour TIMESTAMP, flight_date DATE, carrier STRING, flight INT, tailnum STRING,
# MAGIC   origin STRING, dest STRING, dep_delay INT, arr_delay INT, air_time INT, distance INT, source_file STRING
# MAGIC ) USING delta;
# MAGIC CREATE TABLE IF NOT EXISTS silver.quarantine (
# MAGIC   flight_key STRING, flight_date DATE, carrier STRING, flight INT, origin STRING, dest STRING,
# MAGIC   reason STRING, source_file STRING
# MAGIC ) USING delta

# COMMAND ----------

# DBTITLE 1,Good rows
# MAGIC %sql
# MAGIC MERGE INTO silver.flights AS kept
# MAGIC USING (
# MAGIC   SELECT flight_key, scheduled_hour, flight_date, carrier, flight, tailnum, origin, dest,
# MAGIC          dep_delay, arr_delay, air_time, distance, source_file
# MAGIC   FROM checked_flights WHERE reason IS NULL) AS seen
# MAGIC ON kept.flight_key = seen.flight_key
# MAGIC WHEN MATCHED AND kept.source_file < seen.source_file THEN UPDATE SET *
# MAGIC WHEN NOT MATCHED THEN INSERT *

# COMMAND ----------

# DBTITLE 1,Bad rows, with their reason
# MAGIC %sql
# MAGIC MERGE INTO silver.quarantine AS kept
# MAGIC USING (
# MAGIC   SELECT flight_key, flight_date, carrier, flight, origin, dest, reason, source_file
# MAGIC   FROM checked_flights WHERE reason IS NOT NULL) AS seen
# MAGIC ON kept.flight_key = seen.flight_key
# MAGIC WHEN MATCHED AND kept.source_file < seen.source_file THEN UPDATE SET *
# MAGIC WHEN NOT MATCHED THEN INSERT *

# COMMAND ----------

# DBTITLE 1,Weather: one row per airport and hour
# The night that summer time ends has its second hour twice; the later reading counts.
weather = spark.sql("""
  SELECT origin, to_timestamp(time_hour, "yyyy-MM-dd'T'HH:mm:ss'Z'") AS hour_start, temp, wind_speed, precip, visib
  FROM (SELECT *, row_number() OVER (PARTITION BY origin, year, month, day, hour
                                     ORDER BY time_hour DESC, source_file DESC) AS copy
        FROM bronze.weather)
  WHERE copy = 1
""")
weather.write.mode("overwrite").saveAsTable("silver.weather")

# COMMAND ----------

counts = {
    "silver": spark.table("silver.flights").count(),
    "quarantine": spark.table("silver.quarantine").count(),
}
dbutils.jobs.taskValues.set("counts", counts)
display(spark.sql("SELECT reason, count(*) AS flights FROM silver.quarantine GROUP BY reason ORDER BY flights DESC"))
