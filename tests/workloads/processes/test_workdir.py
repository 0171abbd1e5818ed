"""The working directory shows the project and keeps what is written."""

from __future__ import annotations

from pathlib import Path

from brickyard.workloads.workdir import mirror


def _project(root: Path) -> Path:
    (root / "src/deep/data").mkdir(parents=True)
    (root / "conf.yml").write_text("conf")
    (root / "src/util.py").write_text("util")
    (root / "src/deep/data/x.csv").write_text("x")
    return root / "src/deep"


def test_every_level_on_the_way_is_real_and_all_beside_it_is_linked(tmp_path: Path) -> None:
    folder = _project(tmp_path / "project")
    here = mirror(tmp_path / "project", folder, tmp_path / "work")
    assert here == tmp_path / "work/src/deep"
    assert not here.is_symlink()
    assert (here / "data").is_symlink()
    assert (here / "../util.py").read_text() == "util"
    assert (here / "../../conf.yml").read_text() == "conf"
    (here / "new.txt").write_text("new")
    assert not (folder / "new.txt").exists()


def test_a_folder_that_is_its_own_root_is_mirrored_at_the_top(tmp_path: Path) -> None:
    folder = _project(tmp_path / "project")
    here = mirror(folder, folder, tmp_path / "work")
    assert here == tmp_path / "work"
    assert (here / "data/x.csv").read_text() == "x"


def test_of_a_project_that_is_too_large_only_the_near_files_are_linked(tmp_path: Path) -> None:
    folder = _project(tmp_path / "project")
    for number in range(10):
        (tmp_path / "project" / f"{number}.bin").touch()
    here = mirror(tmp_path / "project", folder, tmp_path / "work", max_links=5)
    assert here == tmp_path / "work"
    assert (here / "data/x.csv").read_text() == "x"
    assert sorted(path.name for path in here.iterdir()) == ["data"]


def test_a_folder_that_does_not_exist_gives_an_empty_one(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert list(mirror(gone, gone, tmp_path / "work").iterdir()) == []
