"""Objects that are kept whole and found by their id: notification destinations, instance pools, cluster policies."""
