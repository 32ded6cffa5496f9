"""The wheel, installed into an environment of its own: its resources and its command work far from any checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = ("ceremony_app", "resources", "pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE", "README.md")
IGNORED = shutil.ignore_patterns("__pycache__", "*.py[co]")


def resource_names() -> list[str]:
    root = HOUSE / "resources"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def pip(*arguments: str | Path) -> None:
    """Run this environment's pip without any index: a test fetches nothing."""
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves folders behind."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (HOUSE / name).is_dir():
            shutil.copytree(HOUSE / name, source / name, ignore=IGNORED)
        else:
            shutil.copy(HOUSE / name, source)
    pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", target, source)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an environment's commands: the wheel in it, the third-party packages lent by this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    commands = folder / "bin"
    pip("--python", str(commands / "python"), "install", "--no-index", "--no-deps", wheel)
    (site,) = folder.glob("lib/python*/site-packages")
    # One plain path: `.pth` files in that folder, the editable install's among them, are not followed from here.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return commands


def test_the_wheel_holds_code_licence_and_resources_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"ceremony_app", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}
    licences = [name.split(".dist-info/licenses/")[1] for name in names if ".dist-info/licenses/" in name]
    assert "LICENSE" in licences
    assert [name for name in licences if name.endswith("OFL.txt")]  # the fonts' own
    carried = {name.removeprefix("ceremony_app/_resources/") for name in names if name.startswith("ceremony_app/_resources/")}
    assert carried == set(resource_names())


def test_resources_of_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    names = resource_names()
    assert names
    program = "import sys; from ceremony_app.resource import resource; [print(resource(name)) for name in sys.argv[1:]]"
    command = [str(installed / "python"), "-I", "-c", program, *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    for name, path in zip(names, done.stdout.splitlines(), strict=True):
        assert Path(path).is_relative_to(installed.parent)
        assert Path(path).read_bytes() == (HOUSE / "resources" / name).read_bytes()


def test_the_command_of_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run([installed / "ceremony", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage: ceremony" in done.stdout
    assert "rehearse" in done.stdout
