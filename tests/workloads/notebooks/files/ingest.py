# Databricks notebook source
# MAGIC %md
# MAGIC # Ingest
# MAGIC
# MAGIC Reads the raw files of one day.

# COMMAND ----------

# DBTITLE 1,Parameters
dbutils.widgets.text("run_date", "2024-01-01")
run_date = dbutils.widgets.get("run_date")

# COMMAND ----------

# MAGIC %run ./helpers $mode="test"

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT *
# MAGIC FROM range(3)

# COMMAND ----------

# libraries first
# MAGIC %pip install --quiet example

# COMMAND ----------



# COMMAND ----------

# MAGIC %sh ls -la

# COMMAND ----------

display(spark.table("x"))
