"""Projection: the keys, with their states after SP 800-57 Part 1, section 7."""

from __future__ import annotations

import msgspec

from ceremony_app.record.facts import KeyDestroyed, KeyGenerated, KeyGenerationBegun, KeyObjectsRemoved, KeyProved, KeySealed


class Key(msgspec.Struct):
    """One key. `phase`: `begun`, `generated`, `proved`, `removed` (objects gone, not yet looked for by a fresh process) or
    `destroyed`; `made` and `proof` are the facts."""

    label: str
    cka_id: str
    phase: str = "begun"
    made: KeyGenerated | None = None
    made_at: str = ""
    proof: KeyProved | None = None
    sealed: bool = False
    destruction_begun: bool = False
    left: int = 0

    @property
    def state(self) -> str:
        """SP 800-57 state: `pre-activation` until it was proved, then `active`; `destroyed` at the end."""
        return {"proved": "active", "destroyed": "destroyed"}.get(self.phase, "pre-activation")


class Keys(msgspec.Struct):
    by_label: dict[str, Key] = {}

    def begun(self, fact: KeyGenerationBegun) -> None:
        self.by_label[fact.label] = Key(fact.label, fact.cka_id)

    def generated(self, fact: KeyGenerated, utc: str) -> None:
        key = self.by_label.setdefault(fact.label, Key(fact.label, fact.cka_id))
        key.phase, key.made, key.made_at = "generated", fact, utc

    def proved(self, fact: KeyProved) -> None:
        key = self.by_label[fact.label]
        key.phase, key.proof = "proved", fact

    def sealed(self, fact: KeySealed) -> None:
        self.by_label[fact.label].sealed = True

    def destruction_begun(self, label: str) -> None:
        if label in self.by_label:
            self.by_label[label].destruction_begun = True

    def objects_removed(self, fact: KeyObjectsRemoved) -> None:
        if fact.label in self.by_label:
            self.by_label[fact.label].phase = "removed"
            self.by_label[fact.label].left = fact.found

    def destroyed(self, fact: KeyDestroyed) -> None:
        if fact.label in self.by_label:
            self.by_label[fact.label].phase = "destroyed"

    def is_proved(self, label: str) -> bool:
        key = self.by_label.get(label)
        return key is not None and key.phase == "proved"

    @property
    def alive(self) -> list[Key]:
        """Keys that exist in the token, or may."""
        return [key for key in self.by_label.values() if key.phase != "destroyed"]
