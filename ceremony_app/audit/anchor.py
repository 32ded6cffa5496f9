"""Checks against paper: without them a folder that somebody rebuilt from the beginning would pass."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.audit.report import Verdict
from ceremony_app.errors import DoesNotHold
from ceremony_app.papers.phrase import listed
from ceremony_app.record.chain import verify_head
from ceremony_app.record.facts import RecordKeyMade
from ceremony_app.text import Message, say

NONE = "ANCHOR not checked: a rebuilt folder would also pass. Give the head and a signer's fingerprint from paper."
NO_HEAD = "ANCHOR of the head not checked: none was given; the signers' fingerprints hold the folder together."
NO_SIGNER = "ANCHOR of the signers not checked: no fingerprint was given; the head holds the record and its record keys."
LATE_SIGNER = (
    "The signers are not held by paper: no fingerprint was given, and no record key that the head holds signed, only {signers}. After the "
    "closing somebody else could have made such a key, and with it other papers and another recover.py. Give the fingerprint from paper, "
    "with --signer."
)


def verify_held_by_head(evidence: Evidence) -> tuple[Verdict, Message]:
    """Without a fingerprint from paper the head must hold a record key that signed the manifest; raises `DoesNotHold` where all signers
    came after the closing."""
    recorded = {made.signer for made in evidence.facts(RecordKeyMade)}
    late = [] if recorded & set(evidence.signers) else evidence.signers
    if late:
        raise DoesNotHold(
            "anchor-late-signer",
            LATE_SIGNER,
            next_step="Give the fingerprint of a signer from paper.",
            signers=listed(late),
        )
    return Verdict.NOT_CHECKED, say(NO_SIGNER)


def verify_anchor_head(evidence: Evidence, head: str) -> Message:
    """The record's head is the one on paper (64 lower-case hex digits)."""
    verify_head(evidence.entries, head)
    return say("The record's head is the one from paper.")


def verify_anchor_signers(evidence: Evidence, fingerprints: Iterable[str]) -> Message:
    """Each fingerprint from paper is that of a certificate that signed the manifest."""
    found: dict[str, str] = {}
    for signer in evidence.signers:
        try:
            found[evidence.certificate(signer).fingerprint] = signer
        except DoesNotHold:
            continue  # SIGNERS-1 names it
    for fingerprint in fingerprints:
        if fingerprint not in found:
            raise does_not_hold("signers/", f"holds no certificate with the fingerprint {fingerprint} from paper")
    return say("The fingerprints from paper are those of {signers}.", signers=", ".join(found[fingerprint] for fingerprint in fingerprints))
