"""The module `dbruntime`, as libraries of Databricks look for it in a notebook's process.

`databricks.sdk.runtime` asks it for the names of the notebook, and `WorkspaceClient()` without arguments for the
address of the workspace and a token. Both are made when they are asked for, so whoever never asks pays nothing.
Source of the names: databricks-sdk 0.156, `runtime/__init__.py` and `credentials_provider.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_NAME = "dbruntime"
_CREDENTIALS = f"{_NAME}.sdk_credential_provider"

Headers = Callable[[], dict[str, str]]


@contextmanager
def installed(names: Callable[[], Mapping[str, Any]], url: str, token: Callable[[], str]) -> Iterator[None]:
    """Have `dbruntime` give what `names` returns; clients call the API at `url`, with what `token` returns.

    Where `url` is "", clients find nothing.
    """

    class UserNamespaceInitializer:
        @staticmethod
        def getOrCreate() -> type[UserNamespaceInitializer]:  # noqa: N802 -- the name that is asked for
            return UserNamespaceInitializer

        @staticmethod
        def get_namespace_globals() -> dict[str, Any]:
            return dict(names())

    def init_runtime_native_auth() -> tuple[str, Headers] | tuple[None, None]:
        return (url, lambda: {"Authorization": f"Bearer {token()}"}) if url else (None, None)

    package = ModuleType(_NAME, "The names of the running code.")
    package.__path__ = []
    package.__dict__["UserNamespaceInitializer"] = UserNamespaceInitializer
    credentials = ModuleType(_CREDENTIALS, "How the running code calls the API.")
    credentials.__dict__["init_runtime_native_auth"] = init_runtime_native_auth
    before = {name: sys.modules.get(name) for name in (_NAME, _CREDENTIALS)}
    sys.modules.update({_NAME: package, _CREDENTIALS: credentials})
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
