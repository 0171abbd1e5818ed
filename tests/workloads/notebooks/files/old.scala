// Databricks notebook source
val x = 1

// COMMAND ----------

// MAGIC %python
// MAGIC y = 2
