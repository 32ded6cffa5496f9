"""The papers of the folder, rendered anew from the record and compared byte for byte."""

from __future__ import annotations

import itertools

from ceremony_app.audit.addendum import addenda_entries
from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.audit.report import Verdict
from ceremony_app.engine.seal import RECIPES
from ceremony_app.machine import software
from ceremony_app.papers import render
from ceremony_app.papers.phrase import count, listed
from ceremony_app.plan.model import Plan
from ceremony_app.record.facts import CeremonyClosed, CeremonyOpened, ManifestSigned
from ceremony_app.record.state import fold
from ceremony_app.resource import resource
from ceremony_app.text import Message, say
from ceremony_app.typeset.press import typst_version

MAX_PAPER = 64 * 1024 * 1024
MAX_RECIPE = 1024 * 1024
OTHER_BUILD = (
    "The papers were rendered by another build, so their words were not compared with the record, nor {recipes} with the program's own. "
    "Type no card into this recover.py before it was compared with one from a source that you trust."
)


def verify_papers(evidence: Evidence, plan: Plan) -> Message | tuple[Verdict, Message]:
    """Each paper that the closing names is what this build renders from the record, and each recipe is this build's; raises `DoesNotHold`
    naming the one that is not. People type cards into `recover.py`: an exchanged one is the worst paper of all.

    Only the build that rendered them can say so: typesetter, program and resources must be those that the record names. Otherwise the
    answer is that it was not checked.
    """
    opened, closed = evidence.facts(CeremonyOpened)[0], evidence.facts(CeremonyClosed)[-1]
    mine = {name: digest for name, _, digest in software()}
    theirs = {piece.name: piece.sha256 for piece in opened.software}
    other = [name for name in ("ceremony-app", "ceremony-app resources") if theirs.get(name) != mine.get(name)]
    if other or closed.typesetter != typst_version():
        return Verdict.NOT_CHECKED, say(OTHER_BUILD, recipes=listed(RECIPES))
    for name, source in RECIPES.items():
        if evidence.read(name, MAX_RECIPE) != resource(source).read_bytes():
            raise does_not_hold(name, "is not the one that comes with this build")
    # They are rendered just before the manifest is signed, when addendum 001 may already tell of another record key.
    before_signing = itertools.takewhile(lambda entry: not isinstance(entry.fact, ManifestSigned), addenda_entries(evidence))
    state = fold([*evidence.entries, *before_signing])
    for document in closed.documents:
        paper = render(document.name, state, plan, head=evidence.head, nonce=document.nonce)
        if evidence.read(document.name, MAX_PAPER) != paper:
            raise does_not_hold(document.name, "is not what this build renders from the record")
    return say(
        "{papers} compared with the record, {recipes} with this build's, byte for byte.",
        papers=count(len(closed.documents), "paper"),
        recipes=listed(RECIPES),
    )
