"""Programs of npm, installed from a lock file into the build folder."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def installed(source, name):
    """A copy of the folder `source` with its node_modules; made by npm when its lock file has changed."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"skipped: needs {program}")
    place = ROOT / os.environ.get("BEFFROI_BUILD", "build") / name
    place.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.is_file():
            shutil.copyfile(file, place / file.name)
    lock = (source / "package-lock.json").read_text()
    done = place / "installed-lock.json"
    if done.exists() and done.read_text() == lock:
        return place
    npm = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], cwd=place,
                         capture_output=True, text=True, timeout=600, check=False)
    if npm.returncode != 0:
        pytest.skip(f"skipped: needs the registry of npm: {npm.stderr.strip()[:300]}")
    done.write_text(lock)
    return place
