# Databricks notebook source
region = dbutils.widgets.get("region")
orders = int(dbutils.widgets.get("orders"))

# COMMAND ----------

spark.sql("CREATE SCHEMA IF NOT EXISTS shop")
spark.sql("CREATE TABLE IF NOT EXISTS shop.orders (region STRING, number BIGINT)")
spark.range(orders).selectExpr(f"'{region}' AS region", "id AS number").write.mode("overwrite").option(
    "replaceWhere", f"region = '{region}'"
).saveAsTable("shop.orders")
print(f"{region}: {orders} orders")
