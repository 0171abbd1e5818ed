# Databricks notebook source
dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("max_quarantine_percent", "1.0")
spark.sql(f"USE CATALOG {dbutils.widgets.get('catalog')}")

# COMMAND ----------

good = spark.table("silver.flights").count()
bad = spark.table("silver.quarantine").count()
percent = 100 * bad / (good + bad)
print(f"{bad} of {good + bad} flights are in quarantine: {percent:.2f} %")

# COMMAND ----------

# DBTITLE 1,The gate
limit = float(dbutils.widgets.get("max_quarantine_percent"))
if percent > limit:
    raise ValueError(f"{percent:.2f} % of the flights are in quarantine; at most {limit:.2f} % may be")
dbutils.jobs.taskValues.set("quarantine_percent", round(percent, 2))
