"""Which destinations exist in this build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ceremony_app.clouds.aws import Aws
from ceremony_app.clouds.destination import Cloud
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Destination, Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

CLOUDS: Mapping[Destination, Cloud] = {cloud.destination: cloud for cloud in (Aws(),)}

_RULES: Rulebook[Plan] = Rulebook()


def cloud(destination: Destination) -> Cloud:
    """The module of `destination`; raises `BadInput` (`destination-not-built`) when it is not built yet;
    the plan's own rules refuse it before."""
    found = CLOUDS.get(destination)
    if found is None:
        raise BadInput(
            "destination-not-built",
            "This build wraps keys for {built} only, not for {destination}.",
            next_step="Take the export out of the plan and have the plan approved again; the key can be exported by a later ceremony.",
            built=_built(),
            destination=destination.value,
        )
    return found


def cloud_rules() -> Rulebook[Plan]:
    """Every destination's rules over the plan, and those that hold for all of them."""
    return Rulebook(_RULES, *(one.rules() for one in CLOUDS.values()))


@_RULES.rule(
    "CLOUD-001",
    Verdict.FAIL,
    source="This build: packages and recipients lie in one folder for each destination and key",
    passes="No key goes to one destination twice.",
    fails="{label} goes to {destination} twice; a second resource there needs an export ceremony of its own.",
    applies=lambda plan: bool(plan.exports),
)
def one_resource_a_destination(plan: Plan) -> Iterator[Trouble]:
    """One export for each key and destination."""
    pairs = [(export.destination, export.key) for export in plan.exports]
    for index, (destination, label) in enumerate(pairs):
        if (destination, label) in pairs[:index]:
            yield trouble(f"exports[{index}].destination", label=label, destination=destination.value)


def _built() -> str:
    return ", ".join(one.value for one in CLOUDS)
