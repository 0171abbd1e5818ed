# Databricks notebook source
x <- 1

# COMMAND ----------

# MAGIC %md text
