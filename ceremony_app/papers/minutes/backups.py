"""Card sets with their cards, backup files and recovery rehearsals, void sets included."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import check_value, count, grouped, halves, listed
from ceremony_app.papers.printable import sentence, typed
from ceremony_app.record.facts import CardEntered, CardIssued, CardProved, RecoveryRehearsed
from ceremony_app.record.state.sets import CardSet
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Fact, Grid, Heading, Note, Paragraph, Status, Table


def backups(book: Book) -> list[Block]:
    """A part for each set, in the order they were made."""
    if not book.state.sets.all:
        return [Paragraph("No card set was made; no key has a backup from this ceremony.")]
    return [block for card_set in book.state.sets.all for block in _part(book, card_set)]


def _part(book: Book, card_set: CardSet) -> list[Block]:
    made = card_set.made
    return [
        Heading(f"{made.group}, set {grouped(made.set_id)}", 2, _badge(card_set)),
        Grid(
            [
                Fact("Cards needed", f"any {made.threshold} of {made.count}"),
                Fact("Check value", check_value(made.check_value), mono=True),
                Fact("Subsets recombined", f"{made.subsets}, by two implementations"),
            ]
        ),
        *_voided(card_set),
        *_cards(book, card_set),
        *_files(card_set),
        *_rehearsal(book, card_set),
    ]


def _badge(card_set: CardSet) -> Badge:
    if not card_set.alive:
        return Badge("void", Status.WARNING)
    if card_set.lost:
        return Badge("lost, not yet void", Status.WARNING)
    return Badge("in custody", Status.OK) if card_set.all_sealed else Badge("not all cards sealed", Status.OPEN)


def _voided(card_set: CardSet) -> list[Block]:
    fact = card_set.voided
    if fact is None:
        return []
    cards = listed(map(str, fact.cards_destroyed), "none existed")
    text = f"{sentence(fact.reason)} Cards destroyed: {cards}; seen by {typed(fact.seen_by)}. Its backup files restore nothing any more."
    return [Note(text, "This set is void", Status.WARNING)]


def _cards(book: Book, card_set: CardSet) -> list[Block]:
    places = _places(book, card_set.made.group)
    entries = {fact.number: fact.entry for _, fact in book.state.history.of(CardProved) if fact.set_id == card_set.made.set_id}
    rows: list[list[Cell]] = []
    for number, fingerprint in enumerate(card_set.made.fingerprints, 1):
        card = card_set.cards.get(number)
        if card is None:
            rows.append([str(number), "not printed", grouped(fingerprint), "", "", ""])
            continue
        holder = f"{card.custodian}; {places[number]}" if number in places else card.custodian
        state = card.phase + (f", sheet {card.attempt}" if card.attempt > 1 else "")
        rows.append([str(number), holder, grouped(fingerprint), entries.get(number, "no"), card.bag or "none", state])
    columns = [
        Column("No.", 0, right=True), Column("Custodian; planned place", 1.6), Column("Share fingerprint", 1.1, mono=True),
        Column("Proved", 0.6), Column("Bag", 0.9, mono=True), Column("State", 0.7),
    ]  # fmt: skip
    spoiled = (
        [Paragraph(f"{count(card_set.spoiled_sheets, 'sheet')} spoiled; see Interruptions and losses.")] if card_set.spoiled_sheets else []
    )
    how = {fact.how: None for _, fact in book.state.history.of(CardIssued) if fact.set_id == card_set.made.set_id}
    return [Table(columns, rows, ", ".join(["Cards", *how])), *spoiled]


def _places(book: Book, group: str) -> dict[int, str]:
    backup = next((one for one in book.plan.backups if one.name == group), None)
    return {number: custodian.place for number, custodian in enumerate(backup.custodians, 1)} if backup else {}


def _files(card_set: CardSet) -> list[Block]:
    if not card_set.backups:
        return [Paragraph("No backup file was written for this set.")]
    rows: list[list[Cell]] = [
        [one.path, one.method, f"{one.size}", halves(one.sha256), listed(one.media)] for one in card_set.backups.values()
    ]
    columns = [
        Column("File", 1.4), Column("Method", 0), Column("Bytes", 0, right=True), Column("SHA-256", 1.7, mono=True), Column("Media", 0.8),
    ]  # fmt: skip
    return [Table(columns, rows, "Backup files, as read back equal from each medium")]


def _rehearsal(book: Book, card_set: CardSet) -> list[Block]:
    set_id = card_set.made.set_id
    done = [(utc, fact) for utc, fact in book.state.history.of(RecoveryRehearsed) if fact.set_id == set_id]
    if not done:
        return [Paragraph("The recovery of this set was not rehearsed.", "Recovery rehearsal.")]
    entered = {fact.number: fact for _, fact in book.state.history.of(CardEntered) if fact.set_id == set_id}
    lines: list[Block] = []
    for utc, fact in done:
        cards = listed(
            f"{number} ({entered[number].by}, from {entered[number].entry})" if number in entered else str(number) for number in fact.cards
        )
        text = (
            f"{book.at(utc)} UTC: cards {cards} and medium {fact.medium} brought back {count(len(fact.keys), 'key')}"
            f" into a scratch token (serial {fact.scratch_serial}), each equal and proved by use. The scratch token was wiped;"
            f" {count(fact.scratch_left, 'file') if fact.scratch_left else 'no file'} of it remained."
        )
        lines.append(Paragraph(text, "Recovery rehearsal."))
    return lines
