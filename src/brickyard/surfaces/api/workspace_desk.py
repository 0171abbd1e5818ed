"""The workspace as one caller uses it: what they are shown, and what goes with something that is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from brickyard.access import folders
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.engine.access.workspace_view import WorkspaceView
from brickyard.errors import InvalidParameterValue, NotFound, PermissionDenied
from brickyard.records import Document
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.workspace_paths import shown
from brickyard.surfaces.api.workspace_tree import Item, Parts, tree_of

GIT_FOLDERS = "repos"
"""The kind of document that tells of a Git folder; its name is the folder's path."""
_FILES = ObjectType.FILES


class Desk:
    """What one caller does in the workspace. Rights on what a route names are asked by `allowed.allow` before."""

    def __init__(self, services: Services, who: Identity) -> None:
        self._store = services.store
        self._who = who
        self.tree = tree_of(services.settings)

    def look(self, parts: Parts) -> Item:
        """What is at a path, if the caller may know of it.

        Raises:
            NotFound: nothing is there, or nothing that the caller may know of.
        """
        self._make_home(parts)
        item = self.tree.find(parts)
        if item is None or not self._view().sees(self.tree.really(item)):
            raise NotFound(f"Path ({shown(parts)}) doesn't exist.")
        return item

    def list(self, parts: Parts) -> Iterator[Item]:
        """What is in a folder, of a file the file itself; nothing that the caller may not know of.

        Raises:
            NotFound: as `look`.
        """
        self.look(parts)
        view = self._view()
        for item in self.tree.children(parts):
            # Only a link can mean another place than its own.
            if view.sees(self.tree.really(item) if item.place.is_symlink() else item.path):
                yield item

    def make_folder(self, parts: Parts) -> None:
        """Make a folder and those above it. Nobody has rights on it who had some on an older one of its name.

        Raises:
            AlreadyExists: a file is in the way.
        """
        self._make_home(parts)
        made = self.tree.make_folder(parts)
        if made:
            self._store.acls.delete_tree(_FILES, made)

    def write(self, parts: Parts, suffix: str, data: bytes, *, overwrite: bool) -> None:
        """Write a file or notebook. What it replaces leaves it its access list; a new one begins without.

        Raises:
            NotFound: the folder does not exist.
            AlreadyExists: something is there, and `overwrite` was not asked for, or it is a folder.
        """
        self._make_home(parts)
        before = [item.path for item in self.tree.in_the_way(parts, suffix)]
        self.tree.write(parts, suffix, data, overwrite=overwrite)
        item = self.tree.find((*parts[:-1], parts[-1] + suffix))
        now = item.path if item is not None else shown(parts)
        if now not in before:
            self._store.acls.delete_tree(_FILES, now)
            for path in before[:1]:
                self._store.acls.move(_FILES, path, now)

    def replaces(self, parts: Parts, suffix: str) -> Sequence[str]:
        """The paths of all that a `write` of this name would change."""
        return sorted({shown(parts), *(item.path for item in self.tree.in_the_way(parts, suffix))})

    def delete(self, parts: Parts, *, recursive: bool) -> None:
        """Delete a file or a folder, with the access lists and Git folders in it.

        Raises:
            DirectoryNotEmpty: the folder holds something and `recursive` was not asked for.
            InvalidParameterValue: it is a folder that is always there.
            PermissionDenied: it is the home of somebody.
        """
        path = shown(parts)
        if path in folders.TOP:
            raise InvalidParameterValue(f"{path} is always there; delete what is in it.")
        owner = folders.owner_of_home(path)
        if owner and not self._who.is_admin and self._store.principals.identity(owner) is not None:
            raise PermissionDenied(f"{path} is the home of {owner}; only administrators delete homes.")
        item = self.tree.delete(parts, recursive=recursive)
        self._store.acls.delete_tree(_FILES, item.path)
        for document in self.git_folders():
            if item.path in folders.lineage(document.name):
                self._store.documents.delete(GIT_FOLDERS, document.document_id)

    def git_folders(self) -> Sequence[Document]:
        """All Git folders of the workspace."""
        return self._store.documents.find(GIT_FOLDERS)

    def in_git(self, parts: Parts) -> str:
        """The path of the Git folder that a path is in; "" where it is in none."""
        known = {document.name for document in self.git_folders()}
        return next((path for path in folders.lineage(shown(parts)) if path in known), "")

    def _view(self) -> WorkspaceView:
        return WorkspaceView(self._store.acls, self._who)

    def _make_home(self, parts: Parts) -> None:
        """The caller's own folders, and those that are always there, are made when they are first named."""
        own = folders.is_own(shown(parts), self._who)
        if own or shown(parts[:1]) in folders.TOP:
            made = self.tree.make_folder(parts[: 2 if own else 1])
            if made:
                self._store.acls.delete_tree(_FILES, made)
