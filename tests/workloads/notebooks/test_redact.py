"""Secrets that were read are in no output."""

from __future__ import annotations

import base64
import itertools
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.workloads.notebooks.redact import Redactor
from tests.workloads.notebooks.house import Home

SECRET = 's3cret"/+ <pass>&\\word'
READ = "v = dbutils.secrets.get('s', 'k')\n"


@pytest.fixture
def vault(home: Home) -> Home:
    home.server.secrets = {("s", "k"): base64.b64encode(SECRET.encode()).decode()}
    return home


def everything(home: Home) -> str:
    return "".join(file.read_text() for file in home.attempt.iterdir() if file.is_file())


@pytest.mark.parametrize(
    "code",
    [
        "print(v)",
        "v",
        "[v, {'k': v}]",
        "import base64\nprint(base64.b64encode(v.encode()).decode())",
        "import base64\nprint('Basic ' + base64.b64encode(f'user:{v}'.encode()).decode())",
        "import urllib.parse\nprint(urllib.parse.quote(v, safe=''), urllib.parse.quote_plus(v))",
        "import json\nprint(json.dumps({'password': v}))",
        "displayHTML(f'<b>{v}</b>')",
        "import html\ndisplayHTML(html.escape(v))",
        "import pandas as pd\ndisplay(pd.DataFrame({'p': [v]}))",
        "import sys\nfor c in v: print(c, end='')\nprint()",
        "import sys\nsys.stderr.write(v[:5]); sys.stderr.write(v[5:])",
        "import subprocess\nsubprocess.run(['printf', '%s', v])",
        "raise ValueError(f'cannot connect with {v}')",
        "dbutils.notebook.exit(v)",
        "import logging\nlog = logging.Logger('x')\nlog.addHandler(logging.StreamHandler())\nlog.warning('x %s', v)",
        "from IPython.display import display as d, Markdown\nd(Markdown(v), metadata={'k': v})",
    ],
)
def test_no_usual_way_leads_a_secret_to_an_output(vault: Home, code: str) -> None:
    outcome = vault.run(READ + code)
    seen = everything(vault) + outcome.error + outcome.trace + (outcome.exit_value or "")
    for form in (
        SECRET,
        json.dumps(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        urllib.parse.quote(SECRET, safe=""),
    ):
        assert form not in seen
    assert base64.b64encode(f"user:{SECRET}".encode()).decode() not in seen
    assert "[REDACTED]" in seen


def test_code_still_has_the_real_value(vault: Home) -> None:
    outcome = vault.run(READ + f"assert v == {SECRET!r}\ndbutils.jobs.taskValues.set('k', len(v))")
    assert outcome.status == "success"
    assert vault.server.values["this_task", "k"] == str(len(SECRET))


def test_text_that_only_begins_like_a_secret_is_printed_whole(vault: Home) -> None:
    vault.run(READ + f"print({SECRET[:6]!r}, end='')", "print('!')")
    assert vault.printed() == SECRET[:6] + "!\n"


def test_a_secret_that_was_not_read_is_not_looked_for(vault: Home) -> None:
    vault.run(f"print({SECRET!r})")
    assert vault.printed() == SECRET + "\n"


def test_a_key_of_several_lines_is_hidden(home: Home) -> None:
    key = "-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n"
    home.server.secrets = {("s", "k"): base64.b64encode(key.encode()).decode()}
    home.run(READ + "print(v)\nprint([v])")
    assert "abc" not in home.printed()


@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=4, max_size=30),
    before=st.binary(max_size=8),
    after=st.binary(max_size=8),
)
def test_base64_hides_a_secret_wherever_it_begins(secret: str, before: bytes, after: bytes) -> None:
    redactor = Redactor()
    redactor.add(secret)
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    inner = len(secret.encode()) * 8 // 6 - 2
    if inner >= 6:
        assert "[REDACTED]" in redactor.text(encoded)


@given(text=st.text(max_size=50), pieces=st.lists(st.integers(0, 50), max_size=5))
def test_a_secret_is_hidden_however_it_is_cut(text: str, pieces: list[int]) -> None:
    """The pieces go through as streams do: what may be a beginning waits for what follows."""
    redactor = Redactor()
    redactor.add("hunter2")
    whole = text[:20] + "hunter2" + text[20:]
    cuts = sorted({min(piece, len(whole)) for piece in pieces} | {0, len(whole)})
    held, out = "", ""
    for start, end in itertools.pairwise(cuts):
        held += whole[start:end]
        keep = redactor.pending(held)
        out += redactor.text(held[: len(held) - keep])
        held = held[len(held) - keep :]
    out += redactor.text(held)
    assert "hunter2" not in out.replace(text, "")


def test_values_are_redacted_at_every_depth() -> None:
    redactor = Redactor()
    redactor.add("abcd")
    redactor.add("")
    assert redactor.value({"abcd": ["x abcd", {"k": ("abcd", 1, None)}]}) == {
        "[REDACTED]": ["x [REDACTED]", {"k": ["[REDACTED]", 1, None]}]
    }


def test_bytes_that_are_no_text_are_hidden_too() -> None:
    redactor = Redactor()
    redactor.add(b"\xff\xfe\xfd\xfc")
    assert redactor.text(repr(b"\xff\xfe\xfd\xfc")) == "b'[REDACTED]'"
    assert redactor.text("fffefdfc") == "[REDACTED]"
