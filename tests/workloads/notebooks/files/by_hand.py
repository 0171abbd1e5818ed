# Databricks notebook source
# MAGIC %md
# MAGIC 
# MAGIC trailing blank above
# COMMAND ----------
x = 1


# COMMAND ----------   

print(x)
# COMMAND ----------
