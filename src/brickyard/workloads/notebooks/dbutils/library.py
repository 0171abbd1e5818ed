"""`dbutils.library`."""

from __future__ import annotations

from typing import NoReturn

from brickyard.workloads.notebooks.control import RestartPython
from brickyard.workloads.notebooks.dbutils.utility import Utility


class LibraryUtility(Utility):
    """Libraries of this notebook."""

    path = "dbutils.library"
    refused = {
        name: "Databricks has removed it; use %pip install"
        for name in ("install", "installPyPI", "list", "updateCondaEnv")
    }

    def restartPython(self) -> NoReturn:  # noqa: N802 -- Databricks' name
        """Start over with an empty namespace: variables are gone, widgets and the Spark session stay.

        What `%pip install` has brought is imported anew. Libraries that were imported before from elsewhere stay
        loaded: it is the same process.
        """
        raise RestartPython
