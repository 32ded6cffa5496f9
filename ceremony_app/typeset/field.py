"""The check that every paper makes of its data before it is laid out."""

from __future__ import annotations

from ceremony_app.errors import BadInput


def verify_field(paper: str, field: str, holds: bool, rule: str) -> None:
    """Raise `BadInput` (`paper-field`) naming the paper, the field and the rule, unless it `holds`. The value is never shown."""
    if not holds:
        raise BadInput(
            "paper-field",
            "A {paper} cannot be laid out: {field} must be {rule}.",
            stands="Nothing was printed.",
            next_step="Correct the plan if the field comes from it; otherwise report this code.",
            paper=paper,
            field=field,
            rule=rule,
        )
