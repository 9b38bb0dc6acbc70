"""Each script of the gallery runs. As when the gallery is built, they run in one process."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "examples").glob("plot_*.py"))
# The numbers of the figures that pages of the documentation show, by script.
SHOWN = [
    (name, int(number))
    for page in (ROOT / "docs").rglob("*.rst")
    if "auto_examples" not in page.parts
    for name, number in re.findall(r"figure:: \S+/sphx_glr_(\w+)_(\d{3})\.png", page.read_text())
]


def test_figures_that_pages_show_are_of_scripts():
    assert {name for name, _ in SHOWN} <= {script.stem for script in SCRIPTS}


def test_scripts_are_numbered_in_reading_order():
    numbers = [script.stem.split("_")[1] for script in SCRIPTS]
    assert numbers == [f"{number:02}" for number in range(1, len(SCRIPTS) + 1)]
    assert numbers


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script_runs(script, pyplot, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pyplot, "show", lambda: None)  # It warns if no window can be opened.
    runpy.run_path(str(script), run_name="__main__")
    assert pyplot.get_fignums()
    assert {number for name, number in SHOWN if name == script.stem} <= {*pyplot.get_fignums()}
    assert capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
