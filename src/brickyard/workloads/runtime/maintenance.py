"""SHOW and DESCRIBE, answered from the metastore."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from brickyard.workloads.runtime.context import Context

WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = ()
