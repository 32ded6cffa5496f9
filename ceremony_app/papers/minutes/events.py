"""What interrupted the ceremony and what was lost in it: stops, breaks, restarts, gaps, spoiled sheets, void sets."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, grouped, listed
from ceremony_app.papers.printable import sentence, typed
from ceremony_app.record import facts as f
from ceremony_app.typeset.document import Block, Cell, Column, Paragraph, Table


def interruptions(book: Book) -> list[Block]:
    """One row an event, in order."""
    rows: list[list[Cell]] = []
    starts = 0
    for utc, fact in book.state.history.rows:
        starts += isinstance(fact, f.ProcessStarted) and fact.process == "desk"
        told = ("The program was started again.", "") if _restarted(fact, starts) else _told(fact)
        if told:
            rows.append([book.at(utc), *told])
    if not rows:
        return [Paragraph("None are in the record.")]
    return [Table([Column("UTC", 0), Column("What", 2.4), Column("Who", 0.8)], rows)]


def _restarted(fact: f.AnyFact, starts: int) -> bool:
    return isinstance(fact, f.ProcessStarted) and fact.process == "desk" and starts > 1


def _told(fact: f.AnyFact) -> tuple[str, str] | None:  # noqa: C901 (one case a fact)
    """What happened, and who said or saw it; None for facts that interrupt nothing."""
    match fact:
        case f.CeremonyStopped():
            return f"Stopped. {sentence(fact.reason)}", typed(fact.by)
        case f.CeremonyContinued():
            return f"Went on. {sentence(fact.decided)}", typed(fact.by)
        case f.CeremonySuspended():
            return f"Break. {sentence(fact.reason)} Seals: {sentence(fact.seals)}", typed(fact.by)
        case f.CeremonyResumed():
            return f"Resumed. Seals {'intact' if fact.seals_intact else 'NOT intact'}. {sentence(fact.remarks)}".strip(), typed(fact.by)
        case f.CeremonyAborted():
            return f"Aborted. {sentence(fact.reason)}", typed(fact.by)
        case f.GapExplained():
            return f"Gap. {sentence(fact.what)}", typed(fact.by) or "found by the program"
        case f.TornLineSetAside():
            return f"The record's last line had no end: {count(fact.length, 'byte')} were set aside, SHA-256 {fact.sha256}.", ""
        case f.SecondPlaceLost():
            return f"The record's second place was lost. {sentence(fact.reason)}", ""
        case f.SecondPlaceRestored():
            return (
                f"The record's second place holds the whole record again ({count(fact.entries, 'entry', 'entries')}, {typed(fact.place)}).",
                "",
            )
        case f.RecordKeyLost():
            return f"Record key {fact.signer} was lost. {sentence(fact.reason)}", ""
        case f.CardSpoiled():
            sheet = f"Sheet {fact.attempt} of card {fact.number}, {fact.group}, set {grouped(fact.set_id)}, was spoiled"
            end = {
                "whole": f"recovered whole and shredded by {fact.shredded_by}.",
                "nothing came out": f"nothing came out, and {fact.shredded_by} found nothing in the printer.",
            }.get(fact.recovered, "it was not recovered whole.")
            return f"{sheet}; {end}", fact.seen_by
        case f.ShareSetVoided():
            cards = listed(map(str, fact.cards_destroyed), "none existed")
            return f"Set {grouped(fact.set_id)} of {fact.group} is void. {sentence(fact.reason)} Cards destroyed: {cards}.", typed(
                fact.seen_by
            )
        case f.KeyDestructionBegun():
            return f"Destruction of key {fact.label} begun. {sentence(fact.reason)}", ""
        case f.KeyDestroyed():
            return f"Key {fact.label} destroyed in the token.", ""
        case f.ImportRefused():
            return f"Import of {fact.key} into {fact.resource} refused. {sentence(fact.reason)}", fact.by
        case _:
            return None
