"""The minutes: every value of the record is on the paper, and pages break where a reader can bear it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ceremony_app.papers.minutes import SECTIONS
from ceremony_app.record import facts as f
from tests.papers.conftest import Pages, squeezed
from tests.papers.story import LONG_NAME, Story, a_plan

NAME = "documents/minutes.pdf"

ELSEWHERE = {
    ("RecordKeyMade", "certificate"),       # the file signers/record-1.pem
    ("KeyGenerated", "spki"),               # the file public-keys/<label>.pem
    ("KeyProved", "value"),                 # long, and only a tool can check it
    ("RecipientAccepted", "spki"),          # its SHA-256 is printed
    ("RestoredKey", "backup_sha256"),       # equal to the backup file's, which is printed
    ("GateOpened", "head"),                 # its first 16 digits are; the heads are printed in full
    ("PackageWritten", "assurance"),        # said in words
    ("DeviationRecorded", "effect"),        # said in words
    ("CheckMade", "seen"),                  # its sentence is printed
    ("CheckMade", "verdict"),               # `warn` is printed as warning
    ("FindingMade", "verdict"),             # as above
    ("CeremonyClosed", "open_items"),       # said in words
    ("HoldEnded", "open_items"),            # the same items
    ("RecipientAccepted", "valid_until"),   # written with a blank
    ("ImportConfirmed", "imported_at"),     # written with a blank
    ("ProcessStarted", "process"),          # said in words
    ("CardSpoiled", "recovered"),           # said in words
    ("FileWritten", "path"),                # its folder stands above the table; a test of its own looks for both
    ("KeyGenerated", "attributes"),         # by object; a test of its own looks at them
}  # fmt: skip
"""Texts of facts that the minutes leave out or say otherwise."""

STORIES = {
    "whole": Story(a_plan(3)).whole(confirmed=1),
    "rehearsal": Story(a_plan(6, cards=(3, 5)), "rehearsal").whole(confirmed=6),
    "trouble": Story(a_plan(2, name=LONG_NAME)).troubled(),
    "aborted": Story(a_plan(3)).aborted(),
}


def values(thing: Any) -> Iterator[str]:
    """Every text in a fact that belongs on paper, in nested rows and lists too."""
    match thing:
        case f.FindingMade(verdict="pass"):
            return
        case str():
            yield thing
        case tuple():
            for part in thing:
                yield from values(part)
        case dict():
            yield from [*thing, *thing.values()]
        case msgspec.Struct():
            for field in thing.__struct_fields__:
                if (type(thing).__name__, field) not in ELSEWHERE:
                    yield from values(getattr(thing, field))
        case _:
            return


@pytest.mark.parametrize("case", STORIES)
def test_every_value_of_the_record_is_on_the_paper(pages: Pages, case: str) -> None:
    story = STORIES[case]
    text = squeezed("".join(pages(story, NAME)))
    looked_at = 0
    for told in story.told:
        for value in values(told.fact):
            # protections are words on paper: memory locked, not memory_locked
            assert squeezed(value) in text or squeezed(value.replace("_", " ")) in text, f"{type(told.fact).__name__}: {value}"
            looked_at += len(value) > 5
    assert looked_at > 220


@pytest.mark.parametrize("case", STORIES)
def test_no_heading_is_alone_at_the_foot_of_a_page(pages: Pages, case: str) -> None:
    titles = {f"{number} {title}" for number, (title, _) in enumerate(SECTIONS, 1)}
    found = set()
    for page in pages(STORIES[case], NAME):
        lines = [" ".join(line.split()) for line in page.splitlines()]
        found |= titles & set(lines)
        foot = next(index for index, line in enumerate(lines) if line.startswith("Ceremony 20261124"))
        assert lines[foot - 1] not in titles
    assert found == titles


def test_planned_and_done_side_by_side(pages: Pages) -> None:
    text = " ".join("".join(pages(STORIES["whole"], NAME)).split())
    assert "9 seats in the room 9 seats were taken" in text
    assert "Key payments-00: AES-256, encrypt made 09:10:20, proved by use 09:10:40" in text
    assert "set 3901 7724, 3 of 3 backup files, recovery rehearsed" in text
    assert "signed by record-1, import confirmed" in text
    assert text.count("import not confirmed") >= 2
    assert "2026-11-25 08:00:00 UTC" in text
    assert "EXTRACTABLE read back as false" in text
    assert "2027-11-24 (365 days after it was made)" in text


def test_presence_has_its_spans(pages: Pages) -> None:
    story = STORIES["trouble"]
    text = " ".join("".join(pages(story, NAME)).split())
    moments = [told.utc[11:19] for told in story.told if getattr(told.fact, "name", "") == "Kenji Watanabe"][:3]
    signed, left, returned = moments
    assert f"{signed}–{left} {returned}–" in text
    assert "Hanne Bakke took the seat of Wanjiru Kamau. Reason: Ill." in text
    assert "Hanne Bakke for Wanjiru Kamau" in text


def test_losses_are_told(pages: Pages) -> None:
    text = " ".join("".join(pages(STORIES["trouble"], NAME)).split())
    for said in (
        "Set 3901 7724 of payments is void. Card 2 was drawn into the printer. Cards destroyed: 1 and 2.",
        "Stopped. I could not see the shredder.",
        "Break. Lunch. Seals: The room, with TEB-900001.",
        "Resumed. Seals intact.",
        "The program was started again.",
        "77 bytes were set aside",
        "The record's second place was lost. No space left on device.",
        "Record key record-1 was lost. Power loss.",
        "possible effect on keys",
        "Their number, 2, was read aloud and agreed",
        "does not agree",
    ):
        assert said in text, said


def test_controls_that_were_not_reached_claim_nothing(pages: Pages) -> None:
    text = " ".join("".join(pages(STORIES["aborted"], NAME)).split())
    for control in ("Backups restore", "Recipients", "Packages"):
        assert f"{control} not reached in this ceremony" in text
    assert "No deviation was recorded." in text
    assert "destroyed in the token" in text
    assert text.count("files overwritten: 1; found afterwards: 0") == 2
    assert "set void" in text or "This set is void" in text


def test_without_exports_the_minutes_say_so(pages: Pages) -> None:
    text = " ".join("".join(pages(Story(a_plan(1, exports=False)).whole(), NAME)).split())
    assert "No export was planned, and no key was wrapped for a cloud." in text
    assert "None were named when the record was closed." in text


def test_attributes_are_those_of_the_making_by_object(pages: Pages) -> None:
    """A reader who finds EXTRACTABLE true above `Sealed … false` must see which moment is which."""
    text = " ".join("".join(pages(STORIES["whole"], NAME)).split())
    assert "Key when made true: ALWAYS_SENSITIVE DECRYPT ENCRYPT EXTRACTABLE" in text
    assert "Private key when made true: EXTRACTABLE SENSITIVE SIGN TOKEN false: DECRYPT CLASS=PRIVATE_KEY" in text
    assert "Public key when made true: TOKEN VERIFY false: ENCRYPT CLASS=PUBLIC_KEY" in text
    assert "VALUE_LEN=32" in text
    assert "PUBLIC." not in text


def test_files_of_a_package_stand_below_their_folder(pages: Pages) -> None:
    story = STORIES["whole"]
    text = " ".join("".join(pages(story, NAME)).split())
    for label in ("payments-00", "payments-01", "payments-02"):
        after = text.partition(f"Files in exports/aws/{label}")[2]
        digest = next(file.sha256 for row in story.state.shipments.by_target.values() if row.package for file in row.package.files)
        assert digest in text
        assert after.index("EncryptedKeyMaterial.bin") < 80


@pytest.mark.parametrize(
    ("case", "said"), [("whole", "PIN mailers printed, attempt 1:"), ("rehearsal", "PIN mailers saved as files, attempt 1:")]
)
def test_mailers_say_how_long_a_half_is(pages: Pages, case: str, said: str) -> None:
    text = " ".join("".join(pages(STORIES[case], NAME)).split())
    assert f"{said} user A, user B, so A, so B; each half has 16 characters of its PIN and 2 check characters" in text


def test_the_ledger_names_no_resource_again(pages: Pages) -> None:
    text = " ".join("".join(pages(STORIES["whole"], NAME)).split())
    ledger = text.partition("9 Copies ledger")[2].partition("10 Deviations")[0]
    assert "payments-00, package 1" in ledger
    assert "arn:" not in ledger


def test_a_reason_has_a_column_only_where_there_is_one(pages: Pages) -> None:
    for case, there in (("whole", False), ("trouble", True)):
        text = " ".join("".join(pages(STORIES[case], NAME)).split())
        assert ("STATEMENT REASON" in text) is there
