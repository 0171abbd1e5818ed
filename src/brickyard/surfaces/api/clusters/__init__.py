"""Clusters, their libraries, and code that is run on them: `/api/2.x/clusters`, `/api/2.0/libraries`, `/api/1.2`."""
