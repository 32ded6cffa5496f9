"""The key list: each key once, with its whole value and a box."""

from __future__ import annotations

import pytest

from tests.papers.conftest import Pages, squeezed
from tests.papers.story import Story, a_plan

NAME = "documents/key-list.pdf"


@pytest.mark.parametrize("count", [1, 6, 40])
def test_every_key_with_its_value_and_a_box(pages: Pages, count: int) -> None:
    story = Story(a_plan(count, exports=False)).whole()
    text = "".join(pages(story, NAME))
    assert text.count("▢") == count
    for key in story.state.keys.by_label.values():
        assert key.made is not None
        assert text.count(f"{key.label}:") == 1
        assert (key.made.spki_sha256 or key.made.check_value) in squeezed(text)


def test_a_key_that_was_only_begun_is_named(pages: Pages) -> None:
    story = Story(a_plan(2)).opening().keys()
    made = [told for told in story.told if type(told.fact).__name__ not in ("KeyGenerated", "KeyProved")]
    story.told = made
    text = " ".join("".join(pages(story, NAME)).split())
    assert "Begun, but not made payments-00, payments-01" in text


def test_each_number_stands_for_one_key(pages: Pages) -> None:
    text = "".join(pages(Story(a_plan(6, exports=False)).whole(), NAME))
    numbers = [line.split()[0] for line in text.splitlines() if ": " in line and line.split()[0].isdigit()]
    assert numbers == ["1", "2", "3", "4", "5", "6"]
