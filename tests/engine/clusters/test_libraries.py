"""Packages of all-purpose clusters."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from tests.engine.clusters.conftest import Clusters
from tests.engine.house import USER

TINY: dict[str, Any] = {"pypi": {"package": "tiny==1.0"}}
OTHER: dict[str, Any] = {"pypi": {"package": "other"}}


def statuses(clusters: Clusters, cluster_id: str) -> dict[str, str]:
    found = clusters.commands.libraries.statuses(cluster_id)
    return {next(iter(each.library.values()))["package"]: each.status for each in found}


def settled(clusters: Clusters, cluster_id: str) -> dict[str, str]:
    """The statuses once nothing is being installed."""
    clusters.commands.libraries._threads.submit(lambda: None).result()
    clusters.commands.libraries.install(cluster_id)
    return statuses(clusters, cluster_id)


def test_a_package_is_installed_on_a_cluster_that_runs(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.libraries.add(cluster_id, [TINY])
    assert settled(clusters, cluster_id) == {"tiny==1.0": "INSTALLED"}
    assert clusters.environments.asked[0] == ["tiny==1.0"]
    assert clusters.commands.libraries.requirements(cluster_id) == ["tiny==1.0"]
    assert list(clusters.commands.existing.session(cluster_id, USER).requirements) == ["tiny==1.0"]


def test_one_that_cannot_be_installed_is_told_by_its_name_and_spoils_no_other(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.environments.broken.append("tiny")
    clusters.commands.libraries.add(cluster_id, [TINY, OTHER])
    assert settled(clusters, cluster_id) == {"tiny==1.0": "FAILED", "other": "INSTALLED"}
    [failed, _] = clusters.commands.libraries.statuses(cluster_id)
    assert failed.messages == ("No matching distribution found for tiny==1.0",)
    assert clusters.commands.libraries.requirements(cluster_id) == ["other"]


def test_one_that_failed_is_tried_again_when_it_is_asked_for_again(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.environments.broken.append("tiny")
    clusters.commands.libraries.add(cluster_id, [TINY])
    assert settled(clusters, cluster_id) == {"tiny==1.0": "FAILED"}
    clusters.environments.broken.clear()
    clusters.commands.libraries.add(cluster_id, [TINY])
    assert settled(clusters, cluster_id) == {"tiny==1.0": "INSTALLED"}


def test_of_a_cluster_that_has_ended_packages_wait_for_the_next_start(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    clusters.commands.libraries.add(cluster_id, [TINY])
    assert statuses(clusters, cluster_id) == {"tiny==1.0": "PENDING"}
    clusters.commands.start(cluster_id, user=USER)
    clusters.until(cluster_id, "RUNNING")
    assert settled(clusters, cluster_id) == {"tiny==1.0": "INSTALLED"}


def test_a_package_goes_with_the_next_restart_and_not_before(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.libraries.add(cluster_id, [TINY, OTHER])
    settled(clusters, cluster_id)
    clusters.commands.libraries.remove(cluster_id, [TINY])
    assert statuses(clusters, cluster_id) == {"tiny==1.0": "UNINSTALL_ON_RESTART", "other": "INSTALLED"}
    assert clusters.commands.libraries.requirements(cluster_id) == ["tiny==1.0", "other"]
    clusters.commands.restart(cluster_id, user=USER)
    clusters.until_true(lambda: clusters.kinds(cluster_id)[-2:] == ["RESTARTING", "RUNNING"])
    assert settled(clusters, cluster_id) == {"other": "INSTALLED"}


def test_one_that_was_to_go_stays_when_it_is_asked_for_again(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.libraries.add(cluster_id, [TINY])
    settled(clusters, cluster_id)
    clusters.commands.libraries.remove(cluster_id, [TINY])
    clusters.commands.libraries.add(cluster_id, [TINY])
    assert statuses(clusters, cluster_id) == {"tiny==1.0": "INSTALLED"}


def test_of_a_cluster_that_has_ended_a_package_is_gone_at_once(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    clusters.commands.libraries.add(cluster_id, [TINY])
    clusters.commands.libraries.remove(cluster_id, [TINY, OTHER])
    assert statuses(clusters, cluster_id) == {}


def test_a_clone_gets_the_packages_of_its_source(clusters: Clusters) -> None:
    source = clusters.create()
    clusters.commands.libraries.add(source, [TINY, OTHER])
    settled(clusters, source)
    clusters.commands.libraries.remove(source, [OTHER])
    clone = clusters.create(clone_from={"source_cluster_id": source})
    assert settled(clusters, clone) == {"tiny==1.0": "INSTALLED"}
    assert "clone_from" not in clusters.commands.get(clone).settings


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        ([], InvalidParameterValue, "libraries is missing"),
        ([{}], InvalidParameterValue, "no library"),
        ([{"pypi": {"package": "-r x"}}], InvalidParameterValue, "must be a requirement"),
        ([{"jar": "/Volumes/a.jar"}], FeatureDisabled, "jar is not supported"),
        ([{"maven": {"coordinates": "a:b:1"}}], FeatureDisabled, "maven is not supported"),
        ([{"cran": {"package": "x"}}], FeatureDisabled, "cran is not supported"),
        ([{"egg": "/Volumes/a.egg"}], FeatureDisabled, "egg is not supported"),
        ([TINY, {"whl": "a.txt"}], InvalidParameterValue, "must be an absolute path"),
        ([{"wheel": "/a.whl"}], InvalidParameterValue, "wheel is not a known field"),
    ],
    ids=["none", "empty", "option", "jar", "maven", "cran", "egg", "second is bad", "unknown"],
)
def test_what_is_no_package_is_refused_and_nothing_changes(
    clusters: Clusters, given: list[Any], refusal: type[Exception], words: str
) -> None:
    cluster_id = clusters.create()
    with pytest.raises(refusal, match=words):
        clusters.commands.libraries.add(cluster_id, given)
    assert statuses(clusters, cluster_id) == {}


@pytest.mark.parametrize("verb", ["add", "remove", "statuses"])
def test_a_cluster_that_is_not_there_has_no_packages(clusters: Clusters, verb: str) -> None:
    more = () if verb == "statuses" else ([TINY],)
    with pytest.raises(InvalidParameterValue, match="Cluster x does not exist"):
        getattr(clusters.commands.libraries, verb)("x", *more)
