# Databricks notebook source
percent = dbutils.jobs.taskValues.get("gate", "quarantine_percent", debugValue=0.0)
dbutils.notebook.exit(f"published; {percent} % in quarantine")
