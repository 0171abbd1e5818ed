"""A view of the file system for one process and all that it starts: folders seen at other paths as well.

This is a mount namespace of Linux. An ordinary user gets one together with a user namespace, in which his own user and
group are what they are outside; the other owners of files are shown as `nobody`, and programs that change the user
(`sudo`) do not. Root needs no user namespace, and so sees no difference.

Where the paths are no folders of `/` yet, `/` is replaced by an empty one in which everything that is there is seen
again; it cannot be written to, and what is added to the real `/` later is not seen. Everything below is the same as
outside, also what is mounted there later.
"""

from __future__ import annotations

import ctypes
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _UNBINDABLE, _SLAVE = 0x1, 0x20, 0x1000, 0x4000, 0x20000, 0x80000
_DETACH = 2
_CAPABILITIES = (ctypes.c_uint32 * 2)(0x20080522, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder, and the path right below `/` at which it is to be seen."""

    place: str
    folder: str

    @property
    def there(self) -> bool:
        """Whether the path leads to the folder already."""
        try:
            return Path(self.place).samefile(self.folder)
        except OSError:
            return False


def possible(mounts: Sequence[Mount], scratch: Path, hidden: Sequence[str] = ()) -> str:
    """Try `enter` in a child process; "" where it works, else why not."""
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of a fork beside other threads: the child takes none of their locks.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _try(mounts, scratch, hidden, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        told = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return told.decode(errors="replace") or ("" if status == 0 else f"the attempt ended with status {status}")


def _try(mounts: Sequence[Mount], scratch: Path, hidden: Sequence[str], answer: int) -> None:
    """Never returns: this process has no other purpose."""
    try:
        enter(mounts, scratch, hidden)
        if not all(mount.there for mount in mounts):
            os.write(answer, b"the folders are not seen at their paths")
    except BaseException as error:  # noqa: BLE001 -- the last frame of this process; the text goes to its parent
        os.write(answer, str(error).encode())
    finally:
        os._exit(0)


def enter(mounts: Sequence[Mount], scratch: Path, hidden: Sequence[str] = ()) -> None:
    """Have the folders seen at their paths from now on. The process must have one thread only.

    Args:
        mounts: what is to be seen; the folders must exist.
        scratch: any folder that exists; it stays as it is.
        hidden: files and folders that are seen empty; those that do not exist are left out.

    Raises:
        OSError: the system does not allow it; this process may be half way and is of no more use. Ask `possible`
            first.
    """
    here = Path.cwd()
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _NEW_MOUNTS | (_NEW_USERS if user else 0))
    if user:
        _map_identity(user, group)
    _mount(None, "/", _SLAVE | _RECURSIVE)
    for path in map(Path, hidden):
        _hide(path)
    # Links there were made by somebody, to something else.
    if all(Path(mount.place).is_dir() and not Path(mount.place).is_symlink() for mount in mounts):
        for mount in mounts:
            _mount(mount.folder, mount.place, _BIND | _RECURSIVE)
    else:
        _replace_root(mounts, scratch)
    os.chdir(here)
    if user:
        # In the user namespace this process could do everything; its children are to be ordinary again.
        _call("capset", _CAPABILITIES, _NO_CAPABILITIES)


def _map_identity(user: int, group: int) -> None:
    # The group's map may be written by a process without privileges only once it gave up changing its groups.
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text)


def _hide(path: Path) -> None:
    if path.is_dir():
        _mount("tmpfs", str(path), _READ_ONLY, kind="tmpfs", options="mode=500")
    elif path.exists():
        _mount(os.devnull, str(path), _BIND)


def _replace_root(mounts: Sequence[Mount], scratch: Path) -> None:
    root = str(scratch)
    with os.scandir("/") as entries:
        found = list(entries)
    _mount("tmpfs", root, 0, kind="tmpfs", options="mode=755")
    # `scratch` is below one of the folders that are bound now; this must not be seen in itself.
    _mount(None, root, _UNBINDABLE)
    places = {mount.place for mount in mounts}
    for entry in found:
        if entry.path not in places:
            _repeat(entry, root + entry.path)
    for mount in mounts:
        Path(root + mount.place).mkdir()
        _mount(mount.folder, root + mount.place, _BIND | _RECURSIVE)
    _mount(None, root, _REMOUNT | _BIND | _READ_ONLY)
    os.chdir(root)
    # The old root is put on top of the new one, and taken away there: see pivot_root(2).
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _DETACH)


def _repeat(entry: os.DirEntry[str], place: str) -> None:
    """Have an entry of the real `/` seen in the new one."""
    if entry.is_symlink():
        Path(place).symlink_to(Path(entry.path).readlink())
        return
    if entry.is_dir(follow_symlinks=False):
        Path(place).mkdir()
    else:
        Path(place).touch()
    _mount(entry.path, place, _BIND | _RECURSIVE)


def _mount(source: str | None, target: str, flags: int, *, kind: str = "", options: str = "") -> None:
    # Options that are not there must be a null pointer: some file systems refuse an empty text.
    source_, kind_, options_ = (os.fsencode(text) if text else None for text in (source, kind, options))
    _call("mount", source_, os.fsencode(target), kind_, ctypes.c_ulong(flags), options_, what=f" {target}")


def _call(name: str, *arguments: object, what: str = "") -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{what}: {os.strerror(number)}")
