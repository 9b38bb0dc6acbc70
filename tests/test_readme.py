"""The README's code runs, its commands are those that are run, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from skdigits.__main__ import main
from skdigits.reading import DigitReader

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def code_blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_python_blocks_run_top_to_bottom(capsys):
    namespace = {"__name__": "readme"}
    for number, block in enumerate(code_blocks("python"), start=1):
        exec(compile(block, f"README.md, python block {number}", "exec"), namespace)
    printed = capsys.readouterr().out
    assert float(printed.splitlines()[0]) > 0.95
    assert "28266 read, 28266 written" in printed


def test_the_test_command_is_the_one_that_the_checks_run():
    commands = [line for block in code_blocks("bash") for line in block.splitlines()]
    test_commands = [line for line in commands if "pytest" in line]
    assert test_commands == ['pip install ".[cpu,test]" && pytest']

    # .ci/run takes the command from the README by this pattern, and runs no pytest of its own.
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"test_command=\$\(grep -E '(.*)' README\.md\)", script)
    assert re.findall(pattern, README, flags=re.MULTILINE) == test_commands
    lines = [line for line in script.splitlines() if not line.startswith("#")]
    assert sum("eval " in line for line in lines) == 1
    assert not any(re.match(r"(python -m )?pytest\b", line) for line in lines)


def test_the_main_command_needs_no_arguments():
    assert 'pip install ".[cpu]" && skdigits compare\n' in code_blocks("bash")
    for command in re.findall(r"skdigits (\w+)", "\n".join(code_blocks("bash"))):
        with pytest.raises(SystemExit, match=r"^0$"):
            main([command, "--help"])


def test_links_lead_to_files():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_photo_that_readme_names_is_read():
    """The picture on the first screen shows what was read on it."""
    (photo,) = re.findall(r"`skdigits read (docs\S+)`", README)
    assert DigitReader().read(ROOT / photo).lines == ["20735", "6148", "91603"]
