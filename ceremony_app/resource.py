"""Where the files that come with the program lie: fonts, document templates, samples, recipes.

In a checkout they are the top-level folder `resources/`; in an installed wheel they are `ceremony_app/_resources/`, the same tree.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ceremony_app.errors import Unfit

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_CHECKOUT = _PACKAGE.parent / "resources"


def resource_root() -> Path:
    """The folder that holds all resources; raises `Unfit` when the installation carries none."""
    for root in (_INSTALLED, _CHECKOUT):
        if root.is_dir():
            return root
    raise Unfit(
        "resources-missing",
        "This installation has no resources: neither {installed} nor {checkout} exists.",
        next_step="Install the program again, from a complete checkout or a wheel.",
        installed=str(_INSTALLED),
        checkout=str(_CHECKOUT),
    )


def resource(name: str) -> Path:
    """Path of one resource, a file or a folder; `name` is relative and has forward slashes, as `documents/card.typ`.

    Raises `Unfit` when there is none of that name. A name that leads out of the resources counts as missing.
    """
    root = resource_root()
    relative = PurePosixPath(name)
    path = root / relative
    if relative.is_absolute() or ".." in relative.parts or not path.exists():
        raise Unfit(
            "resource-missing",
            "The file {name} that comes with the program is missing from {root}.",
            next_step="Install the program again, from a complete checkout or a wheel.",
            name=name,
            root=str(root),
        )
    return path
