"""What is left to do when the record is closed, with who owes it and until when."""

from __future__ import annotations

import msgspec

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import capital, destination
from ceremony_app.papers.printable import typed


class OpenItem(msgspec.Struct, frozen=True):
    """`owner` and `until` are words; where plan and record name neither they say so. `resource` is the provider's name of the key, empty
    for what is no import."""

    what: str
    resource: str
    owner: str
    until: str


NO_DATE = "no date recorded"
IMPORT = "import not confirmed: "
"""How the closing begins an item that names an export: key, destination and resource follow."""


def open_items(book: Book) -> list[OpenItem]:
    """The items that the closing names, each once, in its order; those that name an export tell its deadline."""
    closed = book.state.course.closed
    items = list(dict.fromkeys(closed.open_items)) if closed else []
    return [_item(book, item) for item in items]


def _item(book: Book, item: str) -> OpenItem:
    for (key, cloud, resource), shipment in book.state.shipments.by_target.items():
        if item.removeprefix(IMPORT) == f"{key} {cloud} {resource}":
            until = shipment.recipient.valid_until if shipment.recipient else ""
            what = f"Import of {key} into {destination(cloud)} is not confirmed"
            return OpenItem(what, resource, _owner(book), until.replace("T", " ").replace("Z", " UTC") or NO_DATE)
    return OpenItem(capital(typed(item)), "", _owner(book), NO_DATE)


def _owner(book: Book) -> str:
    """Plans name nobody for what comes after the ceremony, so the administrator owes it."""
    for person in book.plan.people:
        if any(role.value == "administrator" for role in person.roles):
            return book.state.seats.who(person.name)
    return "nobody named"
