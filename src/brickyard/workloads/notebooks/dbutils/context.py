"""The context of a notebook, as code asks for it through `dbutils.notebook.entry_point…getContext()`.

On Databricks these are Java objects: `jobId()` gives an Option with `get()` and `isDefined()`. Code in the wild reads
the same facts under several names; all are given. Source: jobs reference 9.4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from brickyard.workloads.notebooks.scope import Scope


class Option:
    """A value that may be absent, with the methods of Scala's Option that Python code calls."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def get(self) -> Any:
        """The value.

        Raises:
            ValueError: there is none.
        """
        if self._value is None:
            raise ValueError("None.get: this fact is not known outside of a job run")
        return self._value

    def isDefined(self) -> bool:
        return self._value is not None

    def isEmpty(self) -> bool:
        return self._value is None

    def getOrElse(self, default: Any) -> Any:
        if self._value is not None:
            return self._value
        return default() if callable(default) else default

    def __repr__(self) -> str:
        return "None" if self._value is None else f"Some({self._value})"


class Id:
    """A run id: an object with `id()`, that prints as the number."""

    def __init__(self, value: int) -> None:
        self._value = value

    def id(self) -> int:
        return self._value

    def __str__(self) -> str:
        return str(self._value)

    __repr__ = __str__


class Tags:
    """A map with the methods of Scala's and of Java's maps."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> Option:
        return Option(self._values.get(name))

    def apply(self, name: str) -> str:
        """The tag's value.

        Raises:
            KeyError: there is no such tag; the text names those that exist.
        """
        if name not in self._values:
            raise KeyError(f"There is no tag {name!r}; there are {', '.join(self._values)}")
        return self._values[name]

    __getitem__ = apply

    def getOrElse(self, name: str, default: Any) -> Any:
        return self.get(name).getOrElse(default)

    def contains(self, name: str) -> bool:
        return name in self._values

    __contains__ = contains

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __repr__(self) -> str:
        return f"Map({', '.join(f'{name} -> {value}' for name, value in self._values.items())})"


class Context:
    """The facts of this run."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def notebookPath(self) -> Option:
        return Option(self._scope.stack[0].path)

    def apiUrl(self) -> Option:
        return Option(self._job.api_url or None)

    def apiToken(self) -> Option:
        """A token for the API as the identity of the run, which is worth nothing once that is over."""
        return Option(self._scope.api_token() if self._job.run_id else None)

    def currentRunId(self) -> Option:
        return Option(Id(self._scope.assignment.attempt_id) if self._job.run_id else None)

    def rootRunId(self) -> Option:
        return self.currentRunId()

    def jobId(self) -> Option:
        return Option(str(self._job.job_id) if self._job.job_id else None)

    def jobGroup(self) -> Option:
        return Option(f"{self._job.run_id}_{self._scope.assignment.attempt_id}")

    def workspaceId(self) -> Option:
        return Option(str(self._job.workspace_id))

    def userName(self) -> Option:
        return Option(self._job.user_name or None)

    def browserHostName(self) -> Option:
        host = self._job.api_url.partition("://")[2].partition("/")[0]
        return Option(host or None)

    def clusterId(self) -> Option:
        """The cluster, where this run has asked for one already: to ask for the id does not start a cluster."""
        return Option(getattr(self._scope.spark, "cluster_id", "") or None)

    def notebookId(self) -> Option:
        return Option(None)

    def tags(self) -> Tags:
        """What code looks up most: ids and names of the job, its run, the task and the user."""
        job, attempt = self._job, str(self._scope.assignment.attempt_id)
        found = {
            "jobId": str(job.job_id or ""),
            "jobName": job.job_name,
            "runId": attempt if job.run_id else "",
            "jobRunId": str(job.run_id or ""),
            "multitaskParentRunId": str(job.run_id or ""),
            "idInJob": attempt if job.run_id else "",
            "taskKey": job.task_key,
            "jobType": "NORMAL" if job.job_id else "EPHEMERAL",
            "jobTriggerType": job.trigger.lower(),
            "clusterId": self.clusterId().getOrElse(""),
            "orgId": str(job.workspace_id),
            "user": job.user_name,
            "browserHostName": self.browserHostName().getOrElse(""),
            "notebookPath": self._scope.stack[0].path,
        }
        return Tags({name: value for name, value in found.items() if value})

    def toJson(self) -> str:
        """All facts, the token among them."""
        extra = {"api_url": self._job.api_url, "api_token": self.apiToken().getOrElse("")}
        return json.dumps(self._json() | {"extraContext": {"notebook_path": self._scope.stack[0].path, **extra}})

    def safeToJson(self) -> str:
        """All facts but the token."""
        tags = self.tags()
        attributes = {name: tags[name] for name in tags} | {"notebook_path": self._scope.stack[0].path}
        attributes |= {"currentRunId": tags.getOrElse("runId", ""), "rootRunId": tags.getOrElse("runId", "")}
        return json.dumps({"attributes": attributes})

    def _json(self) -> dict[str, Any]:
        tags = self.tags()
        run = {"id": self._scope.assignment.attempt_id} if self._job.run_id else None
        return {
            "rootRunId": run,
            "currentRunId": run,
            "jobGroup": self.jobGroup().getOrElse(None),
            "tags": {name: tags[name] for name in tags},
        }

    @property
    def _job(self) -> Any:
        return self._scope.assignment.context

    def __getattr__(self, name: str) -> NoReturn:
        known = ", ".join(sorted(key for key in vars(type(self)) if not key.startswith("_")))
        raise AttributeError(f"The notebook's context has no {name!r}. It has: {known}.")
