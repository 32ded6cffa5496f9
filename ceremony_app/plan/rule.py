"""What a rule is, and what it finds. Shared by the plan's rules, the clouds' and the token census'.

A rule belongs to a `Rulebook` over one kind of subject (a plan, an export with its plan, a plan with a census). It yields a `Trouble` for
each breach; the book turns those, or their absence, into `Finding`s with one sentence each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec

from ceremony_app.text import Message, say

S = TypeVar("S")


class Verdict(Enum):
    """What a rule says: `FAIL` blocks, `WARN` is shown and recorded."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"


class Trouble(msgspec.Struct, frozen=True):
    """One breach: the path of the field in the plan, and the arguments of the rule's sentence."""

    field: str
    args: Mapping[str, Any]


def trouble(field: str, **args: Any) -> Trouble:
    """A `Trouble`; `args` fill the rule's `fails` sentence."""
    return Trouble(field, args)


class Finding(msgspec.Struct, frozen=True):
    """What one rule said about one field; `field` is empty where the rule holds or does not apply."""

    rule: str
    verdict: Verdict
    sentence: Message
    field: str = ""

    @property
    def waived(self) -> Message:
        """The sentence for the record when people go on in spite of this finding."""
        return say("{rule} was waived by decision of the people present: {sentence}", rule=self.rule, sentence=self.sentence.english)


class Rule(msgspec.Struct, Generic[S], frozen=True):
    """A small function with an id and a source. `level` is what a breach means: `WARN` or `FAIL`."""

    id: str
    level: Verdict
    source: str
    passes: str
    fails: str
    find: Callable[[S], Iterable[Trouble]]
    applies: Callable[[S], bool]

    def check(self, subject: S) -> list[Finding]:
        """One finding per breach, or the one that says the rule holds or does not apply."""
        if not self.applies(subject):
            return [Finding(self.id, Verdict.NOT_APPLICABLE, say("Nothing in this plan falls under the rule."))]
        found = [Finding(self.id, self.level, Message(self.fails, one.args), one.field) for one in self.find(subject)]
        return found or [Finding(self.id, Verdict.PASS, say(self.passes))]


class Rulebook(Generic[S]):
    """Rules over one kind of subject, in the order they were written. Two rules with one id are a mistake in the program."""

    def __init__(self, *books: Rulebook[S]) -> None:
        self._rules: dict[str, Rule[S]] = {}
        for book in books:
            for rule in book:
                self._add(rule)

    def rule(
        self, name: str, level: Verdict, *, source: str, passes: str, fails: str, applies: Callable[[S], bool] = lambda _: True
    ) -> Callable[[Callable[[S], Iterable[Trouble]]], Callable[[S], Iterable[Trouble]]]:
        """Enter the decorated function as the rule called `name`."""

        def enter(find: Callable[[S], Iterable[Trouble]]) -> Callable[[S], Iterable[Trouble]]:
            self._add(Rule(name, level, source, passes, fails, find, applies))
            return find

        return enter

    def check(self, subject: S) -> list[Finding]:
        """Every rule's findings, in the book's order."""
        return [finding for rule in self for finding in rule.check(subject)]

    def __iter__(self) -> Iterator[Rule[S]]:
        return iter(self._rules.values())

    def _add(self, rule: Rule[S]) -> None:
        if rule.id in self._rules:
            raise ValueError(f"two rules are called {rule.id}")
        self._rules[rule.id] = rule
