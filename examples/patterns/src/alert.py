# Databricks notebook source
load, aggregate, code = (dbutils.widgets.get(name) for name in ("load", "aggregate", "code"))
dbutils.notebook.exit(f"load {load} ({code}), aggregate {aggregate}: somebody should look at it")
