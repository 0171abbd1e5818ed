"""`dbutils.library`."""

from __future__ import annotations

from typing import NoReturn

from brickyard.workloads.notebooks.control import RestartPython
from brickyard.workloads.notebooks.dbutils.utility import Utility


class LibraryUtility(Utility):
    """Libraries of this notebook."""

    path = "dbutils.library"
    refused = dict.fromkeys(
        ("install", "installPyPI", "list", "updateCondaEnv"), "Databricks has removed it; use %pip install"
    )

    def restartPython(self) -> NoReturn:
        """Start over with an empty namespace: variables are gone, widgets and the Spark session stay.

        What `%pip install` has brought is imported anew. Libraries that were imported before from elsewhere stay
        loaded: it is the same process.
        """
        raise RestartPython
