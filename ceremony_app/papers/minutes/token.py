"""The key token, its PINs, what it can do, and the goods around it."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, fingerprint, listed
from ceremony_app.papers.printable import typed
from ceremony_app.record import facts as f
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Fact, Facts, Heading, Paragraph, Status, Table


def token(book: Book) -> list[Block]:
    """The token's description, its census, its openings, and bags and sheets."""
    return [*_description(book), *_census(book), Heading("PINs and openings", 2), *_openings(book), Heading("Goods", 2), *_goods(book)]


def _description(book: Book) -> list[Block]:
    made = book.state.token.initialised
    if made is None:
        return [Paragraph("No token was initialised.")]
    return [
        Facts(
            [
                Fact("Token", f"{made.manufacturer} {made.model}, firmware {made.firmware}"),
                Fact("Label", made.label),
                Fact("Serial", made.serial, mono=True),
            ]
        )
    ]


def _census(book: Book) -> list[Block]:
    census = book.state.token.census
    if census is None:
        return []
    facts = [
        Fact("SHA-256 of its library", fingerprint(census.module_sha256), mono=True),
        Fact("Mechanism of AES-KWP", census.kwp_mechanism, mono=True),
        Fact("OAEP hashes when wrapping", listed(census.oaep_hashes)),
        Fact("Takes known keys", "yes" if census.imports_known_keys else "no"),
    ]
    rows: list[list[Cell]] = [
        [one.algorithm, *map(_yes, (one.generate, one.wrap, one.wrap_exact, one.restore)), typed(one.note)] for one in census.algorithms
    ]
    columns = [
        Column("Algorithm", 1),
        Column("Makes", 0),
        Column("Wraps", 0),
        Column("Exactly", 0),
        Column("Restores", 0),
        Column("Note", 2),
    ]
    return [Facts(facts), *([Table(columns, rows, "What self-tests with throw-away keys produced that day")] if rows else [])]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _openings(book: Book) -> list[Block]:
    rows: list[list[Cell]] = []
    for utc, fact in book.state.history.rows:
        match fact:
            case f.PinMailersMade():
                what = f"PIN mailers printed, attempt {fact.attempt}: {', '.join(fact.mailers)}; {fact.characters} characters each"
                rows.append([book.at(utc), what, listed(fact.holders)])
            case f.PinHalfProved():
                rows.append(
                    [book.at(utc), f"half {fact.half} of the {fact.role} PIN typed from its mailer, check characters right", fact.by]
                )
            case f.TokenInitialised():
                rows.append([book.at(utc), f"token {fact.label} initialised", ""])
            case f.TokenOpened():
                rows.append([book.at(utc), f"token {fact.label} opened, {count(fact.objects, 'object')} in it", ""])
            case f.TokenClosed():
                rows.append([book.at(utc), f"token closed: {typed(fact.reason)}", ""])
            case _:
                continue
    return (
        [Table([Column("UTC", 0), Column("What", 2), Column("Who", 1)], rows)]
        if rows
        else [Paragraph("No PIN was made and no token opened.")]
    )


def _goods(book: Book) -> list[Block]:
    rows: list[list[Cell]] = []
    for utc, fact in book.state.history.rows:
        match fact:
            case f.BagOpened():
                state = Badge("intact", Status.OK) if fact.intact else Badge("not intact", Status.WARNING)
                rows.append([book.at(utc), f"bag with {typed(fact.item)} opened", typed(fact.number), state, fact.by])
            case f.GoodsCounted():
                rows.append([book.at(utc), f"{fact.count} × {typed(fact.item)} counted", typed(", ".join(fact.numbers)), "", fact.by])
            case f.BagSealed():
                rows.append([book.at(utc), f"{typed(fact.item)} sealed in a bag", typed(fact.number), "", fact.holder])
            case _:
                continue
    if not rows:
        return [Paragraph("No bag was opened or sealed and nothing was counted.")]
    return [Table([Column("UTC", 0), Column("What", 1.5), Column("Number", 0.9, mono=True), Column("", 0), Column("Who", 1)], rows)]
