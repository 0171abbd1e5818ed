"""Requirement lines of jobs, read as pip would read them, with what pip would do but a server must not refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from brickyard.compute.pip import redacted
from brickyard.errors import InstallationFailed
from brickyard.workloads import places
from brickyard.workloads.messages import Paths

_ARCHIVES = (".whl", ".tar.gz", ".zip")
_FILE_OPTION = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-r)|(?<=-c))(?P<path>[^\s=].*)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_EXTRAS = re.compile(r"\[[\w\s,.-]*\]$")
_HASHES = re.compile(r"(?:\s+--hash[= ]\w+:[0-9a-f]+)+$")
_VERSION_CONTROL = re.compile(r"(?:^|@\s*)(?:git|hg|svn|bzr)\+")
_URL = re.compile(r"(?:^|@\s*)(?P<scheme>[a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_DEPTH = 10
_LONGEST_LINE = 10_000
_LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set of requirements, with all files behind it read."""

    lines: tuple[str, ...]
    """For pip, sorted, each once. Local packages are absolute paths of this machine."""
    constraints: tuple[str, ...]
    packages: tuple[tuple[Path, str], ...]
    """The local packages, each with the SHA-256 of its content."""

    def digest(self, *more: str) -> str:
        """SHA-256 of what is to be installed, and of more texts that it depends on."""
        contents = [f"{path.name} {digest}" for path, digest in self.packages]
        return hashlib.sha256(repr((self.lines, self.constraints, contents, more)).encode()).hexdigest()


class Reader:
    """Reads requirement lines. The digests of large packages are kept as long as their files do not change.

    Args:
        paths: what `/Workspace/…`, `/Volumes/…` and `dbfs:/…` mean inside of requirements files; None: nothing.
    """

    def __init__(self, paths: Paths | None = None) -> None:
        self._paths = paths
        self._digests: dict[tuple[int, ...], str] = {}

    def read(self, lines: Iterable[str]) -> Wanted:
        """Read the lines and the requirements files that they name.

        Raises:
            InstallationFailed: a line is refused, or a file is missing; the text names it.
        """
        reading = _Reading(self._paths)
        for line in lines:
            reading.take(line.strip(), Path("/"), "the job's requirements", 0, Path)
        packages = {path: self._digest(path) for path in sorted(reading.packages)}
        return Wanted(tuple(sorted(reading.lines)), tuple(sorted(reading.constraints)), tuple(packages.items()))

    def _digest(self, path: Path) -> str:
        stat = path.stat()
        seen = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if seen not in self._digests:
            with path.open("rb") as file:
                self._digests[seen] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[seen]


class _Reading:
    """One set of lines while it is read."""

    def __init__(self, paths: Paths | None) -> None:
        self._paths = paths
        self.lines: set[str] = set()
        self.constraints: set[str] = set()
        self.packages: set[Path] = set()

    def take(self, line: str, base: Path, where: str, depth: int, real: Callable[[str], Path]) -> None:
        """Take one line that stands in the folder `base`, as `real` reads its absolute paths."""
        if not line:
            return
        if "${" in line:
            raise InstallationFailed(f"{where}: {line!r} names a variable; variables are not filled in here.")
        option = _FILE_OPTION.fullmatch(line)
        if option:
            file = self._path(option["path"].strip(), base, where, real)
            self._take_file(file, where, depth, constraint=line.lstrip("-").startswith("c"))
        elif line.startswith("-"):
            allowed = "allowed are requirements, and -r and -c with a file"
            raise InstallationFailed(f"{where}: the option {line.split(maxsplit=1)[0]!r} is refused; {allowed}.")
        else:
            self.lines.add(self._requirement(line, base, where, real))

    def _take_file(self, file: Path, where: str, depth: int, *, constraint: bool) -> None:
        if depth == _DEPTH:
            raise InstallationFailed(f"{where}: requirements files name each other more than {_DEPTH} deep.")
        for line in _logical_lines(_text_of(file, where)):
            if constraint:
                self.constraints.add(_checked(line, str(file)))
            else:
                self.take(line, file.parent, str(file), depth + 1, self._inside)

    def _inside(self, path: str) -> Path:
        return Path(path) if self._paths is None else places.real(path, self._paths)

    def _requirement(self, line: str, base: Path, where: str, real: Callable[[str], Path]) -> str:
        bare = _EXTRAS.sub("", line)
        if bare.lower().endswith(_ARCHIVES) and not _URL.search(line):
            path = self._path(bare, base, where, real)
            if not path.is_file():
                raise InstallationFailed(f"{where}: there is no file {bare}.")
            self.packages.add(path)
            return f"{path}{line[len(bare) :]}"
        if line.startswith(("/", "./", "../", "dbfs:")) or line == ".":
            kinds = ", ".join(_ARCHIVES)
            raise InstallationFailed(f"{where}: {line!r} is no package; a local one is a file that ends with {kinds}.")
        return _checked(line, where)

    def _path(self, given: str, base: Path, where: str, real: Callable[[str], Path]) -> Path:
        if not given.startswith(("/", "dbfs:")):
            return self._beside(given, base, where)
        try:
            return real(given)
        except places.BadPathError as error:
            raise InstallationFailed(f"{where}: {error}.") from None

    def _beside(self, given: str, base: Path, where: str) -> Path:
        """A path that is relative to the file that names it: of what jobs may name, not of all of this machine."""
        found = (base / given).resolve()
        if self._paths is not None:
            folders = (self._paths.workspace, self._paths.volumes, self._paths.dbfs, self._paths.checkouts)
            if not any(folder and found.is_relative_to(Path(folder).resolve()) for folder in folders):
                raise InstallationFailed(f"{where}: {given[:200]!r} leads out of the workspace.")
        return found


def _checked(line: str, where: str) -> str:
    """A line that is neither a path nor an option."""
    if len(line) > _LONGEST_LINE:
        raise InstallationFailed(f"{where}: a line has {len(line)} characters; at most {_LONGEST_LINE} are allowed.")
    shown = redacted(line)
    if _VERSION_CONTROL.search(line):
        how = "build a wheel of it, or name an archive's https address"
        raise InstallationFailed(f"{where}: {shown!r} is refused: nothing is installed from version control; {how}.")
    url = _URL.search(line)
    if url:
        if url["scheme"].lower() not in {"https", "http"}:
            raise InstallationFailed(f"{where}: {shown!r} is refused: addresses are https:// or http://.")
        return line
    try:
        Requirement(_HASHES.sub("", line))
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise InstallationFailed(f"{where}: {shown!r} is no requirement: {reason}.") from None
    return line


def _text_of(file: Path, where: str) -> str:
    try:
        # A pipe would be waited for, and a device has no end.
        if file.exists() and not file.is_file():
            raise InstallationFailed(f"{where}: {file} is no file.")
        if file.stat().st_size > _LARGEST_FILE:
            raise InstallationFailed(f"{where}: {file} has more than {_LARGEST_FILE} bytes.")
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InstallationFailed(f"{where}: there is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InstallationFailed(f"{where}: {file} cannot be read: {error}.") from None


def _logical_lines(text: str) -> Iterator[str]:
    """Lines with their continuations, without comments and empty ones."""
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        bare = _COMMENT.sub("", line).strip()
        if bare:
            yield re.sub(r"\s+", " ", bare)
