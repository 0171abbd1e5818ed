-- Databricks notebook source
-- DBTITLE 1,Tables
CREATE TABLE t AS SELECT 1 AS a

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## Counts

-- COMMAND ----------

SELECT count(*) FROM t WHERE a = :a

-- COMMAND ----------

-- MAGIC %python
-- MAGIC print(_sqldf)