"""What processes of this server are told of the machine: its folders, and whom to trust."""

from __future__ import annotations

from brickyard.settings import Settings
from brickyard.workloads.messages import Paths


def paths_of(settings: Settings) -> Paths:
    """The folders of this machine behind the names that user code uses."""
    return Paths(
        workspace=str(settings.workspace),
        volumes=str(settings.volumes),
        dbfs=str(settings.dbfs),
        warehouse=str(settings.warehouse),
        checkouts=str(settings.checkouts),
    )


def trust_of(settings: Settings, api_url: str) -> dict[str, str]:
    """The environment by which clients in user code, that call back over https, know the server's certificate."""
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if api_url.startswith("https:") else ()
    return {name: str(settings.trust_file) for name in names}
