"""Projection: the course of the ceremony, its checks, heads, deviations, stops and end."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import (
    CeremonyClosed,
    CeremonyOpened,
    CheckMade,
    ClockCompared,
    DeviationRecorded,
    DeviationsAgreed,
    FolderChecked,
    GapExplained,
    HeadRead,
    ManifestSigned,
    PlanLoaded,
    RecordKeyMade,
    RecordTokenWiped,
    StatementMade,
)


class Course(msgspec.Struct):
    """How far the ceremony is. `halted` says why nothing may go on (`stopped`, `suspended`), empty otherwise.
    `head_in_doubt`: the program was started again and nobody has compared the record with paper since."""

    opened: CeremonyOpened | None = None
    checks: dict[str, CheckMade] = {}
    clock: ClockCompared | None = None
    plan: PlanLoaded | None = None
    heads: list[HeadRead] = []
    gaps: list[GapExplained] = []
    deviations: list[DeviationRecorded] = []
    concerns: set[str] = set()
    halted: str = ""
    aborted: bool = False
    head_in_doubt: bool = False
    record_keys: list[RecordKeyMade] = []
    record_key_lives: bool = False
    deviations_agreed: DeviationsAgreed | None = None
    statements: dict[str, StatementMade] = {}
    closed: CeremonyClosed | None = None
    manifest: ManifestSigned | None = None
    checked: FolderChecked | None = None
    wipe_begun: bool = False
    wiped: RecordTokenWiped | None = None

    @property
    def ceremony_id(self) -> str:
        return self.opened.ceremony_id if self.opened else ""

    @property
    def rehearsal(self) -> bool:
        """True unless the ceremony was opened as production."""
        return self.opened is None or self.opened.mode == "rehearsal"

    @property
    def signer(self) -> str:
        """Name of the last record key (`record-1`), empty before the first."""
        return self.record_keys[-1].signer if self.record_keys else ""

    @property
    def last_head(self) -> str:
        """The head that was last read aloud, which gates are opened with."""
        return self.heads[-1].head if self.heads else ""

    def head_was_read(self, point: str) -> bool:
        return any(head.point == point for head in self.heads)

    def deviation_recorded(self, fact: DeviationRecorded) -> None:
        self.deviations.append(fact)
        self.concerns.add(fact.concerns)
        # an agreement on fewer deviations than there are is worth nothing
        self.deviations_agreed = None

    def process_started(self, process: str) -> None:
        if process == "desk":
            # The machine may be another one, or checks may have been cut short: they are made again.
            self.clock = None
            self.checks.clear()
            self.head_in_doubt = bool(self.heads)
