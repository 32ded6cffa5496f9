"""What all papers share: names, equal bytes, marks on each page, texts that cannot be printed."""

from __future__ import annotations

import pytest

from ceremony_app.errors import BadInput
from ceremony_app.papers import documents, render
from ceremony_app.record import facts as f
from tests.papers.conftest import Pages, squeezed
from tests.papers.story import HEAD, NONCE, Story, a_plan, digest

NAMES = ("READ-FIRST.pdf", "documents/minutes.pdf", "documents/key-list.pdf")


def test_the_names() -> None:
    assert documents(a_plan(1)) == NAMES


def test_another_name_is_refused() -> None:
    story = Story(a_plan(1)).whole()
    with pytest.raises(BadInput) as caught:
        render("documents/other.pdf", story.state, story.plan, head=HEAD, nonce=NONCE)
    assert caught.value.code == "paper-unknown"


@pytest.mark.parametrize("name", NAMES)
def test_equal_records_give_equal_bytes_and_addenda_change_nothing(name: str) -> None:
    story = Story(a_plan(2)).whole(confirmed=1)
    first = render(name, story.state, story.plan, head=HEAD, nonce=NONCE)
    assert render(name, story.state, story.plan, head=HEAD, nonce=NONCE) == first
    story.tell(
        f.ManifestSigned(digest("manifest"), 20, ("record-1",)),
        f.FolderChecked(HEAD, digest("manifest"), 30, "second machine", "Ingrid Solheim"),
        f.RecordTokenWipeBegun("record-1"),
        f.RecordTokenWiped("record-1", 3, 3, 0),
    )
    assert render(name, story.state, story.plan, head=HEAD, nonce=NONCE) == first
    assert render(name, story.state, story.plan, head=HEAD, nonce="6f" * 16) != first


@pytest.mark.parametrize("name", NAMES)
def test_every_page_bears_ceremony_nonce_number_and_in_a_rehearsal_the_mark(pages: Pages, name: str) -> None:
    plan = a_plan(2)
    played = pages(Story(plan, "rehearsal").whole(), name)
    performed = pages(Story(plan).whole(), name)
    for number, page in enumerate(performed, 1):
        assert squeezed(f"Nonce{NONCE}") in squeezed(page)
        assert "20261124-K7QM2XWA" in page
        assert f"page {number} of {len(performed)}" in page
        assert "REHEARSAL" not in page
    assert all("REHEARSAL" in page for page in played)
    assert "Nothing in this folder protects anything." in " ".join(played[0].split()) or name == "documents/key-list.pdf"


@pytest.mark.parametrize("name", NAMES)
def test_a_record_that_has_hardly_begun_can_be_printed(pages: Pages, name: str) -> None:
    empty = Story(a_plan(1))
    assert "Not closed" in pages(empty, name)[0]
    empty.tell(f.CeremonyOpened("20261124-K7QM2XWA", "generate", "production", 1, digest("plan"), ()))
    assert "Not closed" in pages(empty, name)[0]


def test_what_no_font_has_is_printed_by_its_number_and_backticks_as_quotes(pages: Pages) -> None:
    story = Story(a_plan(1)).opening().keys()
    story.tell(f.CeremonyStopped("Ingrid Solheim", "the `printer` said 打印\u0007机\nand stopped"))
    text = "".join(pages(story.closing(open_items=("mend the printer 机",)), "documents/minutes.pdf"))
    assert squeezed("Stopped. The 'printer' said [U+6253][U+5370][U+0007][U+673A] and stopped.") in squeezed(text)
    assert "Mend the printer [U+673A]" in text
