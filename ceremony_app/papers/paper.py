"""Which papers a ceremony leaves in its evidence, and how one is made from the closed record."""

from __future__ import annotations

from collections.abc import Callable

from ceremony_app.errors import BadInput
from ceremony_app.papers.book import Book
from ceremony_app.papers.keylist import key_list
from ceremony_app.papers.minutes import minutes
from ceremony_app.papers.printable import printable
from ceremony_app.papers.readfirst import read_first
from ceremony_app.plan.model import Plan
from ceremony_app.record.state import State
from ceremony_app.typeset.document import Document, document_pdf

PAPERS: dict[str, Callable[[Book, str], Document]] = {
    "READ-FIRST.pdf": read_first,
    "documents/minutes.pdf": minutes,
    "documents/key-list.pdf": key_list,
}
"""Path in the evidence folder, and who makes the paper from a book and a nonce."""


def documents(plan: Plan) -> tuple[str, ...]:
    """Paths, relative to the evidence folder, of the papers that are rendered after the record was closed."""
    del plan
    return tuple(PAPERS)


def render(name: str, state: State, plan: Plan, *, head: str, nonce: str) -> bytes:
    """The PDF of the paper `name`, one of `documents(plan)`.

    `head` is the closing head (64 hex digits), `nonce` the document's 128 bits (32 hex digits in lower case). The bytes depend on these
    arguments, the templates and the typesetter alone. Addenda change nothing: what came after the closing is not read. Raises `BadInput`
    (`paper-unknown`) for another name; else errors as for `document_pdf`.
    """
    make = PAPERS.get(name)
    if make is None:
        raise BadInput(
            "paper-unknown", "There is no paper called {name}.", next_step="Papers: {known}.", name=name, known=", ".join(PAPERS)
        )
    return document_pdf(printable(make(Book(state, plan, head), nonce)))
