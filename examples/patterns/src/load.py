# Databricks notebook source
rows = int(dbutils.widgets.get("rows"))
spark.sql("CREATE SCHEMA IF NOT EXISTS nightly")
spark.range(rows).write.mode("overwrite").saveAsTable("nightly.staging")

# COMMAND ----------

if rows == 0:
    raise ValueError("the source sent no rows")
