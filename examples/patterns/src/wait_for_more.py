# Databricks notebook source
print("Too few orders today; they are published tomorrow.")
