"""What holds for all tests."""

from __future__ import annotations

import __main__

# The processes of a parallel test run have a main module without a file. pyspark takes such a process for one that runs
# its own doctests, looks for a whole Spark and ends it.
if not hasattr(__main__, "__file__"):
    __main__.__file__ = __file__
