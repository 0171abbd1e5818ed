# Databricks notebook source
spark.sql("DROP TABLE IF EXISTS nightly.staging")
print("nightly.staging is gone; the next run starts from nothing")
