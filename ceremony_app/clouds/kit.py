"""`plan kit`: what providers' engineers get before the ceremony, one folder for each export, in the layout in which answers come back."""

from __future__ import annotations

from pathlib import Path

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import input_folder
from ceremony_app.clouds.template import fill, plain
from ceremony_app.errors import BadInput
from ceremony_app.plan.model import Plan


def plan_kit(plan: Plan, out: Path) -> tuple[Path, ...]:
    """Write the request sheets of every export below `out`, which must not exist or be empty. Returns the files written, in order.

    Raises `BadInput`: `kit-not-empty`, `kit-unwritable`, `kit-nothing` (nothing is exported), `destination-not-built`, `not-importable`.
    """
    if not plan.exports:
        raise BadInput(
            "kit-nothing",
            "The plan {title} exports no key, so nobody has to be asked for anything.",
            next_step="Go on without a kit, or add the exports to the plan.",
            title=plan.title,
        )
    folders = {export: cloud(export.destination).request_sheet(plan, export) for export in plan.exports}
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BadInput(
                "kit-not-empty",
                "{out} exists already and is not an empty folder.",
                next_step="Name a new folder, so that sheets of two plans are never mixed.",
                out=str(out),
            )
        written = [_write(out / "README.md", _overview(plan))]
        for export, files in folders.items():
            written += [_write(input_folder(out, export) / name, data) for name, data in sorted(files.items())]
    except OSError as error:
        raise BadInput(
            "kit-unwritable",
            "The kit cannot be written to {out}: {reason}.",
            next_step="Name a folder that you may write to, on a medium with space.",
            out=str(out),
            reason=(error.strerror or "the system refused").lower(),
        ) from error
    return tuple(written)


def _overview(plan: Plan) -> bytes:
    rows = "\n".join(
        f"| {export.key} | {cloud(export.destination).name} | `{export.resource}` | `{input_folder(Path(), export).as_posix()}/` |"
        for export in plan.exports
    )
    return fill("KIT.md", {"TITLE": plain(plan.title), "ROWS": rows}).encode()


def _write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
    return path
