"""The documents keep step with the house: modules, tests and files that they name exist, and so do our words for things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony_app.engine import kinds
from ceremony_app.engine.action import Action
from ceremony_app.record.facts import FACTS

HOUSE = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*(HOUSE / "docs").glob("*.md"), *HOUSE.glob("*.md")])
GLOSSARY = HOUSE / "docs" / "glossary.md"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_module_stands_in_the_house() -> None:
    package = HOUSE / "ceremony_app"
    there = {str(path.relative_to(package)) for path in package.rglob("*.py") if not path.name.startswith("__")}
    named = set(re.findall(r"`([a-z0-9_/]+\.py)`", text(HOUSE / "docs" / "house.md").partition("## Rooms and their modules")[2]))
    assert sorted(there - named) == [], "docs/house.md has no line for these modules"
    assert sorted(named - there) == [], "docs/house.md speaks of modules that are gone"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text(document)) + re.findall(r'src="([^"]+)"', text(document))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_named_tests_exist() -> None:
    named = {name for document in DOCUMENTS for name in re.findall(r"`(tests/[a-z0-9_/]+\.py::\w+)`", text(document))}
    assert named
    for name in sorted(named):
        path, _, function = name.partition("::")
        assert (HOUSE / path).is_file(), name
        assert re.search(rf"^def {function}\(", text(HOUSE / path), re.MULTILINE), name


def test_every_act_has_its_effect_told() -> None:
    """docs/effects.md speaks of each action by its name, and of each intent."""
    effects = text(HOUSE / "docs" / "effects.md")
    assert kinds.KINDS  # loaded, and with them every action
    told = set(re.findall(r"`([A-Z][A-Za-z]+)`", effects))
    assert {action.__name__ for action in Action.__subclasses__() if action.__module__.startswith("ceremony_app.")} - told == set()
    assert {name for name in FACTS if name.endswith("Begun")} - told == set()


def spoken() -> Iterator[Path]:
    """Everything in which we speak to somebody, but for the page that lists what we do not say."""
    for folder, endings in (("ceremony_app", (".py",)), ("resources", (".md", ".typ", ".toml", ".sh", ".py", ".txt"))):
        yield from (path for path in (HOUSE / folder).rglob("*") if path.suffix in endings and path.name != "pgp-words.txt")
    yield from (path for path in DOCUMENTS if path != GLOSSARY)


def forbidden() -> dict[str, str]:
    """From the glossary's table: a pattern, and what to say in its place. In a table `|` is written `\\|`."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|$", text(GLOSSARY).partition("## Words we do not use")[2], re.MULTILINE)
    return {pattern.replace("\\|", "|"): instead for pattern, instead in rows}


def test_words_we_do_not_use() -> None:
    patterns = forbidden()
    assert len(patterns) > 5
    found = [
        f"{path.relative_to(HOUSE)}: “{match[0]}”; say: {instead}"
        for path in spoken()
        for pattern, instead in patterns.items()
        for match in re.finditer(pattern, text(path), re.IGNORECASE)
    ]
    assert found == []
