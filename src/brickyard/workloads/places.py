"""Which file of this machine a path in a job means, and where its project begins."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from brickyard.workloads.messages import Paths

CHECKOUTS = "/Repos/.internal/"
"""Where checkouts of Git sources are seen in the workspace: `/Repos/.internal/<repository>/<commit>/…`."""
_OF_CHECKOUT = 2
"""How many names lead from the folder of checkouts to one of them."""


class BadPathError(ValueError):
    """A path that means no file here; the text names it."""


def real(path: str, paths: Paths) -> Path:
    """The file behind a workspace path, `/Volumes/…`, `/dbfs/…` or `dbfs:/…`. It need not exist.

    Raises:
        BadPathError: the path is not absolute, has `..` in it, or has a scheme that is not known here.
    """
    if path.startswith("dbfs:/"):
        return _below(paths.dbfs, path.removeprefix("dbfs:"), path)
    if not path.startswith("/"):
        raise BadPathError(f"{path!r} is no absolute path; /Workspace/…, /Users/…, /Volumes/… and dbfs:/… are known")
    known = (
        ("/Volumes/", paths.volumes),
        ("/dbfs/", paths.dbfs),
        (CHECKOUTS, paths.checkouts),
        (f"/Workspace{CHECKOUTS}", paths.checkouts),
        ("/Workspace/", paths.workspace),
    )
    for prefix, folder in known:
        if folder and path.startswith(prefix):
            return _below(folder, path.removeprefix(prefix), path)
    return _below(paths.workspace, path, path)


def seen(file: Path, paths: Paths) -> str:
    """The path by which a file of this machine is known in jobs: the way back of `real`."""
    for folder, prefix in (
        (paths.checkouts, CHECKOUTS),
        (paths.workspace, "/"),
        (paths.volumes, "/Volumes/"),
        (paths.dbfs, "/dbfs/"),
    ):
        if folder and file.is_relative_to(folder):
            return f"{prefix}{file.relative_to(folder)}"
    return str(file)


def _below(folder: str, rest: str, given: str) -> Path:
    parts = PurePosixPath("/", rest.lstrip("/")).parts[1:]
    if ".." in parts:
        raise BadPathError(f"{given!r} has '..' in it; a path of a job must be without")
    return Path(folder, *parts)


def project_root(file: Path, paths: Paths) -> Path:
    """The folder that a file's project lives in.

    That is the checkout, else the bundle's `files`, else the user's folder, else the Git folder in `/Repos`, else the
    file's own.
    """
    if paths.checkouts and file.is_relative_to(paths.checkouts):
        return Path(paths.checkouts, *file.relative_to(paths.checkouts).parts[:_OF_CHECKOUT])
    try:
        parts = file.relative_to(paths.workspace).parts[:-1]
    except ValueError:
        return file.parent
    if ".bundle" in parts and "files" in parts[parts.index(".bundle") :]:
        return Path(paths.workspace, *parts[: parts.index("files", parts.index(".bundle")) + 1])
    if len(parts) >= 2 and parts[0] == "Users":
        return Path(paths.workspace, *parts[:2])
    if len(parts) > 2 and parts[0] == "Repos":
        return Path(paths.workspace, *parts[:3])
    return file.parent
