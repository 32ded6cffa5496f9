"""How tests of papers read a PDF: by poppler, without the blanks that lines and groups are broken with."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from ceremony_app.papers import render
from tests.papers.story import HEAD, NONCE, Story

Pages = Callable[[Story, str], list[str]]


def squeezed(text: str) -> str:
    """`text` without blanks and capitals: what is left is the same however a column broke it."""
    return "".join(text.split()).casefold()


@pytest.fixture
def pages() -> Pages:
    """The text of each page of a paper, in reading order."""

    def read(story: Story, name: str) -> list[str]:
        key = (id(story), len(story.told), name)
        if key not in _read:
            _read[key] = (story, _pages(story, name))
        return _read[key][1]

    return read


_read: dict[tuple[int, int, str], tuple[Story, list[str]]] = {}
"""What was read before, with its story, so that an id stays that story's."""


def _pages(story: Story, name: str) -> list[str]:
    pdf = render(name, story.state, story.plan, head=HEAD, nonce=NONCE)
    out = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return out.stdout.decode().split("\f")[:-1]
