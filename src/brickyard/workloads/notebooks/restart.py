"""What `restartPython()` can do in a process that lives on: forget the modules that may have changed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def forget_modules(site: Path, workspace: Path) -> None:
    """Forget modules of the notebook's own libraries and of the workspace; the next import loads them anew.

    Also forgotten are modules that came from elsewhere and are now shadowed by a library in `site`.
    """
    shadowed = {entry.name.partition(".")[0] for entry in site.iterdir()} if site.is_dir() else set()
    roots = (f"{site}/", f"{workspace}/")
    # A copy in one step: making a list of pairs can run the garbage collector, and that can import.
    for name, module in sys.modules.copy().items():
        file = getattr(module, "__file__", None) or ""
        if name.partition(".")[0] in shadowed or file.startswith(roots):
            del sys.modules[name]
    importlib.invalidate_caches()
