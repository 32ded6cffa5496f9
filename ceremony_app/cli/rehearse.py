"""`ceremony rehearse`: a whole ceremony without a window, then its verification."""

from __future__ import annotations

import argparse
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.report import Report
from ceremony_app.cli.library import library, nothing_begun
from ceremony_app.cli.results import show_results
from ceremony_app.cli.screen import Screen
from ceremony_app.cli.verify import check_rows
from ceremony_app.engine.driver import Driver, load_answers
from ceremony_app.engine.engine import Engine, Setting
from ceremony_app.engine.places import find_ceremony
from ceremony_app.engine.rooms import verify_module
from ceremony_app.engine.rules import verify_all
from ceremony_app.errors import BadInput, CeremonyError, Halted
from ceremony_app.plan.load import parse_plan, read_plan
from ceremony_app.record.state import State
from ceremony_app.resource import resource
from ceremony_app.settings import practice_module

SAMPLE = "samples/rehearsal.toml"


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Perform or resume the ceremony below `--out`, verify its folder, show both."""
    answers = load_answers(options.answers) if options.answers else ()
    with _interrupts(), _engine(options) as engine:
        engine.on_progress = screen.progress
        aborted: CeremonyError | None = None
        try:
            Driver(engine, second_machine=_second_machine, answers=answers, say=screen.step).run()
            screen.end_progress()
        except Halted as error:
            aborted = error
            screen.break_progress()
        state, places = engine.state, engine.places
    report = audit_folder(
        places.evidence,
        head=state.course.checked.head if state.course.checked else None,
        signers=[state.course.record_keys[-1].fingerprint],
        addenda=len(state.course.closed.addenda) if state.course.closed else None,
    )
    show_results(screen, state, report, places.out)
    screen.result(_object(state, report))
    report.require()
    if aborted is not None:
        raise aborted
    return 0


def _engine(options: argparse.Namespace) -> Engine:
    module = library(options.module)
    setting = Setting(
        out=options.out.absolute(),
        module=module,
        practice_module=practice_module() or module,
        inputs=_existing(options.inputs),
        second=options.second.absolute() if options.second else None,
    )
    begun = find_ceremony(setting.out)
    if begun:
        _verify_same_plan(options.plan, setting.out / "evidence" / begun / "plan.toml")
        return Engine.resume(setting, begun)
    data = read_plan(options.plan) if options.plan else resource(SAMPLE).read_bytes()
    verify_all(parse_plan(data))
    with nothing_begun():
        verify_module(module)
    return Engine.begin(setting, data)


def _existing(directory: Path | None) -> Path | None:
    if directory is not None and not directory.is_dir():
        raise BadInput(
            "inputs-missing",
            "There is no directory {path} with inputs.",
            next_step="Name the directory that holds <destination>/<label>/, as `ceremony plan kit` lays it out.",
            path=str(directory),
        )
    return directory.absolute() if directory is not None else None


def _verify_same_plan(named: Path | None, begun: Path) -> None:
    if named is not None and read_plan(named) != begun.read_bytes():
        raise BadInput(
            "plan-other",
            "The ceremony that was begun here has another plan than {named}.",
            next_step="Resume without --plan, or choose another --out for a new ceremony.",
            named=str(named),
        )


def _second_machine(folder: Path, head: str, fingerprint: str) -> int:
    """The witness's second machine: the same audit that `ceremony verify` performs, with values from paper. How many checks held."""
    report = audit_folder(folder, head=head, signers=[fingerprint])
    report.require()
    return sum(check.verdict.value == "ok" for check in report.checks)


@contextlib.contextmanager
def _interrupts() -> Iterator[None]:
    """A termination request ends like the interrupt key. An entry that was being written is found whole or set aside at the next start."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _object(state: State, report: Report) -> dict[str, Any]:
    return {
        "ceremony_id": state.course.ceremony_id,
        "evidence": str(report.folder),
        "head": report.head,
        "signer": report.signers[-1].fingerprint if report.signers else "",
        "outcome": state.course.closed.outcome if state.course.closed else "",
        "keys": [
            {
                "label": key.label,
                "algorithm": key.made.algorithm,
                "purpose": key.made.purpose,
                "state": key.state,
                "spki_sha256": key.made.spki_sha256,
                "check_value": key.made.check_value,
            }
            for key in state.keys.by_label.values()
            if key.made is not None
        ],
        "packages": [
            {
                "key": label,
                "destination": destination,
                "resource": name,
                "scheme": row.package.scheme,
                "assurance": row.package.assurance,
                "package_sha256": row.package.package_sha256,
                "confirmed": row.confirmed is not None,
            }
            for (label, destination, name), row in state.shipments.by_target.items()
            if row.package is not None
        ],
        "checks": check_rows(report),
    }
