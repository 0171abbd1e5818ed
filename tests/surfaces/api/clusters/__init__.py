"""Clusters, libraries and command execution over the API."""
