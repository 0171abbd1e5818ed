# Databricks notebook source
dbutils.widgets.text("catalog", "main")
spark.sql(f"USE CATALOG {dbutils.widgets.get('catalog')}")

# COMMAND ----------

days = spark.sql("SELECT flight_date, count(*) AS flights FROM silver.flights GROUP BY flight_date ORDER BY flight_date")
display(days)
dbutils.notebook.exit(f"{days.count()} days")
