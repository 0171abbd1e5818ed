# Databricks notebook source
# MAGIC %md
# MAGIC # Bronze
# MAGIC Takes in every raw file that has not been seen yet. Columns stay text, as they came; each row says which file
# MAGIC it is from and when it was loaded.

# COMMAND ----------

# DBTITLE 1,Parameters
from pyspark.sql import functions as F

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("source", "data")
dbutils.widgets.text("run_date", "")

catalog = dbutils.widgets.get("catalog")
source = dbutils.widgets.get("source")
print(f"Processing date {dbutils.widgets.get('run_date')}, files from {source}")

# COMMAND ----------

# DBTITLE 1,Where the data goes
spark.sql(f"USE CATALOG {catalog}")
for schema in ("bronze", "silver", "gold"):
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")

# COMMAND ----------

# DBTITLE 1,Only what is new
def new_files(folder, table):
    """The files of a folder that no row of the table is from."""
    seen = set()
    if spark.catalog.tableExists(table):
        seen = {row.source_file for row in spark.table(table).select("source_file").distinct().collect()}
    return [file for file in dbutils.fs.ls(folder) if file.name not in seen]


def ingest(files, table, read):
    """Append the files to the table, each row with the name of its file."""
    frames = [read(file.path).withColumn("source_file", F.lit(file.name)) for file in files]
    if not frames:
        return 0
    rows = frames[0]
    for frame in frames[1:]:
        rows = rows.unionByName(frame)
    rows.withColumn("loaded_at", F.current_timestamp()).write.mode("append").saveAsTable(table)
    return spark.table(table).filter(F.col("source_file").isin([file.name for file in files])).count()

# COMMAND ----------

# DBTITLE 1,Flights, CSV
flights = new_files(f"{source}/flights", "bronze.flights")
flights_added = ingest(flights, "bronze.flights", lambda path: spark.read.option("header", True).csv(path))
print(f"{len(flights)} new files, {flights_added} rows")

# COMMAND ----------

# DBTITLE 1,Weather, JSON
WEATHER = """origin string, year int, month int, day int, hour int, temp double, dewp double, humid double,
  wind_dir double, wind_speed double, wind_gust double, precip double, pressure double, visib double,
  time_hour string"""
weather = new_files(f"{source}/weather", "bronze.weather")
weather_added = ingest(weather, "bronze.weather", lambda path: spark.read.schema(WEATHER).json(path))
print(f"{len(weather)} new files, {weather_added} rows")

# COMMAND ----------

# DBTITLE 1,Tell the tasks downstream
files = len(flights) + len(weather)
dbutils.jobs.taskValues.set("new_files", files)
dbutils.jobs.taskValues.set("rows_added", {"flights": flights_added, "weather": weather_added})
if files == 0:
    dbutils.notebook.exit("Success: No data to process")
dbutils.notebook.exit(f"Success: {files} files, {flights_added + weather_added} rows")
