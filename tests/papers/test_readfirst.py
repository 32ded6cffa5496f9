"""READ-FIRST: always one page, and on it what a stranger must know first."""

from __future__ import annotations

import msgspec
import pytest

from ceremony_app.papers.phrase import grouped
from ceremony_app.record import facts as f
from ceremony_app.record.words import words
from tests.papers.conftest import Pages, squeezed
from tests.papers.story import HEAD, LONG_NAME, Story, a_plan, digest

NAME = "READ-FIRST.pdf"

STORIES = {
    "one key": Story(a_plan(1, exports=False)).whole(),
    "six keys": Story(a_plan(6, cards=(3, 5)), "rehearsal").whole(confirmed=6),
    "forty keys": Story(a_plan(40, cards=(3, 5))).whole(),
    "trouble": Story(a_plan(2, name=LONG_NAME)).troubled(),
    "aborted": Story(a_plan(3)).aborted(),
}


@pytest.mark.parametrize("case", STORIES)
def test_one_page_with_the_values_to_compare(pages: Pages, case: str) -> None:
    story = STORIES[case]
    (page,) = pages(story, NAME)
    flat = squeezed(page)
    assert HEAD in page
    for group, pair in zip(grouped(HEAD).split(), zip(*[iter(words(HEAD))] * 2, strict=True), strict=True):
        assert group.upper() in page
        assert " ".join(pair) in " ".join(page.split())
    for key in story.state.course.record_keys:
        assert key.fingerprint in flat
    assert "VERIFY.md" in page
    assert "documents/minutes.pdf" in page


def test_what_was_made_and_is_open(pages: Pages) -> None:
    (page,) = pages(Story(a_plan(3)).whole(confirmed=1), NAME)
    text = " ".join(page.split())
    assert "The ceremony was completed No deviation was recorded." in text
    assert "3 made and proved by use: payments-00, payments-01, payments-02" in text
    assert "payments, any 2 of 3 cards, set 3901 7724 (recovery rehearsed)" in text
    assert "3 packages, of which 1 confirmed as imported" in text
    assert "documents/key-list.pdf" in text
    assert "RECOVER.md" in text
    assert text.count("is not confirmed") == 2
    assert text.count("Owner: Adaeze Okafor. Due: 2026-11-25 08:00:00 UTC.") == 2


def test_forty_open_items_are_counted_not_cut(pages: Pages) -> None:
    (page,) = pages(STORIES["forty keys"], NAME)
    named = page.count("is not confirmed")
    assert named >= 1
    assert f"{40 - named} items more: see the minutes." in page


def test_trouble_is_said_at_the_top(pages: Pages) -> None:
    (page,) = pages(STORIES["trouble"], NAME)
    text = " ".join(page.split())
    assert (
        "The ceremony was completed with deviations 2 deviations were recorded, of which 1 may have touched keys. "
        "Somebody said stop 1 time. 2 gaps are explained in the minutes. 1 person does not agree: Mei-Ling Chen."
    ) in text
    assert "1 set void" in text
    assert digest("certificate") in squeezed(page)
    assert digest("certificate 2") in squeezed(page)
    assert "Replace the printer. Owner: Maximiliana" in text
    assert "with one --signer for each fingerprint" in text


def test_the_longest_texts_that_a_plan_allows_still_make_one_page(pages: Pages) -> None:
    plan = a_plan(3, cards=(3, 5))
    long = "Northern Provinces Settlement and Clearing " * 4
    swap = msgspec.structs.replace
    people = tuple(swap(person, organisation=long[:80]) for person in plan.people)
    keys = tuple(swap(key, label=f"w{number}".ljust(32, "w")) for number, key in enumerate(plan.keys))
    labels = tuple(key.label for key in keys)
    backups = (swap(plan.backups[0], name="w" * 32, keys=labels),)
    exports = tuple(swap(export, key=label, resource="w" * 512) for export, label in zip(plan.exports, labels, strict=True))
    approval = swap(plan.approval, by=long[:160], reference=long[:80])
    story = Story(swap(plan, title=long[:160], people=people, keys=keys, backups=backups, exports=exports, approval=approval)).opening()
    story.keys().backups().cards().bags().exports()
    for number in range(2, 9):
        story.tell(f.RecordKeyLost(f"record-{number - 1}", "power loss"), f.CeremonyStopped("Jonas Weber", "smoke"))
        story.tell(f.RecordKeyMade(f"record-{number}", "QUJD", digest(f"certificate {number}"), "c1"), f.GapExplained("smoke", ""))
        story.deviation(number - 1, "possible")
    for person in plan.must_be_present:
        story.tell(f.StatementMade(person.name, ("witness",), False, "smoke"))
    open_items = tuple(f"import not confirmed: {one}" for one in story.unconfirmed())
    story.tell(f.CeremonyClosed("completed with deviations", open_items, ("001", "002"), "typst", ()))
    (page,) = pages(story, NAME)
    text = " ".join(page.split())
    assert "7 deviations were recorded, of which 7 may have touched keys. Somebody said stop 7 times. 7 gaps" in text
    assert "11 people do not agree." in text
    assert "6 earlier record keys: see the minutes." in text
    assert digest("certificate 8") in squeezed(page)
    assert "3: see the minutes" in text
    assert "documents/minutes.pdf" in text
    assert "ceremony verify 20261124-K7QM2XWA --head HEAD" in text


def test_an_aborted_ceremony_claims_nothing(pages: Pages) -> None:
    (page,) = pages(STORIES["aborted"], NAME)
    text = " ".join(page.split())
    assert "was aborted It ended without its purpose." in text
    assert "1 made and proved by use and 2 destroyed in the token" in text
    assert "no card set; 1 set void" in text
    assert "Payments-02 is left in the token" in text
    assert "completed" not in text.casefold()


@pytest.mark.parametrize(
    ("case", "said"), [("six keys", "KEYS ARE FOR practice (plan: production)"), ("one key", "KEYS ARE FOR production")]
)
def test_a_rehearsal_alarms_nobody(pages: Pages, case: str, said: str) -> None:
    (page,) = pages(STORIES[case], NAME)
    assert f"{said} DATE" in " ".join(page.split())
