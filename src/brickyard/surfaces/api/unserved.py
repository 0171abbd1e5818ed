"""The endpoints that the service has and this server has not: refused by name, with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import BrickyardError
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import MAX_BODY, limited
from brickyard.surfaces.api.faults import EndpointNotFound, no_endpoint

_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_VERSIONED: Final = re.compile(r"/api/(?:[0-9]+\.[0-9]+(?:-preview)?)/(.+)")


class NotImplementedHere(BrickyardError):
    """The service has this endpoint, and this server has not."""

    code: ClassVar[str] = "NOT_IMPLEMENTED"
    status: ClassVar[int] = 501


@dataclass(frozen=True, slots=True)
class Unserved:
    """A part of the service's API, by what its paths begin with below the version."""

    prefix: str
    reason: str
    """Half a sentence."""
    but: str = ""
    """What is served all the same below the prefix."""


_ACCOUNT = "there is one workspace and no account above it"
_COMPUTE = "what runs here is chosen by the job, the cluster and the settings of the server"
_MODELS = "no models are kept or served here"
_PAGES = "it belongs to the service's web pages"
_SHARING = "nothing is shared with or sold to other installations"
_AGENTS = "there are no assistants and agents here"
_GRANTS = "the metastore keeps no rights; whoever may use storage may use all of it"
_CLOUD = "files are reached with this server's own access to their storage"
_OPTIONS = "what an operator may choose are settings of the server"
_TAGS = "the metastore keeps no tags and policies"
_OTHER_DB = "databases beside the metastore are services of their own"
_QUALITY = "tables are not watched; tests in a job say the same"

UNSERVED: Final = (
    Unserved("access-control", "rule sets belong to the account; rights on objects are at permissions"),
    Unserved("accounts", _ACCOUNT, but="accounts/servicePrincipals"),
    Unserved("agents", _AGENTS),
    Unserved("ai-functions", _MODELS),
    Unserved("ai-search", _AGENTS),
    Unserved("alerts", "there are no SQL alerts"),
    Unserved("app-spaces", "no apps are hosted here"),
    Unserved("apps", "no apps are hosted here"),
    Unserved("apps-settings", "no apps are hosted here"),
    Unserved("automl", _MODELS),
    Unserved("bundle", "bundles are deployed by `brickyard bundle`, which needs no service for it"),
    Unserved("clean-rooms", _SHARING),
    Unserved("credentials-manager", _CLOUD),
    Unserved("custom-llms", _MODELS),
    Unserved("data-classification", _QUALITY),
    Unserved("data-sharing", _SHARING),
    Unserved("database", _OTHER_DB),
    Unserved("domains", _PAGES),
    Unserved("entity-tag-assignments", _TAGS),
    Unserved("external-function", "there are no connections to other services"),
    Unserved("feature-engineering", _MODELS),
    Unserved("feature-store", _MODELS),
    Unserved("genie", _AGENTS),
    Unserved("global-init-scripts", _COMPUTE),
    Unserved("identity", _ACCOUNT),
    Unserved("instance-profiles", _CLOUD),
    Unserved("ip-access-lists", "the address that the server listens on, or a firewall, decides who reaches it"),
    Unserved("knowledge-assistants", _AGENTS),
    Unserved("lakeview", "there are no dashboards"),
    Unserved("lineage-tracking", "where tables come from is not recorded yet"),
    Unserved("marketplace-consumer", _SHARING),
    Unserved("marketplace-exchange", _SHARING),
    Unserved("marketplace-provider", _SHARING),
    Unserved("mlflow", "no experiments and models are kept here; run an MLflow server beside this one"),
    Unserved("online-tables", _MODELS),
    Unserved("permissionmigration", _ACCOUNT),
    Unserved("pipelines", "declarative pipelines are not run yet"),
    Unserved("policies/jobs", "the clusters of jobs are held to no policies"),
    Unserved("policy-families", "cluster policies are written out; there are no families to begin from"),
    Unserved("postgres", _OTHER_DB),
    Unserved("preview/sql", "old forms of queries, dashboards and alerts; saved queries are at sql/queries"),
    Unserved("quality-monitoring", _QUALITY),
    Unserved("quality-monitors", _QUALITY),
    Unserved("redash-v2", "there are no dashboards"),
    Unserved("rfa", "who needs a right asks a person"),
    Unserved("sandbox-exec", _AGENTS),
    Unserved("sandbox-files", _AGENTS),
    Unserved("sandboxes", _AGENTS),
    Unserved("serving-endpoints", _MODELS),
    Unserved("settings", _OPTIONS),
    Unserved("settings-metadata", _OPTIONS),
    Unserved("sql/alerts", "there are no SQL alerts"),
    Unserved("sql/config", _OPTIONS),
    Unserved("sql/dashboards", "there are no dashboards"),
    Unserved("sql/history", "statements are kept with the run or the session that ran them"),
    Unserved("sql/visualizations", "there are no dashboards"),
    Unserved("supervisor-agents", _AGENTS),
    Unserved("tag-policies", _TAGS),
    Unserved("unity-catalog/artifact-allowlists", _COMPUTE),
    Unserved("unity-catalog/bindings", _ACCOUNT),
    Unserved("unity-catalog/connections", "there are no connections to other services"),
    Unserved("unity-catalog/constraints", "the engine holds tables to no keys"),
    Unserved("unity-catalog/credentials", _CLOUD),
    Unserved("unity-catalog/entity-tag-assignments", _TAGS),
    Unserved("unity-catalog/external-locations", _CLOUD),
    Unserved("unity-catalog/functions", "functions are kept by the session that made them"),
    Unserved("unity-catalog/models", _MODELS),
    Unserved("unity-catalog/policies", _TAGS),
    Unserved("unity-catalog/providers", _SHARING),
    Unserved("unity-catalog/recipients", _SHARING),
    Unserved("unity-catalog/resource-quotas", "the disk is the only limit of the metastore"),
    Unserved("unity-catalog/shares", _SHARING),
    Unserved("unity-catalog/storage-credentials", _CLOUD),
    Unserved("unity-catalog/temporary-path-credentials", _CLOUD),
    Unserved("unity-catalog/temporary-service-credentials", _CLOUD),
    Unserved("unity-catalog/temporary-table-credentials", _CLOUD),
    Unserved("unity-catalog/temporary-volume-credentials", _CLOUD),
    Unserved("unity-catalog/validate-credentials", _CLOUD),
    Unserved("unity-catalog/validate-storage-credentials", _CLOUD),
    Unserved("unity-catalog/workspace-bindings", _ACCOUNT),
    Unserved("vector-search", _AGENTS),
    Unserved("workspace-conf", _OPTIONS),
)
"""Everything else that is not served is answered as a path that nobody knows."""

router = APIRouter()
"""The last routes: all that no other route has taken, also known paths with another method."""


@router.post("/telemetry-ext", include_in_schema=False, dependencies=[allow(Action.KNOW_ONESELF)])
async def telemetry(request: Request) -> Response:
    """Clients report their use here; it is thrown away, and they are told that all is well."""
    async for _ in limited(request, MAX_BODY):
        pass
    return answer({})


@router.api_route(
    "/api/{path:path}", methods=_METHODS, include_in_schema=False, dependencies=[allow(Action.KNOW_ONESELF)]
)
def unknown(request: Request) -> Response:
    """Refuse what is not here."""
    found = unserved(request.url.path)
    if found is None:
        raise EndpointNotFound(no_endpoint(request))
    raise NotImplementedHere(f"{no_endpoint(request)} This server does not have {found.prefix}: {found.reason}.")


def unserved(path: str) -> Unserved | None:
    """What is known of a path that is not served; None where the service has nothing there either."""
    below = _VERSIONED.fullmatch(path)
    if below is None:
        return None
    asked = f"{below[1]}/"
    fitting = [each for each in UNSERVED if _is_below(asked, each.prefix) and not _is_below(asked, each.but)]
    return max(fitting, key=lambda each: len(each.prefix), default=None)


def _is_below(path: str, prefix: str) -> bool:
    return bool(prefix) and path.startswith(f"{prefix}/")
