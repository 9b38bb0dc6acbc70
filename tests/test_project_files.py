"""What stands in more than one of the project's files is the same in all of them."""

import re
import tomllib
from pathlib import Path

import pytest

import skdigits

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def listed(path, key):
    """Return the items of a list in a YAML file, which stand below their key."""
    (block,) = re.findall(rf"^( *){key}:\n((?:\1 +- .*\n)+)", (ROOT / path).read_text(), flags=re.M)
    return [line.strip(" -") for line in block[1].splitlines()]


def test_conda_package_depends_on_what_the_wheel_depends_on():
    required = [f"python{PROJECT['requires-python']}", *PROJECT["dependencies"]]
    assert [it.replace(" ", "") for it in listed("conda/recipe.yaml", "run")] == required


def test_changelog_begins_with_what_is_not_released_and_the_last_release():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    unreleased, newest, *_ = re.findall(r"^## \[(.*?)\](?: - (.*))?$", changelog, flags=re.M)
    assert unreleased == ("Unreleased", "")
    version, date = newest
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
    if ".dev" not in skdigits.__version__:
        assert version == skdigits.__version__


def test_licence_is_the_same_everywhere():
    for path in ("CITATION.cff", "conda/recipe.yaml"):
        assert re.findall(r"^ *license: (.*)$", (ROOT / path).read_text(), flags=re.M) == [
            PROJECT["license"]
        ]


def test_groups_are_extras():
    for group, requirements in PYPROJECT["dependency-groups"].items():
        (requirement,) = requirements
        assert re.fullmatch(rf"skdigits\[(cpu,)?{group}\]", requirement)
        assert group in PROJECT["optional-dependencies"]


@pytest.mark.parametrize("tool", ["ruff", "mypy"])
def test_linters_have_one_version(tool):
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    (version,) = re.findall(rf"{tool}(?:-pre-commit)?\n    rev: v(.*)", hooks)
    assert f'"{tool}=={version}"' in (ROOT / ".ci" / "run").read_text()


def test_tested_versions_of_python_are_those_of_the_classifiers():
    (tested,) = re.findall(r"python: \[(.*)\]", (ROOT / ".github/workflows/test.yml").read_text())
    named = [it.split(" :: ")[-1] for it in PROJECT["classifiers"] if "Python :: 3." in it]
    assert re.findall(r"3\.\d+", tested) == named


README = (ROOT / "README.md").read_text()
FIGURES = {path.stem: path.read_text() for path in (ROOT / "docs" / "figures").iterdir()}


# The beginning of a row in the README, and of the lines that hold what it quotes.
QUOTED = {
    "time of that search (s)": ("grid_search", ""),
    "time per epoch of a small CNN, relative to skdigits | 1": ("against_peers", "small CNN"),
    "`LogisticRegression(max_iter=50)`": ("accuracy", "LogisticRegression"),
    "the tutorials' small network, with Keras' `fit`": ("accuracy", "small tutorial CNN"),
    "`KerasDigitClassifier(epochs=1)`": ("accuracy", "epochs=1"),
    "`KerasDigitClassifier()`": ("accuracy", "default"),
    '`make_classifier("strong")`': ("accuracy", "strong"),
    '`make_classifier("ensemble")`, a soft vote of three of these': ("accuracy", "ensemble"),
}


@pytest.mark.parametrize("quoting", QUOTED)
def test_readme_quotes_the_figures_of_the_documentation(quoting):
    (row,) = re.findall(rf"^\| {re.escape(quoting)} (\|.*)$", README, flags=re.M)
    figure, label = QUOTED[quoting]
    printed, _, _ = FIGURES[figure].rpartition("\n\n")  # The machine stands below.
    lines = [line for line in printed.splitlines()[1:] if line.startswith(label)]
    measured = re.findall(r"(?<= )\d+\.\d+", " ".join(lines))
    quoted = re.findall(r"(?<=[|±] )[\d,]+(?:\.\d+)?", row)
    assert quoted
    for number in quoted:
        value, n_decimals = float(number.replace(",", "")), len(number.partition(".")[2])
        assert any(abs(value - float(it)) < 0.501 / 10**n_decimals for it in measured), number


def test_commands_of_readme_are_those_of_the_figures():
    commands = re.findall(r"`(python benchmarks/.*?)`", README.replace("\n", " "))
    assert commands
    for command in commands:
        assert any(text.startswith(f"$ {command} ") for text in FIGURES.values()), command
