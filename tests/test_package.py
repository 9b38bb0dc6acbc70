"""The package: its names are there at once, and cost nothing until they are asked for."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import skdigits

ROOT = Path(skdigits.__file__).parent
PUBLIC_MODULES = {
    path.relative_to(ROOT).parts[0].removesuffix(".py")
    for pattern in ("[!_]*.py", "[!_]*/__init__.py")
    for path in ROOT.glob(pattern)
} - {"commands", "ink", "programs"}


def run(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_import_loads_no_other_package():
    code = "import sys, skdigits; print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))"
    assert run(code) == "[]"


@pytest.mark.parametrize("name", ["KerasDigitClassifier", "PixelScaler"])
def test_classes_are_imported_when_asked_for(name):
    code = f"import skdigits; from skdigits import {name}; print(skdigits.{name} is {name})"
    assert run(code) == "True"
    assert pickle.loads(pickle.dumps(getattr(skdigits, name))) is getattr(skdigits, name)


def test_every_public_module_can_be_reached():
    assert set(skdigits._MODULES) == PUBLIC_MODULES
    names = ", ".join(f"skdigits.{name}.__name__" for name in sorted(PUBLIC_MODULES))
    printed = run(f"import skdigits; print({names})")
    assert printed == " ".join(f"skdigits.{name}" for name in sorted(PUBLIC_MODULES))


def test_star_and_dir():
    assert run("from skdigits import *; print(PixelScaler.__name__)") == "PixelScaler"
    assert set(dir(skdigits)) == {*skdigits.__all__, *PUBLIC_MODULES}


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'skdigits' has no attribute 'PixelScaller'"):
        skdigits.PixelScaller  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'PixelScaller'"):
        exec("from skdigits import PixelScaller")


def test_type_checkers_see_the_names():
    source = (ROOT / "__init__.py").read_text()
    for module in set(skdigits._NAMES.values()):
        names = sorted(name for name, its_module in skdigits._NAMES.items() if its_module == module)
        assert f"    from {module} import {', '.join(names)}\n" in source
