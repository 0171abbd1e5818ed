"""Exports as a browser and as a program read them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from brickyard.surfaces.export.content import Executed
from brickyard.workloads.folder import CellRecord

MODEL = re.compile(r"__DATABRICKS_NOTEBOOK_MODEL\s*=\s*'([^']*)'")
"""How clients of the service look for the model."""


@dataclass
class Element:
    """One start tag."""

    tag: str
    attributes: dict[str, str]


@dataclass
class Page(HTMLParser):
    """The elements of a page and the text of its body."""

    elements: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def named(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]


def read(html: str) -> Page:
    """Parse a page or a part of one."""
    page = Page()
    page.feed(html)
    page.close()
    return page


def assert_harmless(html: str) -> Page:
    """Nothing in it runs, leads to a script or is loaded from elsewhere; HTML of others stands in closed frames."""
    page = read(html)
    for element in page.elements:
        assert element.tag not in {"form", "base", "object", "embed", "link", "svg", "math", "video", "input"}, element
        for name, value in element.attributes.items():
            assert not name.startswith("on"), element
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:", "#")), element
            if name == "src":
                assert value.startswith("data:image/"), element
        if element.tag == "script":
            assert element.attributes == {"type": "text/plain"}
        if element.tag == "iframe":
            assert element.attributes["sandbox"] == ""
            assert "default-src 'none'" in element.attributes["srcdoc"].partition("</head>")[0]
    return page


def model_of(html: str) -> Any:
    """The model, taken from the page as clients take it."""
    found = MODEL.search(html)
    assert found
    return json.loads(unquote(base64.b64decode(found[1]).decode()))


def cell(index: int = 0, source: str = "pass", **more: Any) -> CellRecord:
    """A cell that ran well, unless said otherwise."""
    return CellRecord(**{"index": index, "source": source, "language": "python", "state": "ok", **more})


def executed(*cells: CellRecord, **more: Any) -> Executed:
    """A notebook of these cells."""
    known: dict[str, Any] = {
        "name": "silver",
        "path": "/Shared/silver",
        "run_id": 7,
        "task": "silver",
        "state": "SUCCESS",
        "started_ms": 1_800_000_000_000,
        "ended_ms": 1_800_000_075_000,
        "cells": cells,
    }
    return Executed(**{**known, **more})


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: Any) -> dict[str, Any]:
    """A rich output; `text_html` stands for `text/html`."""
    bundle = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def failure(name: str, value: str, *trace: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": list(trace)}
