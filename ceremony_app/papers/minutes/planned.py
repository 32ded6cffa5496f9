"""Planned versus done: a row for everything the plan asks for, and what the plan check said."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, destination, fingerprint, grouped, listed
from ceremony_app.plan.model import Backup, Export, KeySpec
from ceremony_app.record.facts import KeyProved, PackageWritten, RecoveryRehearsed
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Fact, Facts, Heading, Paragraph, Status, Table

DONE = Badge("done", Status.OK)
NOT_DONE = Badge("not done", Status.WARNING)
OPEN = Badge("open", Status.OPEN)


def planned(book: Book) -> list[Block]:
    """A table of plan against record, then the plan's digest and the findings of its rules."""
    plan = book.plan
    rows: list[list[Cell]] = [_people(book)]
    rows += [_key(book, key) for key in plan.keys]
    rows += [_backup(book, backup) for backup in plan.backups]
    rows += [_export(book, export) for export in plan.exports]
    columns = [Column("Planned", 1.2), Column("Done", 1.5), Column("", 0)]
    return [Table(columns, rows), Heading("Plan", 2), *_check(book)]


def _people(book: Book) -> list[Cell]:
    seats = book.state.seats
    wanted = [person.name for person in book.plan.must_be_present]
    here = [name for name in wanted if seats.who(name) in seats.signed_in]
    stand_ins = [f"{deputy} for {absent}" for absent, deputy in seats.stand_ins.items()]
    done = f"{len(here)} seats were taken" + (f", by deputies: {listed(stand_ins)}" if stand_ins else "")
    return [f"{count(len(wanted), 'seat')} in the room", done, DONE if len(here) == len(wanted) else NOT_DONE]


def _key(book: Book, key: KeySpec) -> list[Cell]:
    wanted = f"Key {key.label}: {key.algorithm.value}, {key.purpose.value}"
    row = book.state.keys.by_label.get(key.label)
    if row is None:
        return [wanted, "nothing was made", NOT_DONE]
    if row.made is None:
        return [wanted, "begun; whether it was made is not in the record", NOT_DONE]
    done = f"made {book.at(row.made_at)}"
    if row.phase == "destroyed":
        return [wanted, f"{done}, destroyed in the token", Badge("destroyed", Status.WARNING)]
    proved = next((utc for utc, fact in reversed(book.state.history.of(KeyProved)) if fact.label == key.label), "")
    if row.phase != "proved":
        return [wanted, f"{done}, not proved by use" if not proved else f"{done}, its objects removed", NOT_DONE]
    same = (row.made.algorithm, row.made.purpose) == (key.algorithm.value, key.purpose.value)
    return [wanted, f"{done}, proved by use {book.at(proved)}", DONE if same else Badge("differs", Status.WARNING)]


def _backup(book: Book, backup: Backup) -> list[Cell]:
    wanted = f"Backup {backup.name}: any {backup.threshold} of {backup.shares} cards"
    card_set = book.state.sets.of(backup.name)
    if card_set is None:
        void = sum(one.made.group == backup.name for one in book.state.sets.all)
        return [wanted, f"{count(void, 'set')} made, all void" if void else "nothing was made", NOT_DONE]
    sealed = sum(card.phase == "sealed" for card in card_set.cards.values())
    rehearsed = [utc for utc, fact in book.state.history.of(RecoveryRehearsed) if fact.set_id == card_set.made.set_id]
    parts = [f"set {grouped(card_set.made.set_id)}", f"{len(card_set.backups)} of {count(len(backup.keys), 'backup file')}"]
    parts += [
        f"recovery rehearsed {book.at(rehearsed[-1])}" if rehearsed else "recovery not rehearsed",
        f"{sealed} of {backup.shares} cards sealed",
    ]
    whole = card_set.all_sealed and bool(rehearsed) and set(card_set.backups) == set(backup.keys)
    return [wanted, ", ".join(parts), DONE if whole else NOT_DONE]


def _export(book: Book, export: Export) -> list[Cell]:
    wanted = f"Package of {export.key} for {destination(export.destination.value)}"
    row = book.state.shipments.of(export.key, export.destination.value, export.resource)
    if row.package is None:
        refused = f"{count(len(row.refused), 'package')} refused, none accepted" if row.refused else "nothing was wrapped"
        return [wanted, refused, NOT_DONE]
    target = (export.key, export.destination.value, export.resource)
    written = [utc for utc, fact in book.state.history.of(PackageWritten) if (fact.key, fact.destination, fact.resource) == target]
    done = f"written {book.at(written[-1])}, " + (f"signed by {row.signed_by}" if row.signed_by else "not signed")
    if row.confirmed:
        return [wanted, f"{done}, import confirmed", DONE]
    return [wanted, f"{done}, import not confirmed", OPEN]


def _check(book: Book) -> list[Block]:
    loaded = book.state.course.plan
    if loaded is None:
        unread = Paragraph("The plan's words were not compared, and what its rules said is not in the record.")
        return [Facts([Fact("Approved by", book.approval)]), unread]
    passed = sum(one.verdict == "pass" for one in loaded.findings)
    facts = [
        Fact("Approved by", book.approval),
        Fact("SHA-256 of the plan", fingerprint(loaded.sha256), mono=True),
        Fact("Words compared by", listed(loaded.words_compared_by)),
        Fact("Rules", f"{count(len(loaded.findings), 'finding')}, of which {passed} passed"),
    ]
    rest: list[list[Cell]] = [
        [one.rule, one.sentence, Badge("waived" if one.verdict == "waived" else "warning", Status.WARNING)]
        for one in loaded.findings
        if one.verdict != "pass"
    ]
    table = [Table([Column("Rule", 0), Column("What it says", 1), Column("", 0)], rest)] if rest else []
    return [Facts(facts), *table]
