# Databricks notebook source
spark.sql("CREATE OR REPLACE TABLE nightly.daily AS SELECT count(*) AS rows FROM nightly.staging")
