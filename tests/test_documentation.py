"""The pages of the documentation: complete, and with the pictures they show."""

import ast
import re
import sys
from pathlib import Path

import pytest

import skdigits

DOCS = Path(__file__).parents[1] / "docs"
# What Sphinx writes beside the pages is not ours.
BUILT = {"generated", "auto_examples", "_build"}
PAGES = sorted(path for path in DOCS.rglob("*.rst") if not BUILT & set(path.parts))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_nothing_is_left_to_fill_in(page):
    assert not re.search(r"@@|TODO|XXX", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_lines_fit_an_editor(page):
    assert [line for line in page.read_text().splitlines() if len(line) > 125] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_pictures_and_pages_exist(page):
    text = page.read_text()
    for picture in re.findall(r"\.\. (?:image|figure):: ([^/\s]\S*)", text):
        assert (page.parent / picture).exists()
    (listed,) = re.findall(r"\.\. toctree::\n(?: +:.*\n)*\n((?: +\S+\n)+)", text) or [""]
    for name in listed.split():
        assert (page.parent / f"{name}.rst").exists() or "auto_examples" in name


EXAMPLES = {path.stem for path in (DOCS.parent / "examples").glob("plot_*.py")}
CHAPTERS = [page for page in PAGES if page.parent.name == "user_guide" and page.stem != "index"]
# About files and programs, of which there is nothing to see.
WITHOUT_EXAMPLES = {"persistence", "scaling_out", "serving"}


def examples_in(page):
    """The examples that a page links to, or whose figures it shows."""
    return set(
        re.findall(r"sphx_glr_(?:auto_examples_)?(plot_\w+?)(?:_\d{3}\.png|\.py)", page.read_text())
    )


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.stem)
def test_chapters_show_examples(chapter):
    assert examples_in(chapter) <= EXAMPLES
    assert bool(examples_in(chapter)) == (chapter.stem not in WITHOUT_EXAMPLES)


def test_each_example_is_shown_in_a_chapter():
    assert EXAMPLES - set().union(*map(examples_in, CHAPTERS)) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_figures_are_described(page):
    text = page.read_text()
    for options in re.findall(r"\.\. (?:image|figure):: .*\n((?: +:.*\n)*)", text):
        assert ":alt: " in options


NAMED_TESTS = re.findall(r"`(test_\w+\.py)::([\w:]+)`", (DOCS / "reliability.rst").read_text())


def test_reliability_is_shown_by_tests():
    """Each guarantee names one, in full."""
    text = (DOCS / "reliability.rst").read_text()
    assert len(NAMED_TESTS) == text.count("::test_")
    guarantees = re.findall(r"^- .*\n(?:  .*\n)*", text, flags=re.MULTILINE)
    assert len(guarantees) > 20
    assert [it for it in guarantees if "::test_" not in it] == []


@pytest.mark.parametrize(("file", "name"), NAMED_TESTS)
def test_named_tests_exist(file, name):
    body = ast.parse((Path(__file__).parent / file).read_text()).body
    *classes, function = name.split("::")
    for each in classes:
        (body,) = (it.body for it in body if isinstance(it, ast.ClassDef) and it.name == each)
    assert function in {it.name for it in body if isinstance(it, ast.FunctionDef)}


FIGURES = sorted((DOCS / "figures").iterdir())
QUOTED = r"(?:LogisticRegression|small tutorial CNN|epochs=1|default|strong)\b.*? (\d\d\.\d+)"


@pytest.mark.parametrize("style", ["light", "dark"])
def test_first_page_shows_what_was_measured(style):
    accuracy = re.findall(QUOTED, (DOCS / "figures" / "accuracy.txt").read_text().split("\n", 1)[1])
    wrong = sorted((f"{100 - float(it):.2f}" for it in accuracy), reverse=True)
    # Matplotlib writes beside each text what it says.
    picture = (DOCS / "images" / f"comparison-{style}.svg").read_text()
    assert re.findall(r"<!-- (\d+\.\d\d) -->", picture) == wrong
    described = rf":alt: Wrong test images of MNIST, from {wrong[0]} % .* to {wrong[-1]} % "
    for page in ("index.rst", "user_guide/accuracy.rst"):
        assert re.search(described, (DOCS / page).read_text())


SCRIPTS = {path.name: path.read_text() for path in (DOCS.parent / "benchmarks").glob("*.py")}


def test_pages_include_the_figures_that_exist():
    included = [
        (page.parent / file).resolve()
        for page in PAGES
        for file in re.findall(r"\.\. literalinclude:: (\S+\.txt)", page.read_text())
    ]
    assert sorted(included) == FIGURES


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.stem)
def test_figures_tell_their_command_and_machine(figure):
    command, *_ = figure.read_text().splitlines()
    *_, machine = figure.read_text().split("\n\n")
    (script,) = re.findall(
        rf"^\$ (?:\w+=\S+ )*python benchmarks/(\w+\.py) .*--write docs/figures/{figure.name}$",
        command,
    )
    assert "written_to(arguments.write)" in SCRIPTS[script]
    assert re.match(r"\d+ processors? with", machine)


def test_what_a_benchmark_prints_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(DOCS.parent / "benchmarks")
    from figures import WRITING, written_to

    file = tmp_path / "figures" / "speed.txt"
    monkeypatch.setattr(sys, "argv", ["benchmarks/speed.py", "--write", str(file)])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    with written_to(WRITING.parse_args().write):
        print("network  seconds\nMLP            3\n", flush=True)
    assert capsys.readouterr().out == "network  seconds\nMLP            3\n\n"
    command, *table, blank, machine, versions = file.read_text().splitlines()
    assert command == f"$ OMP_NUM_THREADS=1 python benchmarks/speed.py --write {file}"
    assert table == ["network  seconds", "MLP            3"]
    assert blank == ""
    assert re.match(r"\d+ processors? with \w+", machine)
    assert f"skdigits {skdigits.__version__}, " in versions

    with pytest.raises(ZeroDivisionError), written_to(file):
        print(1 / 0)
    assert "MLP" in file.read_text(), "a run that fails leaves the file as it was"


TITLES = re.findall(r"^`.+`$", (DOCS / "troubleshooting.rst").read_text(), flags=re.MULTILINE)
MESSAGES = [
    message.removeprefix("skdigits: ")  # The command line says who speaks.
    for title in TITLES
    for message in re.findall(r"`([^`]+)`", title)
]
OF_OTHERS = ("A worker stopped", "X has 784 features", "I0000", "Can't pickle")


def texts_in(path):
    """What is always the same in the texts of a module, with a line break for what is not."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield "".join(getattr(part, "value", "\n") if isinstance(part, ast.Constant) else "\n"
                          for part in node.values)  # fmt: skip
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def texts():
    modules = Path(skdigits.__file__).parent.rglob("*.py")
    return "\n".join(text for path in modules for text in texts_in(path))


@pytest.mark.parametrize("message", [it for it in MESSAGES if not it.startswith(OF_OTHERS)])
def test_errors_to_be_shot_are_raised(message, texts):
    # Words without numbers, which the package fills in.
    runs = [run.split() for run in re.split(r"\S*\d\S*|\.\.\.", message)]
    longest = max(runs, key=len)
    parts = [" ".join(longest[i : i + 4]) for i in range(max(1, len(longest) - 3))]
    assert any(part in texts for part in parts), "no such words in the package"
