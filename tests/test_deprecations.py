"""Deprecated names say since when, until when, and what to use instead; none outlives its time."""

import ast
import re
from pathlib import Path

import pytest

import skdigits

MODULES = sorted(Path(skdigits.__file__).parent.rglob("*.py"))
WORDS = re.compile(
    r"deprecated in (\d+)\.(\d+) and will be removed in (\d+)\.(\d+): use `[\w.]+` instead\."
)


def faults(source, version):
    """List the deprecations of a module that CONTRIBUTING.md does not allow in this version."""
    now = tuple(map(int, version.split(".")[:2]))
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        names = {ast.unparse(it).rpartition(".")[2] for it in (call.func, *call.args)}
        if not names & {"deprecated", "FutureWarning"}:
            continue
        line = f"line {call.lineno}"
        texts = [
            it.value
            for it in ast.walk(call)
            if isinstance(it, ast.Constant) and isinstance(it.value, str)
        ]
        words = WORDS.search("".join(texts))
        if words is None:
            found.append(f"{line} does not say since when, until when, or what to use instead")
            continue
        since, until = (tuple(map(int, words.groups()[i : i + 2])) for i in (0, 2))
        if until < (since[0], since[1] + 2):
            found.append(f"{line} is removed in the next release")
        if now >= until:
            found.append(f"{line} is due for removal")
    return found


def deprecation(words):
    return f"from sklearn.utils import deprecated\n@deprecated({words!r})\ndef old(): ..."


def warning(words):
    return f"import warnings\nwarnings.warn({words!r}, FutureWarning, stacklevel=2)"


SOUND = "It was deprecated in 0.2 and will be removed in 0.4: use `new_name` instead."


@pytest.mark.parametrize("write", [deprecation, warning])
@pytest.mark.parametrize(
    ("words", "version", "fault"),
    [
        (SOUND, "0.3.1", None),
        (SOUND, "0.4.0.dev0", "is due for removal"),
        (SOUND, "1.0.0", "is due for removal"),
        (SOUND.replace("0.4", "0.3"), "0.2.0", "is removed in the next release"),
        (SOUND.replace("in 0.2", "lately"), "0.2.0", "does not say since when"),
        (SOUND.replace("use `new_name`", "do without it"), "0.2.0", "what to use instead"),
    ],
)
def test_faults_are_found(write, words, version, fault):
    found = faults(write(words), version)
    assert len(found) == (fault is not None)
    assert all(fault in it for it in found)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_deprecations_are_sound(path):
    assert faults(path.read_text(encoding="utf-8"), skdigits.__version__) == []
