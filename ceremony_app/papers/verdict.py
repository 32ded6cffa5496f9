"""How the ceremony ended, in a sentence or two that claim no more than the record says."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, day, listed
from ceremony_app.papers.tally import Tally, tally
from ceremony_app.typeset.document import Note, Status


def verdict(book: Book, advice: str, *, names: bool = True) -> Note:
    """The note at the head of a paper; `advice` ends it where the record has an end. Without `names` people are only counted."""
    course, sums = book.state.course, tally(book)
    if course.closed is None:
        return Note("The record has no end. Nothing on this page may be relied on.", "This ceremony was not closed", Status.WARNING)
    said = " ".join(_remarks(sums, names))
    if course.aborted:
        text = "It ended without its purpose. What had been made by then is listed here and in the copies ledger of the minutes."
        return Note(f"{text} {said} {advice}", f"The ceremony of {day(book.date)} was aborted", Status.WARNING)
    if course.rehearsal:
        text = f"Nothing in this folder protects anything. {said} {advice}"
        return Note(text, f"This was a rehearsal. It was {course.closed.outcome}", Status.WARNING)
    sound = course.closed.outcome == "completed" and not sums.deviations and not sums.disagreeing
    return Note(f"{said} {advice}", f"The ceremony was {course.closed.outcome}", Status.OK if sound else Status.WARNING)


def _remarks(sums: Tally, names: bool) -> list[str]:
    """Deviations, gaps and people who do not agree; deviations are named also when there are none."""
    first = f"{count(sums.deviations, 'deviation was', 'deviations were') if sums.deviations else 'No deviation was'} recorded"
    remarks = [f"{first}, of which {sums.effects} may have touched keys." if sums.effects else f"{first}."]
    if sums.stops:
        remarks.append(f"Somebody said stop {count(sums.stops, 'time')}.")
    if sums.gaps:
        remarks.append(f"{count(sums.gaps, 'gap is', 'gaps are')} explained in the minutes.")
    if sums.disagreeing:
        who = f": {listed(sums.disagreeing)}" if names else ""
        remarks.append(f"{count(len(sums.disagreeing), 'person does', 'people do')} not agree{who}.")
    return remarks
