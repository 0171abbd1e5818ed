"""A small client of the REST API: what the command line and the bundles need of it, and nothing else."""

from __future__ import annotations

import base64
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.login import ClientCredentials, Signer
from brickyard.surfaces.trust import verifier

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]
JOBS = "/api/2.2/jobs"
WORKSPACE = "/api/2.0/workspace"
BACKFILLS = "/api/brickyard/backfills"
OWN = "/api/brickyard"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PAGE = 24
"""The largest page that `runs/list` gives."""


class ApiError(Exception):
    """The server answered with an error: its HTTP status, its code and its sentence."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    @property
    def is_missing(self) -> bool:
        """True where the server says that there is no such object."""
        return self.status == 404 or self.code == "RESOURCE_DOES_NOT_EXIST"


class NoServer(Exception):
    """Nothing answers at the address, or there is no address."""


def normal_host(host: str) -> str:
    """An address as clients write it: `https://` where no scheme is given, without a slash at its end."""
    text = host.strip().rstrip("/")
    return text if "://" in text else f"https://{text}"


def from_environment(environ: Mapping[str, str] | None = None) -> tuple[str, str | ClientCredentials] | None:
    """`DATABRICKS_HOST` and what to sign in by; None where no host is set.

    That is `DATABRICKS_TOKEN`, else `DATABRICKS_CLIENT_ID` and `DATABRICKS_CLIENT_SECRET`.

    Raises:
        InvalidParameterValue: a host is set and neither of these.
    """
    env = os.environ if environ is None else environ
    names = ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET")
    host, token, client_id, secret = (env.get(f"DATABRICKS_{name}", "").strip() for name in names)
    if not host:
        return None
    if token:
        return normal_host(host), token
    if client_id and secret:
        return normal_host(host), ClientCredentials(client_id, secret)
    raise InvalidParameterValue(
        f"DATABRICKS_HOST is {host!r} but DATABRICKS_TOKEN is not set; set both (or DATABRICKS_CLIENT_ID and "
        "DATABRICKS_CLIENT_SECRET), or no host for the local server."
    )


class Client:
    """One connection to a server. Every call raises `ApiError` for an error answer and `NoServer` where none comes."""

    def __init__(self, host: str, login: str | ClientCredentials, *, timeout: float = 60, trust: str = "") -> None:
        import httpx  # noqa: PLC0415 - takes as long to import as a whole command; most commands that fail never need it

        self.host = normal_host(host)
        self._httpx = httpx
        self._http: httpx.Client = httpx.Client(
            base_url=self.host,
            auth=Signer(login, self._sign_in),
            headers={"User-Agent": "brickyard-cli"},
            timeout=timeout,
            # A proxy of the environment never stands between us and this machine.
            trust_env=urlsplit(self.host).hostname not in LOOPBACK,
            verify=verifier(self.host, trust),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    # ------------------------------------------------------------------------------------------------ transport

    def call(self, method: str, path: str, *, timeout: float | None = None, **parts: Any) -> Json:
        """Send one request; `parts` are those of httpx (`params`, `json`, `content`). The answer as JSON."""
        answer = self._send(method, path, timeout=timeout, **parts)
        if not answer.content:
            return {}
        try:
            body = answer.json()
        except json.JSONDecodeError:
            raise ApiError("BAD_ANSWER", f"{self.host}{path} answered with something that is not JSON.", 502) from None
        return body if isinstance(body, dict) else {"value": body}

    def raw(self, path: str, **parts: Any) -> bytes:
        """The bytes of one GET."""
        return self._send("GET", path, **parts).content

    def _sign_in(self, login: ClientCredentials) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        answer = self._http.post("/oidc/v1/token", data=form, auth=(login.client_id, login.secret))
        body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if answer.status_code >= 400 or "access_token" not in body:
            said = body.get("error_description") or f"The server answered {answer.status_code}."
            raise ApiError("UNAUTHENTICATED", f"{login.client_id} cannot sign in: {said}", answer.status_code)
        return str(body["access_token"]), float(body.get("expires_in", 0))

    def _send(self, method: str, path: str, *, timeout: float | None = None, **parts: Any) -> httpx.Response:
        if timeout is not None:
            parts["timeout"] = timeout
        try:
            answer = self._http.request(method, path, **parts)
        except self._httpx.TimeoutException:
            raise NoServer(f"{self.host} did not answer {method} {path} in time.") from None
        except self._httpx.HTTPError as error:
            hint = " Set SSL_CERT_FILE to the certificate of its authority." if "CERTIFICATE" in str(error) else ""
            raise NoServer(f"No server answers at {self.host}: {error}{hint}") from None
        if answer.status_code >= 400:
            raise _error(answer)
        return answer

    # ----------------------------------------------------------------------------------------------------- jobs

    def create_job(self, settings: Json) -> int:
        """The id of the new job."""
        return int(self.call("POST", f"{JOBS}/create", json=settings)["job_id"])

    def reset_job(self, job_id: int, settings: Json) -> None:
        """Replace all settings of a job."""
        self.call("POST", f"{JOBS}/reset", json={"job_id": job_id, "new_settings": settings})

    def delete_job(self, job_id: int) -> None:
        """Delete a job; its runs stay."""
        self.call("POST", f"{JOBS}/delete", json={"job_id": job_id})

    def get_job(self, job_id: int) -> Json:
        """A job with all its tasks: pages are joined."""
        return self._joined(f"{JOBS}/get", {"job_id": job_id}, ("tasks", "job_clusters", "parameters"), "settings")

    def list_jobs(self, name: str | None = None) -> Iterator[Json]:
        """All jobs, newest first; `name` compares the whole name without regard to case."""
        yield from self._pages(f"{JOBS}/list", {"limit": 100, **({"name": name} if name else {})}, "jobs")

    def run_now(self, job_id: int, *, parameters: Mapping[str, str] | None = None, only: Sequence[str] = ()) -> int:
        """Start a run of a job; its id."""
        body: Json = {"job_id": job_id}
        if parameters:
            body["job_parameters"] = dict(parameters)
        if only:
            body["only"] = list(only)
        return int(self.call("POST", f"{JOBS}/run-now", json=body)["run_id"])

    def audit(self, *, limit: int, **where: str | int) -> Iterator[Json]:
        """The newest events of the audit log, at most `limit`; `where` has `user`, `action`, `object`, `from`, `to`."""
        pages = self._pages(f"{OWN}/audit", {"limit": min(limit, 1000), **where}, "events")
        yield from itertools.islice(pages, limit)

    def job_versions(self, job_id: int, *, limit: int = 20) -> Iterator[Json]:
        """The newest saved changes of a job, at most `limit`."""
        pages = self._pages(f"{OWN}/jobs/{job_id}/versions", {"limit": min(limit, 100)}, "versions")
        yield from itertools.islice(pages, limit)

    def job_diff(self, job_id: int, before: int | None = None, after: int | None = None) -> Json:
        """What differs between two versions of a job; without `after` the newest, without `before` the one before."""
        query = {name: value for name, value in (("from", before), ("to", after)) if value is not None}
        return self.call("GET", f"{OWN}/jobs/{job_id}/diff", params=query)

    def restore_job(self, job_id: int, version: int) -> Json:
        """Give a job the settings of an earlier version."""
        return self.call("POST", f"{OWN}/jobs/{job_id}/restore", json={"version": version})

    def submit(self, body: Json) -> int:
        """Start a one-time run; its id."""
        return int(self.call("POST", f"{JOBS}/runs/submit", json=body)["run_id"])

    # ----------------------------------------------------------------------------------------------------- runs

    def get_run(self, run_id: int, *, history: bool = False) -> Json:
        """A run with all its tasks: pages are joined."""
        query = {"run_id": run_id, "include_resolved_values": "true"}
        if history:
            query["include_history"] = "true"
        return self._joined(f"{JOBS}/runs/get", query, ("tasks", "job_clusters", "job_parameters", "repair_history"))

    def list_runs(self, *, job_id: int | None = None, active_only: bool = False, limit: int = 20) -> Iterator[Json]:
        """The newest runs, at most `limit`."""
        query: Json = {"limit": min(limit, PAGE)}
        if job_id is not None:
            query["job_id"] = job_id
        if active_only:
            query["active_only"] = "true"
        for count, run in enumerate(self._pages(f"{JOBS}/runs/list", query, "runs"), start=1):
            yield run
            if count >= limit:
                return

    def run_output(self, task_run_id: int) -> Json:
        """What one task run gave (`runs/get-output`)."""
        return self.call("GET", f"{JOBS}/runs/get-output", params={"run_id": task_run_id})

    def export_run(self, task_run_id: int) -> str:
        """The notebook that a task run ran, as one HTML file (`runs/export`)."""
        return str(self.call("GET", f"{JOBS}/runs/export", params={"run_id": task_run_id})["views"][0]["content"])

    def cancel_run(self, run_id: int) -> None:
        """Ask for a run to stop; returns at once."""
        self.call("POST", f"{JOBS}/runs/cancel", json={"run_id": run_id})

    def repair_run(self, body: Json) -> int:
        """Run tasks of an ended run again; the id of the repair."""
        return int(self.call("POST", f"{JOBS}/runs/repair", json=body)["repair_id"])

    def plan_repair(self, run_id: int, body: Json) -> Json:
        """What `repair_run` with this body would do, and what has changed since."""
        sent = {name: value for name, value in body.items() if name != "run_id"}
        return self.call("POST", f"{OWN}/runs/{run_id}/repair-plan", json=sent)

    def pinned(self, run_id: int) -> Json:
        """The version of the job and the code that a run, its repairs and its tasks ran."""
        return self._joined(f"{OWN}/runs/{run_id}/pinned", {}, ("tasks",))

    def waiting(self, run_id: int) -> list[Json]:
        """Why a run, or tasks of it, wait: subject and sentence each."""
        return list(self.call("GET", f"{OWN}/runs/{run_id}/waiting")["waiting"])

    def watch_run(self, run_id: int, *, seen: int, timeout: int) -> Json:
        """Wait until the run's version is above `seen`, or `timeout` seconds are over."""
        path = f"/api/brickyard/runs/{run_id}/watch"
        return self.call("GET", path, params={"seen": seen, "timeout": timeout}, timeout=timeout + 30)

    def task_output(self, task_run_id: int) -> Json:
        """Cells, logs and error of one task run."""
        return self.call("GET", f"/api/brickyard/task-runs/{task_run_id}/output")

    def iterations(self, task_run_id: int, *, failed: bool = False, limit: int = 100) -> Json:
        """The first iterations of a loop with their inputs; with `failed` the last attempts of those that failed."""
        path = f"/api/brickyard/task-runs/{task_run_id}/iterations"
        return self.call("GET", path, params={"failed": str(failed).lower(), "limit": limit})

    def children(self, run_id: int) -> list[Json]:
        """The runs that tasks of a run have started."""
        return list(self._pages(f"/api/brickyard/runs/{run_id}/children", {}, "children"))

    def run_cost(self, run_id: int) -> Json:
        """What the compute of a run would have cost."""
        return self.call("GET", f"/api/brickyard/runs/{run_id}/cost")

    # ------------------------------------------------------------------------------------------------ backfills

    def create_backfill(self, job_id: int, body: Json) -> Json:
        """Run a job for each interval of a range: `backfill_id`, or with `dry_run` what would happen."""
        return self.call("POST", f"/api/brickyard/jobs/{job_id}/backfills", json=body)

    def list_backfills(self, job_id: int | None = None) -> Iterator[Json]:
        """All backfills, or those of a job, newest first."""
        query: Json = {"limit": 100} if job_id is None else {"limit": 100, "job_id": job_id}
        yield from self._pages(BACKFILLS, query, "backfills")

    def get_backfill(self, backfill_id: int) -> Json:
        """A backfill and how far it is."""
        return self.call("GET", f"{BACKFILLS}/{backfill_id}")

    def watch_backfill(self, backfill_id: int, *, seen: int, timeout: int) -> Json:
        """Wait until the backfill's revision is above `seen`, or `timeout` seconds are over."""
        query = {"seen": seen, "timeout": timeout}
        return self.call("GET", f"{BACKFILLS}/{backfill_id}/watch", params=query, timeout=timeout + 30)

    def backfill_intervals(self, backfill_id: int, outcome: str = "") -> Iterator[Json]:
        """Its intervals in their order, or those of one outcome."""
        query: Json = {"limit": 1000, "outcome": outcome}
        yield from self._pages(f"{BACKFILLS}/{backfill_id}/intervals", query, "intervals")

    def change_backfill(self, backfill_id: int, verb: str, **body: Any) -> Json:
        """`pause`, `resume`, `cancel` (with `cancel_runs`) or `retry` it."""
        return self.call("POST", f"{BACKFILLS}/{backfill_id}/{verb}", json=body)

    # ---------------------------------------------------------------------------------------------- permissions

    def permissions(self, kind: str, object_id: str) -> Json:
        """The access list of an object."""
        return self.call("GET", f"/api/2.0/permissions/{quote(kind)}/{quote(object_id, safe='')}")

    def change_permissions(self, kind: str, object_id: str, entries: Sequence[Json], *, whole: bool) -> Json:
        """Give the principals that are named these levels; with `whole` nobody else keeps any. The list after that."""
        body = {"access_control_list": list(entries)}
        path = f"/api/2.0/permissions/{quote(kind)}/{quote(object_id, safe='')}"
        return self.call("PUT" if whole else "PATCH", path, json=body)

    # ------------------------------------------------------------------------------------------------ workspace

    def me(self) -> Json:
        """The SCIM user that the token belongs to."""
        return self.call("GET", "/api/2.0/preview/scim/v2/Me")

    def status(self, path: str) -> Json | None:
        """What is at a path of the workspace; None where nothing is."""
        try:
            return self.call("GET", f"{WORKSPACE}/get-status", params={"path": path})
        except ApiError as error:
            if error.is_missing:
                return None
            raise

    def mkdirs(self, path: str) -> None:
        """Make a folder and its parents."""
        self.call("POST", f"{WORKSPACE}/mkdirs", json={"path": path})

    def delete_path(self, path: str, *, recursive: bool = False) -> bool:
        """Delete what is at a path; False where nothing was."""
        try:
            self.call("POST", f"{WORKSPACE}/delete", json={"path": path, "recursive": recursive})
        except ApiError as error:
            if error.is_missing:
                return False
            raise
        return True

    def put_file(self, path: str, content: bytes, *, overwrite: bool = True) -> None:
        """Write a file or a notebook (its header decides). Its folder must be there."""
        where = quote(path.lstrip("/"))
        query = {"overwrite": str(overwrite).lower()}
        self.call("POST", f"/api/2.0/workspace-files/import-file/{where}", params=query, content=content)

    def get_file(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        try:
            return self.raw(f"{WORKSPACE}/export", params={"path": path, "format": "AUTO", "direct_download": "true"})
        except ApiError as error:
            if error.is_missing:
                return None
            raise

    # ---------------------------------------------------------------------------------------- tokens and secrets

    def create_token(self, comment: str, lifetime_seconds: int | None) -> Json:
        """A new token: `token_value` is told this once."""
        body: Json = {"comment": comment}
        if lifetime_seconds:
            body["lifetime_seconds"] = lifetime_seconds
        return self.call("POST", "/api/2.0/token/create", json=body)

    def list_tokens(self) -> list[Json]:
        """All tokens of the user, without their values."""
        return list(self.call("GET", "/api/2.0/token/list").get("token_infos", []))

    def delete_token(self, token_id: str) -> None:
        """End a token."""
        self.call("POST", "/api/2.0/token/delete", json={"token_id": token_id})

    def create_scope(self, scope: str) -> None:
        """Make a scope of secrets."""
        self.call("POST", "/api/2.0/secrets/scopes/create", json={"scope": scope})

    def list_scopes(self) -> list[str]:
        """The names of all scopes."""
        return [item["name"] for item in self.call("GET", "/api/2.0/secrets/scopes/list").get("scopes", [])]

    def put_secret(self, scope: str, key: str, value: bytes) -> None:
        """Keep a secret; one of the same key is replaced."""
        body = {"scope": scope, "key": key, "bytes_value": base64.b64encode(value).decode()}
        self.call("POST", "/api/2.0/secrets/put", json=body)

    def list_secrets(self, scope: str) -> list[Json]:
        """Keys and times of the last update; never values."""
        return list(self.call("GET", "/api/2.0/secrets/list", params={"scope": scope}).get("secrets", []))

    def delete_secret(self, scope: str, key: str) -> None:
        """Forget a secret."""
        self.call("POST", "/api/2.0/secrets/delete", json={"scope": scope, "key": key})

    # ------------------------------------------------------------------------------------------------- clusters

    def list_clusters(self) -> Iterator[Json]:
        """Those that run first, then the newest."""
        return self._pages("/api/2.1/clusters/list", {}, "clusters")

    def get_cluster(self, cluster_id: str) -> Json:
        """One cluster."""
        return self.call("GET", "/api/2.1/clusters/get", params={"cluster_id": cluster_id})

    # ---------------------------------------------------------------------------------------------------- pages

    def _pages(self, path: str, query: Json, field: str) -> Iterator[Json]:
        while True:
            page = self.call("GET", path, params=query)
            yield from page.get(field, [])
            if not page.get("next_page_token"):
                return
            query = {**query, "page_token": page["next_page_token"]}

    def _joined(self, path: str, query: Json, fields: Sequence[str], inside: str | None = None) -> Json:
        whole = page = self.call("GET", path, params=query)
        while page.get("next_page_token"):
            page = self.call("GET", path, params={**query, "page_token": page["next_page_token"]})
            target, part = (whole[inside], page[inside]) if inside else (whole, page)
            for field in fields:
                if part.get(field):
                    target[field] = [*target.get(field, []), *part[field]]
        whole.pop("next_page_token", None)
        return whole


def _error(answer: httpx.Response) -> ApiError:
    try:
        body = answer.json()
    except json.JSONDecodeError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    # The second is SCIM's.
    message = body.get("message") or body.get("detail") or body.get("error")
    message = message or f"The server answered {answer.status_code}."
    return ApiError(str(body.get("error_code") or f"HTTP_{answer.status_code}"), str(message), answer.status_code)
