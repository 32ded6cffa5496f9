"""Checks against paper: without them a folder that somebody rebuilt from the beginning would pass."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.errors import DoesNotHold
from ceremony_app.record.chain import verify_head
from ceremony_app.record.facts import RecordKeyMade
from ceremony_app.text import Message, say

NONE = "ANCHOR not checked: a rebuilt folder would also pass. Give the head and a signer's fingerprint from paper."
NO_HEAD = "ANCHOR of the head not checked: none was given; the signers' fingerprints hold the folder together."
NO_SIGNER = "ANCHOR of the signers not checked: no fingerprint was given; the head holds the record and its record keys."
LATE_SIGNER = (
    "ANCHOR of the signers not checked: no fingerprint was given, and {signers} was made after the closing, where the head does not reach. "
    "What only the manifest holds, the papers above all, could be other papers."
)


def without_signer(evidence: Evidence) -> Message:
    """What it means that no fingerprint was compared."""
    recorded = {made.signer for made in evidence.facts(RecordKeyMade)}
    late = [signer for signer in evidence.living_record_keys() if signer not in recorded]
    return say(LATE_SIGNER, signers=", ".join(late)) if late else say(NO_SIGNER)


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
            continue    # SIGNERS-1 names it
    for fingerprint in fingerprints:
        if fingerprint not in found:
            raise does_not_hold("signers/", f"holds no certificate with the fingerprint {fingerprint} from paper")
    return say("The fingerprints from paper are those of {signers}.", signers=", ".join(found[fingerprint] for fingerprint in fingerprints))
