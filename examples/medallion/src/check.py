# Databricks notebook source
# MAGIC %md
# MAGIC # Check
# MAGIC No row may get lost: bronze = silver + quarantine + duplicates.

# COMMAND ----------

import json

dbutils.widgets.text("catalog", "main")
spark.sql(f"USE CATALOG {dbutils.widgets.get('catalog')}")

# COMMAND ----------

def number(query):
    return spark.sql(query).first()[0]


counts = {
    "bronze": number("SELECT count(*) FROM bronze.flights"),
    "silver": number("SELECT count(*) FROM silver.flights"),
    "quarantine": number("SELECT count(*) FROM silver.quarantine"),
    "duplicates": number("""
        SELECT sum(copies - 1) FROM (
          SELECT count(*) AS copies FROM bronze.flights GROUP BY time_hour, carrier, flight, origin)"""),
}
assert counts["bronze"] == counts["silver"] + counts["quarantine"] + counts["duplicates"], counts
reported = dbutils.jobs.taskValues.get("silver", "counts", debugValue=counts)
assert reported["silver"] == counts["silver"], (reported, counts)

# COMMAND ----------

def table(query):
    frame = spark.sql(query)
    return {"columns": frame.columns, "rows": [list(row) for row in frame.collect()]}


gold = {
    "gold.carrier_delays": table("SELECT * FROM gold.carrier_delays ORDER BY flights DESC LIMIT 8"),
    "gold.weather_delays": table("SELECT * FROM gold.weather_delays ORDER BY flights DESC"),
    "silver.quarantine": table(
        "SELECT reason, count(*) AS flights FROM silver.quarantine GROUP BY reason ORDER BY flights DESC"
    ),
}
dbutils.notebook.exit(json.dumps({"counts": counts, "gold": gold}))
