"""How long a key should be in use, by purpose: data with its edition, since later editions and national rules differ.

Figures: NIST SP 800-57 Part 1, edition of March 2007, section 5.3.6, Table 1, the originator's usage period. The document calls them rough
guidelines; later editions were not compared, and the draft of Revision 6 leaves time frames to other documents.
"""

from __future__ import annotations

import msgspec

from ceremony_app.keys import Purpose

EDITION = "NIST SP 800-57 Part 1 (March 2007), 5.3.6, Table 1"


class Period(msgspec.Struct, frozen=True):
    """The longest suggested use in days, and the row of the table it stands in."""

    days: int
    row: str


SUGGESTED: dict[Purpose, Period] = {
    Purpose.SIGN: Period(1096, "private signature key: 1 to 3 years"),
    Purpose.MAC: Period(731, "symmetric authentication key: up to 2 years"),
    Purpose.ENCRYPT: Period(731, "symmetric data encryption key: up to 2 years"),
    Purpose.WRAP: Period(731, "symmetric key wrapping key: up to 2 years"),
    Purpose.DECRYPT: Period(731, "private key transport key: up to 2 years"),
}
