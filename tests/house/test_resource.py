"""`resource` finds what is there and names what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app import resource as room
from ceremony_app.errors import Unfit
from ceremony_app.resource import resource, resource_root


def test_every_file_is_found() -> None:
    root = resource_root()
    files = [path for path in root.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert resource(path.relative_to(root).as_posix()) == path


@pytest.mark.parametrize("name", ["documents/none.typ", "../pyproject.toml", "documents/../../pyproject.toml", "/etc/passwd"])
def test_a_missing_one_is_named(name: str) -> None:
    with pytest.raises(Unfit) as caught:
        resource(name)
    assert caught.value.code == "resource-missing"
    assert name in str(caught.value)


def test_an_installation_without_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_INSTALLED", tmp_path / "a")
    monkeypatch.setattr(room, "_CHECKOUT", tmp_path / "b")
    with pytest.raises(Unfit) as caught:
        resource("documents")
    assert caught.value.code == "resources-missing"
    assert str(tmp_path / "b") in str(caught.value)
