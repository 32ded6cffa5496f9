"""Rules that try the papers: what a plan names must fit on cards and mailers, and its characters must be in the bundled fonts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ceremony_app.errors import BadInput, Unfit
from ceremony_app.plan.model import Backup, Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble
from ceremony_app.typeset.card import CardFace, card_preview
from ceremony_app.typeset.mailer import MailerFace, PinRole, mailer_preview
from ceremony_app.typeset.press import verify_printable

PAPER_RULES: Rulebook[Plan] = Rulebook()

_SOURCE = "House rule: a name that cannot be printed must be found before anybody stands at the printer"
_PPI = 30
"""Resolution of the trial: laying out is what costs, not painting."""

_SAMPLE_ID = "20261124-WWWWWWWW"
"""As wide as an id can be."""


@PAPER_RULES.rule(
    "PAPER-001",
    Verdict.FAIL,
    source=_SOURCE,
    passes="Every share card of the plan can be laid out.",
    fails="The card of {custodian} in {group} cannot be printed: {reason}",
    applies=lambda plan: bool(plan.backups),
)
def cards_can_be_laid_out(plan: Plan) -> Iterator[Trouble]:
    """One trial a custodian and deputy, with the set's own size and keys."""
    for index, backup in enumerate(plan.backups):
        for number, custodian in enumerate(backup.custodians, 1):
            for name in dict.fromkeys((custodian.name, plan.deputy_of(custodian))):
                reason = _card_trouble(plan, backup, number, name) if name else ""
                if reason:
                    field = f"backups[{index}].custodians[{number - 1}].name"
                    yield trouble(field, custodian=name, group=backup.name, reason=reason)


@PAPER_RULES.rule(
    "PAPER-002",
    Verdict.FAIL,
    source=_SOURCE,
    passes="Every PIN mailer of the plan can be laid out.",
    fails="The PIN mailer of {holder} cannot be printed: {reason}",
    applies=lambda plan: bool(plan.pin_holders),
)
def mailers_can_be_laid_out(plan: Plan) -> Iterator[Trouble]:
    """One trial a PIN holder and deputy."""
    for holder in plan.pin_holders:
        for name in dict.fromkeys((holder.name, holder.deputy)):
            reason = _mailer_trouble(plan, name) if name else ""
            if reason:
                yield trouble(f"people[{plan.people.index(holder)}].name", holder=name, reason=reason)


@lru_cache(256)
def _card_trouble(plan: Plan, backup: Backup, number: int, custodian: str) -> str:
    # The quorum rules speak of these; a card that breaks them needs no trial.
    if not 2 <= backup.threshold <= backup.shares <= 16:
        return ""
    try:
        face = CardFace(
            ceremony_id=_SAMPLE_ID,
            ceremony_title=plan.title,
            organisation=plan.organisation,
            group=backup.name,
            set_id="88888888",
            share_number=number,
            share_count=backup.shares,
            threshold=backup.threshold,
            custodian=custodian,
            keys=list(backup.keys),
            fingerprint="d" * 12,
            check_value="d" * 10,
            issued="2026-11-24 14:31 UTC",
            attempt=1,
            inventory_digits="8" * 60,
            media="B-1 or B-2",
            rehearsal=True,
        )
        card_preview(face, _PPI)
        _verify_glyphs(f"{plan.title} {plan.organisation} {custodian}")
    except (BadInput, Unfit) as error:
        return str(error.what)
    return ""


@lru_cache(64)
def _mailer_trouble(plan: Plan, holder: str) -> str:
    try:
        face = MailerFace(
            ceremony_id=_SAMPLE_ID,
            ceremony_title=plan.title,
            organisation=plan.organisation,
            token_label="REHEARSAL WWWWWWWW",
            token_serial="d" * 16,
            half="A",
            role=PinRole.USER,
            holder=holder,
            issued="2026-11-24 14:31 UTC",
            rehearsal=True,
            length=16,
        )
        mailer_preview(face, _PPI)
        _verify_glyphs(f"{plan.title} {plan.organisation} {holder}")
    except (BadInput, Unfit) as error:
        return str(error.what)
    return ""


@lru_cache(512)
def _verify_glyphs(text: str) -> None:
    # A picture shows a box for a missing character; only the PDF that is printed refuses it.
    verify_printable(text)
