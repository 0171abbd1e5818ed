# Databricks notebook source
# MAGIC %md
# MAGIC # Gold: delays by weather

# COMMAND ----------

from pyspark.sql import functions as F

dbutils.widgets.text("catalog", "main")
spark.sql(f"USE CATALOG {dbutils.widgets.get('catalog')}")

# COMMAND ----------

flights = spark.table("silver.flights")
weather = spark.table("silver.weather")
joined = flights.join(
    weather, (flights.origin == weather.origin) & (flights.scheduled_hour == weather.hour_start)
)
sky = (
    F.when(F.col("precip") > 0, "rain")
    .when(F.col("visib") < 6, "poor visibility")
    .when(F.col("wind_speed") > 20, "strong wind")
    .otherwise("fair")
)
by_weather = (
    joined.withColumn("weather", sky)
    .groupBy("weather")
    .agg(
        F.count("*").alias("flights"),
        F.round(F.avg("dep_delay"), 1).alias("mean_departure_delay"),
        F.round(F.avg(F.when(F.col("dep_delay") > 15, 100.0).otherwise(0.0)), 1).alias("late_percent"),
    )
)
by_weather.write.mode("overwrite").saveAsTable("gold.weather_delays")

# COMMAND ----------

display(spark.table("gold.weather_delays").orderBy(F.desc("flights")))
