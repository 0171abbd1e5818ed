"""Joins the parts. The only place that knows every room."""
