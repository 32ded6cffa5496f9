"""How a ceremony ends: its outcome, and what is left to do."""

from __future__ import annotations

from ceremony_app.plan.model import Plan
from ceremony_app.record.state import State


def outcome(state: State) -> str:
    """`completed`, `completed with deviations` or `aborted`."""
    if state.course.aborted:
        return "aborted"
    return "completed with deviations" if state.course.deviations else "completed"


def open_imports(state: State, plan: Plan) -> list[str]:
    """Exports whose import is not confirmed, as `key destination resource`."""
    return [
        f"{export.key} {export.destination.value} {export.resource}"
        for export in plan.exports
        if state.shipments.of(export.key, export.destination.value, export.resource).confirmed is None
    ]


def open_items(state: State, plan: Plan) -> tuple[str, ...]:
    """What is left to do after this ceremony."""
    items = [f"import not confirmed: {one}" for one in open_imports(state, plan) if not state.course.aborted]
    items += [one.concerns for one in state.course.deviations if one.concerns.endswith("left in the token")]
    items += [f"does not agree: {one.name}" for one in state.course.statements.values() if not one.agrees]
    if state.course.aborted:
        items += [f"package to be refused or deleted: {row.name}" for row in state.copies.living if row.kind == "package"]
    return tuple(items)
