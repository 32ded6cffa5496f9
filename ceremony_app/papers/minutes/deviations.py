"""What was not as the script says, as people wrote it down."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.printable import sentence, typed
from ceremony_app.record.facts import DeviationRecorded
from ceremony_app.typeset.document import Badge, Block, Fact, Facts, Heading, Paragraph, Status

_EFFECTS = {
    "none": Badge("no effect on keys", Status.INFO),
    "possible": Badge("possible effect on keys", Status.WARNING),
    "yes": Badge("effect on keys", Status.WARNING),
}


def deviations(book: Book) -> list[Block]:
    """Each deviation, then whether their number was agreed."""
    rows = book.state.history.of(DeviationRecorded)
    blocks: list[Block] = [] if rows else [Paragraph("No deviation was recorded.")]
    for utc, fact in rows:
        blocks += [
            Heading(f"Deviation {fact.number}, {book.at(utc)} UTC", 2, _EFFECTS.get(fact.effect, Badge(fact.effect, Status.WARNING))),
            Facts(
                [
                    Fact("Concerns", typed(fact.concerns)),
                    Fact("Expected", typed(fact.expected)),
                    Fact("Happened", typed(fact.happened)),
                    Fact("Decided", f"{sentence(fact.decided)} Decided by {typed(fact.decided_by)}."),
                ]
            ),
        ]
    agreed = book.state.course.deviations_agreed
    if agreed is None:
        return [*blocks, Paragraph("The number of deviations was not agreed.")]
    return [*blocks, Paragraph(f"Their number, {agreed.count}, was read aloud and agreed; entered by {agreed.by}.")]
