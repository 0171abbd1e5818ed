"""What is sent to make and change Git folders."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs import git
from brickyard.jobs.tasks import GitSource
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.workspace_paths import is_name, parts_of
from brickyard.workloads.notebooks.files import SUFFIXES, is_notebook

_CREATED = ("url", "provider", "path", "sparse_checkout")
_UPDATED = ("branch", "tag", "sparse_checkout")
_LEAST_PARTS = 2
_PROVIDER_OF = {
    "github.com": "gitHub",
    "gitlab.com": "gitLab",
    "bitbucket.org": "bitbucketCloud",
    "dev.azure.com": "azureDevOpsServices",
}
_PASSWORD = re.compile(r"https?://[^/?#]*@", re.IGNORECASE)
_SERVER = re.compile(r"https://([^/?#@:]*)[/:]")
_LAST = re.compile(r"[/:]([^/:]+?)(?:\.git)?/?\Z")


def source_of(sent: Fields) -> GitSource:
    """Where a new Git folder comes from.

    Raises:
        InvalidParameterValue: the address is not one of a server, or the provider is not known.
        FeatureDisabled: only a part of the files is asked for, or a user name and password stand in the address.
    """
    _refuse_sparse(sent.only(*_CREATED))
    url = sent.text("url")
    if _PASSWORD.match(url):
        raise FeatureDisabled("url has a user name or password in it; keep them at /api/2.0/git-credentials.")
    provider = provider_of(sent)
    try:
        git.git_source({"git_source": {"git_url": url, "git_provider": provider, "git_branch": "main"}})
    except InvalidParameterValue as error:
        raise InvalidParameterValue(error.message.replace("git_source.git_url", "url")) from None
    return GitSource(url=url, provider=provider.lower())


def provider_of(sent: Fields) -> str:
    """The provider that was named, or that is known by the name of the server.

    Raises:
        InvalidParameterValue: there is neither, or no such provider.
    """
    given = sent.text("provider", "")
    host = _SERVER.match(sent.text("url"))
    found = given or _PROVIDER_OF.get(host[1].lower() if host else "", "")
    if found.lower() not in git.PROVIDERS:
        what = f"provider is {given[:100]!r}" if given else "provider is missing"
        raise InvalidParameterValue(f"{what}; it must be one of {', '.join(git.PROVIDERS)}.")
    return found


def path_of(sent: Fields, user_name: str) -> str:
    """Where a new Git folder is to be: `path`, or in the caller's folder by the name of the repository.

    Raises:
        InvalidParameterValue: the path has too few names, or none can be made of the address.
    """
    given = sent.text("path", "")
    if given:
        if len(parts_of(given)) < _LEAST_PARTS:
            raise InvalidParameterValue(f"path is {given[:200]!r}; it must be such as /Repos/me/project.")
        return given
    name = _LAST.search(sent.text("url"))
    if name is None or not is_name(name[1]):
        raise InvalidParameterValue("url is without a name at its end that the folder could have; give path as well.")
    return f"/Repos/{user_name}/{name[1]}"


def reference_of(sent: Fields) -> dict[str, str]:
    """The branch or the tag that is asked for, under its name.

    Raises:
        InvalidParameterValue: there is not exactly one of both.
        FeatureDisabled: only a part of the files is asked for.
    """
    _refuse_sparse(sent.only(*_UPDATED))
    given = [name for name in ("branch", "tag") if name in sent]
    if len(given) != 1:
        raise InvalidParameterValue(f"There is {' and '.join(given) or 'no branch or tag'}; give exactly one of them.")
    return {given[0]: sent.text(given[0])}


def listed_path(folder: str, name: str, content: bytes) -> str:
    """The path by which a file of a Git folder is known: a notebook's is without extension."""
    path = PurePosixPath(folder, name)
    is_known = path.suffix.lower() in SUFFIXES and is_notebook(content, path.suffix)
    return str(path.with_suffix("") if is_known else path)


def _refuse_sparse(sent: Fields) -> None:
    if "sparse_checkout" in sent:
        raise FeatureDisabled("sparse_checkout is not supported: a Git folder has all files of its commit.")
