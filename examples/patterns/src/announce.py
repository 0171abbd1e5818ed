# Databricks notebook source
dbutils.notebook.exit(f"published {dbutils.widgets.get('orders')} orders")
