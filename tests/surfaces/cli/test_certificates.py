"""`brickyard auth tls`."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from brickyard.clock import SystemClock
from brickyard.errors import InvalidParameterValue
from brickyard.serve.certificates import examine
from brickyard.surfaces.certificate_maker import make
from tests.surfaces.cli.conftest import Run


def test_a_certificate_for_this_machine_and_the_names_given(brickyard: Run, tmp_path: Path) -> None:
    """Readable by the owner alone; the command that uses it is shown."""
    made: Any = brickyard("auth", "tls", "brick.example", "10.0.0.5", "--json").json
    folder = tmp_path / "other-home" / "tls"
    assert made == {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}
    found = examine(Path(made["cert"]), Path(made["key"]), SystemClock().now_ms())
    assert set(found.names) == {"localhost", "brick.example", "127.0.0.1", "::1", "10.0.0.5"}
    assert found.chain.endswith(Path(made["ca"]).read_bytes())
    assert [stat.S_IMODE(Path(path).stat().st_mode) for path in made.values()] == [0o600] * 3


def test_one_that_is_there_is_only_replaced_by_force(brickyard: Run, tmp_path: Path) -> None:
    """Clients know the first."""
    assert "brickyard server --tls-cert" in brickyard("auth", "tls").out
    cert = tmp_path / "other-home" / "tls" / "cert.pem"
    before = cert.read_bytes()
    again = brickyard("auth", "tls")
    assert (again.code, cert.read_bytes()) == (2, before)
    assert "--force" in again.err
    assert brickyard("auth", "tls", "--force", "--days", "1").code == 0
    assert cert.read_bytes() != before


@pytest.mark.parametrize("name", ["", "a b", "https://brick.example", "brick.example:443", "ä.example", "a" * 254])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(InvalidParameterValue, match="is no host name and no address"):
        make([name], days=1, now_ms=0)


def test_a_longer_life_than_clients_accept_is_refused(brickyard: Run) -> None:
    assert brickyard("auth", "tls", "--days", "398").code == 2
