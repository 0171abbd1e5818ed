"""Warehouses and the statements that run on them."""
