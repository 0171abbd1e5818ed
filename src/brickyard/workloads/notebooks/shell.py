"""The IPython shell that runs a notebook's Python: no kernel, no history, no files of its own, outputs to a sink."""

from __future__ import annotations

import difflib
import functools
import linecache
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from IPython.core import magic
from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import leading_empty_lines
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from brickyard.workloads.notebooks.document import CELL_MAGICS, NOT_RUN


class Sink(Protocol):
    """Where rich outputs go."""

    def show(self, data: Mapping[str, Any], metadata: Mapping[str, Any], *, display_id: str, result: int) -> None: ...
    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None: ...
    def clear(self, *, wait: bool) -> None: ...


class UnknownMagicError(UsageError):  # type: ignore[misc]  # IPython publishes no types
    """There is no magic of this name."""


class CellCompiler(CachingCompiler):  # type: ignore[misc]  # IPython publishes no types
    """Names the code of a cell after the cell, so that tracebacks say where they are."""

    def __init__(self) -> None:
        super().__init__()
        self.label = "Cell In[1]"
        self.labels: set[str] = set()
        self.source = ""

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        name = str(super().cache(transformed_code, number, raw_code))
        self.source = raw_code or ""
        lines = self.source.split("\n")
        # Tracebacks show what the user wrote, not what IPython made of its magics, where the lines correspond.
        if len(lines) >= len(transformed_code.splitlines()):
            linecache.cache[name] = (len(raw_code or ""), None, [line + "\n" for line in lines], name)
        return name

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002 -- IPython's
        self.labels.add(self.label)
        return self.label


class _Hook(DisplayHook):  # type: ignore[misc]  # IPython publishes no types
    """Shows the value of a cell's last line."""

    _: Any

    def quiet(self) -> bool:
        """A semicolon at the end of the cell hides its value. IPython looks for it in the history."""
        return bool(self.semicolon_at_end_of_expression(self.shell.compile.source))

    def __call__(self, result: Any = None) -> None:
        if result is None or self.quiet():
            return
        names = self.shell.user_ns
        # `_` is the last value, unless the user gave that name to something else.
        if names.get("_") is self._:
            names["_"] = self._ = result
        self.fill_exec_result(result)
        data, metadata = self.shell.display_formatter.format(result)
        # The answer of a command such as USE is a frame without columns: there is nothing to see in it.
        if data and data.get("text/plain") != "DataFrame[]":
            self.shell.sink.show(data, metadata, display_id="", result=self.shell.execution_count)


class _Publisher(DisplayPublisher):  # type: ignore[misc]  # IPython publishes no types
    """Takes what IPython's own `display` and matplotlib publish."""

    def publish(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        source: object = None,  # noqa: ARG002 -- IPython's signature
        *,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        **_: object,
    ) -> None:
        display_id = str((transient or {}).get("display_id") or "")
        if update:
            self.shell.sink.update(display_id, data, metadata or {})
        else:
            self.shell.sink.show(data, metadata or {}, display_id=display_id, result=0)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.sink.clear(wait=wait)


class NotebookShell(InteractiveShell):  # type: ignore[misc]  # IPython publishes no types
    """Runs Python cells. Errors are in the result of `run_cell` and are not printed."""

    compiler_class = CellCompiler
    displayhook_class = _Hook
    display_pub_class = _Publisher
    sink: Sink
    """Set before the first cell."""

    def init_ipython_dir(self, ipython_dir: object) -> None:
        """No folder in the user's home: a job reads and leaves no settings there."""

    def init_profile_dir(self, profile_dir: object) -> None:
        """As `init_ipython_dir`."""

    def init_virtualenv(self) -> None:
        """The worker runs in the environment that it was started in."""

    def init_sys_modules(self) -> None:
        """Done by `installed`: building a shell must not change the process."""

    def init_builtins(self) -> None:
        self.builtin_trap = BuiltinTrap(shell=self)

    def _tee(self, channel: str) -> AbstractContextManager[None]:  # noqa: ARG002 -- IPython gives it
        """IPython would keep all output a second time, for a history that there is not."""
        return nullcontext()

    def showtraceback(self, *args: object, **kwargs: object) -> None:
        """Errors are told once, by whoever asked for the cell."""

    def showsyntaxerror(self, *args: object, **kwargs: object) -> None:
        """As `showtraceback`."""

    def showindentationerror(self) -> None:
        """As `showtraceback`."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Refuse windows: a job has no screen.

        Raises:
            UsageError: a toolkit was asked for, as by `%matplotlib qt`.
        """
        if gui is not None:
            raise UsageError(f"The toolkit {gui!r} opens windows and a job has no screen. Use %matplotlib inline.")

    def system(self, cmd: str) -> None:
        """`!command`: its output is the cell's, its exit code is in `_exit_code`, and a failure does not raise."""
        command = self.var_expand(cmd, depth=1)
        self.user_ns["_exit_code"] = shell_command(command)

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        self._must_exist(magic_name, "line")
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        self._must_exist(magic_name, "cell")
        return super().run_cell_magic(magic_name, line, cell)

    def _must_exist(self, name: str, kind: str) -> None:
        if self._find_with_lazy_load(kind, name) is None:
            mark = "%" if kind == "line" else "%%"
            raise unknown_magic(mark + name, [mark + known for known in self.magics_manager.magics[kind]])


def unknown_magic(name: str, known: list[str]) -> UnknownMagicError:
    """The error for a magic that is not known, with the names like it and those that cells begin with."""
    near = [name.lower()] if name.lower() in known else difflib.get_close_matches(name, known, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    cells = ", ".join(f"%{magic}" for magic in CELL_MAGICS if magic not in NOT_RUN)
    return UnknownMagicError(
        f"There is no magic {name} here.{hint} There are {cells}; %lsmagic lists those of IPython."
    )


def shell_command(script: str, *options: str, environment: Mapping[str, str] | None = None) -> int:
    """Run a shell script; its output goes to ours. Returns its exit code, negative for a signal."""
    bash = "/bin/bash" if os.access("/bin/bash", os.X_OK) else "/bin/sh"
    sys.stdout.flush()
    return subprocess.run(
        [bash, *options, "-c", script], stdin=subprocess.DEVNULL, check=False, env=environment
    ).returncode


def build_shell() -> NotebookShell:
    """A new shell. Nothing outside of it changes, so it can be built before the fork."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.colors = "nocolor"
    shell = NotebookShell(config=config)
    # Line numbers in tracebacks are those of the cell as the user sees it.
    shell.input_transformer_manager.cleanup_transforms.remove(leading_empty_lines)
    return shell


_ready: list[NotebookShell] = []


def prepare_shell() -> None:
    """Build the next shell now; a process that is forked later finds it."""
    if not _ready:
        _ready.append(build_shell())


@contextmanager
def installed(names: Mapping[str, Any]) -> Iterator[NotebookShell]:
    """A shell that is *the* shell of this process (`get_ipython()`, `__main__`), with these names for the user."""
    shell = _ready.pop() if _ready else build_shell()
    shell.user_ns.update(names)
    shell.user_ns_hidden.update(names)
    main, hook = sys.modules.get("__main__"), sys.displayhook
    before = {kind: kind._instance for kind in NotebookShell._walk_mro()}  # noqa: SLF001 -- traitlets' own singletons
    sys.modules["__main__"] = shell.user_module
    for kind in before:
        kind._instance = shell  # noqa: SLF001 -- traitlets' own singletons
    # The shell's advice on leaving it is of no use in a job.
    warnings.filterwarnings("ignore", message="To exit: use 'exit'", category=UserWarning)
    try:
        yield shell
    finally:
        sys.displayhook = hook
        for kind, instance in before.items():
            kind._instance = instance  # noqa: SLF001 -- traitlets' own singletons
        if main is not None:
            sys.modules["__main__"] = main


def register_line_magics(shell: NotebookShell, magics: Mapping[str, Callable[[str], Any]]) -> None:
    """Make these magics known; their argument is passed as it stands, without `{…}` or `$…` being replaced."""
    for name, call in magics.items():
        # A partial, unlike a method, takes the mark that IPython sets on it.
        shell.register_magic_function(magic.no_var_expand(functools.partial(call)), "line", name)
