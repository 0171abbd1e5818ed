"""The project that a single file belongs to, brought to the workspace for `brickyard run`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from brickyard.errors import InvalidParameterValue
from brickyard.settings import read
from brickyard.surfaces.bundles.paths import NOTEBOOKS, is_notebook
from brickyard.surfaces.bundles.sync import Changes, Limits, Selection, collect, upload
from brickyard.surfaces.client import Client

SIGNS = ("databricks.yml", ".git", "pyproject.toml")
"""What makes a folder the root of a project."""
HASHES = "files.json"
LIMITS = Limits(
    files=2_000,
    megabytes=50,
    advice="That is too much to upload for one run: name what is not needed in .gitignore, or put a pyproject.toml "
    "into the folder of the notebook, which makes that folder the project.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A file that shall run."""

    file: Path
    root: Path
    is_notebook: bool

    @property
    def inner(self) -> str:
        """Its path in the project; of a notebook without the extension."""
        path = self.file.relative_to(self.root)
        return (path.with_suffix("") if self.is_notebook else path).as_posix()


def target_of(path: Path) -> Target:
    """What a path on the command line means.

    Raises:
        InvalidParameterValue: there is no such file, or nothing that could run.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise InvalidParameterValue(f"{path} {what}; give a .py, .ipynb or .sql file.")
    file = path.resolve()
    home = read().home.resolve()
    if file.is_relative_to(home):
        raise InvalidParameterValue(
            f"{path} lies in the home of Brickyard ({home}), which is never uploaded; move it to a folder of its own."
        )
    if file.suffix not in NOTEBOOKS:
        raise InvalidParameterValue(f"{path} cannot run; a {', '.join(NOTEBOOKS)} file is needed.")
    notebook = is_notebook(file)
    if not notebook and file.suffix == ".sql":
        raise InvalidParameterValue(f"{path} is no notebook: its first line must be {NOTEBOOKS['.sql']!r}.")
    return Target(file, project_root(file), notebook)


def project_root(file: Path) -> Path:
    """The nearest folder above that looks like the root of a project; else the file's own folder.

    The user's home and the root of the disk never count: a stray repository there would bring everything along.
    """
    never = {Path.home(), Path(file.anchor)}
    for folder in file.parents:
        if folder in never:
            break
        if any((folder / sign).exists() for sign in SIGNS):
            return folder
    return file.parent


def bring(client: Client, target: Target, user_name: str) -> tuple[str, Changes]:
    """Upload what changed of the project; the folder in the workspace.

    Raises:
        InvalidParameterValue: the project is too large, or a link leaves it.
    """
    name = hashlib.sha256(str(target.root).encode()).hexdigest()[:16]
    base = f"/Workspace/Users/{user_name}/.brickyard/run/{name}"
    files = collect(target.root, Selection(hidden=False), LIMITS)
    if target.file.relative_to(target.root).as_posix() not in files:
        raise InvalidParameterValue(
            f"{target.file} is not uploaded: a .gitignore of {target.root} names it, or it lies in a hidden folder, a "
            "virtual environment or node_modules there. Move it, or change the .gitignore."
        )
    known = _known(client, f"{base}/{HASHES}")
    changes = upload(client, target.root, f"{base}/files", files, known)
    if changes.uploaded or changes.deleted:
        client.put_file(f"{base}/{HASHES}", json.dumps(files).encode())
    return f"{base}/files", changes


def _known(client: Client, path: str) -> dict[str, str]:
    content = client.get_file(path)
    if content is None:
        return {}
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
