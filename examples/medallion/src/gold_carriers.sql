-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Gold: delays by carrier

-- COMMAND ----------

USE CATALOG IDENTIFIER(:catalog)

-- COMMAND ----------

CREATE OR REPLACE TABLE gold.carrier_delays AS
SELECT
  carrier,
  count(*)                                             AS flights,
  round(avg(arr_delay), 1)                             AS mean_arrival_delay,
  round(100.0 * avg(CASE WHEN arr_delay > 15 THEN 1 ELSE 0 END), 1) AS late_percent
FROM silver.flights
GROUP BY carrier

-- COMMAND ----------

SELECT * FROM gold.carrier_delays ORDER BY late_percent DESC
