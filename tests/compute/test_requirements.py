"""Requirement lines are read as pip reads them; what a server must not do for a job is refused by name."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from brickyard.compute.requirements import Reader, Wanted
from brickyard.errors import InstallationFailed
from brickyard.workloads.messages import Paths


def read(*lines: str) -> Wanted:
    return Reader().read(lines)


@pytest.mark.parametrize(
    "line",
    [
        "humanize",
        "humanize==4.9.0",
        "humanize >=4, <5",
        "pandas[excel]~=2.2",
        'tomli; python_version < "3.11"',
        "humanize @ https://example.com/humanize-4.9.0-py3-none-any.whl",
        "https://example.com/a/humanize-4.9.0.tar.gz",
        "humanize==4.9.0 --hash=sha256:0123abcd",
    ],
)
def test_a_requirement_reaches_pip_as_it_is(line: str) -> None:
    assert read(line).lines == (line,)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "--index-url https://evil.example",
            "the option '--index-url' is refused; allowed are requirements, and -r and",
        ),
        ("-e /Workspace/x", "the option '-e' is refused"),
        ("--global-option=x", "the option '--global-option=x' is refused"),
        ("humanize --global-option=x", "'humanize --global-option=x' is no requirement"),
        ("git+https://example.com/x.git", "is refused: nothing is installed from version control; build a wheel of it"),
        ("x @ git+ssh://git@example.com/x.git@main", "nothing is installed from version control"),
        ("file:///etc/x.whl", "is refused: addresses are https:// or http://."),
        ("x @ file:///etc/x.whl", "addresses are https:// or http://."),
        ("humanize==${PIP_INDEX_URL}", "names a variable; variables are not filled in here."),
        ("/somewhere/project", "is no package; a local one is a file that ends with .whl, .tar.gz, .zip."),
        (".", "'.' is no package"),
        ("/none/x-1.0-py3-none-any.whl", "there is no file /none/x-1.0-py3-none-any.whl."),
        ("-r /none/requirements.txt", "there is no file /none/requirements.txt."),
        ("x @ git+https://me:secret@example.com/x", "'x @ git+https://***@example.com/x' is refused"),
        ("two words", "'two words' is no requirement"),
    ],
)
def test_what_is_refused_is_named_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(InstallationFailed, match=re.escape(reason)) as caught:
        read(line)
    assert caught.value.message.startswith("the job's requirements: ")


def test_requirements_files_are_read_with_all_that_they_name(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    wheel = tmp_path / "wheels/own-1.0-py3-none-any.whl"
    wheel.write_bytes(b"content")
    (tmp_path / "all.txt").write_text(
        "# what we need\n\nhumanize  # for people\n-r more.txt\n-c limits.txt\n./wheels/own-1.0-py3-none-any.whl[fast]\n"
    )
    (tmp_path / "more.txt").write_text("\ufefftabulate \\\n   >=0.9\nhttps://example.com/x.zip#sha256=ab\n")
    (tmp_path / "limits.txt").write_text("numpy<3\n")
    wanted = read(f"-r {tmp_path}/all.txt", "humanize")
    assert wanted.lines == tuple(
        sorted(["humanize", f"{wheel}[fast]", "https://example.com/x.zip#sha256=ab", "tabulate >=0.9"])
    )
    assert wanted.constraints == ("numpy<3",)
    assert [path for path, _ in wanted.packages] == [wheel]


@pytest.mark.parametrize("option", ["-r {}", "-r{}", "--requirement {}", "--requirement={}"])
def test_every_form_of_the_option_is_known(tmp_path: Path, option: str) -> None:
    file = tmp_path / "r.txt"
    file.write_text("humanize\n")
    assert read(option.format(file)).lines == ("humanize",)


def test_an_option_inside_of_a_file_is_refused_with_the_files_name(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text("--extra-index-url https://evil.example\n")
    with pytest.raises(InstallationFailed, match=f"{file}: the option '--extra-index-url' is refused"):
        read(f"-r {file}")


def test_files_that_name_each_other_end(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text("-r r.txt\n")
    with pytest.raises(InstallationFailed, match="name each other more than 10 deep"):
        read(f"-r {file}")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InstallationFailed, match=r"r\.txt cannot be read"):
        read(f"-r {tmp_path}/r.txt")


def test_workspace_paths_inside_of_files_are_those_of_the_workspace(tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("workspace", "volumes", "dbfs", "warehouse")}
    paths = Paths(**{name: str(path) for name, path in places.items()})
    wheels = [places["workspace"] / "Users/me/a-1.whl", places["volumes"] / "c/s/v/b-1.whl", places["dbfs"] / "c-1.whl"]
    for wheel in wheels:
        wheel.parent.mkdir(parents=True)
        wheel.write_bytes(b"")
    file = tmp_path / "r.txt"
    file.write_text("/Workspace/Users/me/a-1.whl\n/Volumes/c/s/v/b-1.whl\ndbfs:/c-1.whl\n")
    assert [path for path, _ in Reader(paths).read([f"-r {file}"]).packages] == sorted(wheels)
    file.write_text("/Workspace/../x-1.whl\n")
    with pytest.raises(InstallationFailed, match=r"has '\.\.' in it"):
        Reader(paths).read([f"-r {file}"])


def test_the_digest_follows_content_and_not_order(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1.whl"
    wheel.write_bytes(b"one")
    reader = Reader()
    first = reader.read([str(wheel), "a", "b"]).digest("3.11")
    assert reader.read(["b", "a", str(wheel), ""]).digest("3.11") == first
    assert reader.read(["b", "a", str(wheel)]).digest("3.12") != first
    stat = wheel.stat()
    wheel.write_bytes(b"two")
    os.utime(wheel, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert reader.read([str(wheel), "a", "b"]).digest("3.11") != first


def test_relative_paths_lead_to_nothing_but_what_jobs_may_name(tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("workspace", "volumes", "dbfs", "warehouse")}
    for place in places.values():
        place.mkdir()
    reader = Reader(Paths(**{name: str(path) for name, path in places.items()}))
    (tmp_path / "key").write_text("a secret that is no requirement\n")
    (places["workspace"] / "link").symlink_to(tmp_path / "key")
    (places["workspace"] / "more.txt").write_text("humanize\n")
    file = places["workspace"] / "r.txt"
    file.write_text("-r ./more.txt\n")
    assert reader.read([f"-r {file}"]).lines == ("humanize",)
    for line in ("-r ../key", "-c ../key", "-r link", "../../x.whl"):
        file.write_text(f"{line}\n")
        with pytest.raises(InstallationFailed, match="leads out of the workspace") as refused:
            reader.read([f"-r {file}"])
        assert "secret" not in refused.value.message


def test_a_pipe_a_huge_file_and_an_endless_line_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InstallationFailed, match=r"pipe\.txt is no file"):
        read(f"-r {tmp_path}/pipe.txt")
    with (tmp_path / "huge.txt").open("wb") as huge:
        huge.truncate(10**9)
    with pytest.raises(InstallationFailed, match="has more than 1048576 bytes"):
        read(f"-r {tmp_path}/huge.txt")
    with pytest.raises(InstallationFailed, match="a line has 1000002 characters; at most 10000"):
        read("a" + " " * 1_000_000 + "b")
