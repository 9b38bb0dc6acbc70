"""_extras: missing packages are told all at once, in one wording."""

import sys

import pytest
from test_install_hints import EXTRAS

from skdigits.__main__ import main
from skdigits._extras import _MODULES, require_extras
from skdigits.comparison import Comparison
from skdigits.ink.pictures import require_images
from skdigits.persistence import read_estimator
from skdigits.plotting._style import import_pyplot

WORDING = r"^\S.* needs {}, which is not installed\. Install it with: pip install {}$"


def test_extras_exist():
    assert _MODULES.keys() <= EXTRAS.keys()


def test_what_is_installed_is_not_missed():
    require_extras("it", *_MODULES)


@pytest.mark.parametrize(
    ("module", "package", "requirement", "use"),
    [
        ("PIL", "Pillow", r'"skdigits\[images\]"', lambda: require_images("DigitFramer")),
        ("matplotlib.pyplot", "Matplotlib", r'"skdigits\[plot\]"', import_pyplot),
        ("skops.io", "skops", r'"skdigits\[files\]"', lambda: read_estimator("it.skops")),
        ("pandas", "pandas", "pandas", lambda: Comparison({}, [], []).to_frame()),
    ],
)
def test_one_wording(module, package, requirement, use, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=WORDING.format(package, requirement)):
        use()


def test_an_installed_package_that_lacks_another_names_that_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    monkeypatch.setitem(_MODULES, "files", "skops.io.numbers")
    with pytest.raises(ImportError, match="it needs skops, which is not installed"):
        require_extras("it", "files")


def test_a_command_tells_all_at_once(tmp_path, monkeypatch, capsys):
    for module in ("PIL", "matplotlib.pyplot", "skops.io"):
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "page.jpg").touch()
    assert main(["read", str(tmp_path / "page.jpg"), "--plot", str(tmp_path / "it.png")]) == 1
    assert capsys.readouterr().err == (
        "skdigits: error: skdigits read needs Pillow, skops and Matplotlib, which are not "
        'installed. Install them with: pip install "skdigits[images,files,plot]"\n'
    )
