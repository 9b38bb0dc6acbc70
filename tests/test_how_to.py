"""The how-to guides: complete, and their JavaScript runs on the files that they write."""

import json
import re
import shutil
import subprocess
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pytest

from skdigits.export import to_onnx
from skdigits.reading import load_reader

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "how_to"
NODE = shutil.which("node")

# In the place of the package: checks that a file takes what it is given, and answers like one.
ORT = """
class Tensor {
  constructor(type, data, dims) { Object.assign(this, { type, data, dims }); }
}
const stub = {
  async run(feeds) {
    const { inputs, outputs } = EXPECTED;
    for (const [name, shape] of Object.entries(inputs)) {
      const { type, data, dims } = feeds[name];
      const size = dims.reduce((product, side) => product * side, 1);
      if (type !== "float32" || !(data instanceof Float32Array) || size !== data.length) throw type;
      if (JSON.stringify(dims.slice(1)) !== JSON.stringify(shape)) throw dims;
    }
    const answers = outputs.map((name) => [name, { data: Float32Array.of(0.1, 0.7, 0.2) }]);
    return Object.fromEntries(answers);
  },
};
const ort = { Tensor, InferenceSession: { create: async (name) => stub } };
"""


def test_every_page_is_listed():
    (listed,) = re.findall(r":maxdepth: 1\n\n((?: +\S+\n)+)", (PAGES / "index.rst").read_text())
    assert {*listed.split(), "index"} == {page.stem for page in PAGES.glob("*.rst")}


@pytest.mark.skipif(NODE is None, reason="needs Node")
def test_javascript_asks_the_file_for_what_it_has(tmp_path):
    onnx = pytest.importorskip("onnx")
    page = (PAGES / "phone_and_browser.rst").read_text()
    (block,) = re.findall(r"code-block:: javascript\n\n((?:    .*\n|\n)+)", page)
    program = textwrap.dedent(block).replace('import * as ort from "onnxruntime-web";', "")
    to_onnx(load_reader(), tmp_path / "digits.onnx")
    graph = onnx.load(tmp_path / "digits.onnx").graph
    expected = {
        "inputs": {
            it.name: [side.dim_value for side in it.type.tensor_type.shape.dim[1:]]
            for it in graph.input
        },
        "outputs": [it.name for it in graph.output],
    }
    pixels = np.zeros(784, int).tolist()
    script = tmp_path / "page.mjs"
    script.write_text(
        f"const EXPECTED = {json.dumps(expected)};\n{ORT}\n{program}\n"
        f"console.log(JSON.stringify(await classify({pixels})));"
    )
    finished = subprocess.run([NODE, script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout)
    assert answer["digit"] == 1
    assert answer["probability"] == pytest.approx(0.7)


TOOLS = (PAGES / "tools.rst").read_text()


def test_page_of_tools_shows_each_test_file():
    shown = re.findall(r"literalinclude:: (\S+)\n +:pyobject: (\w+)\n", TOOLS)
    files = {(PAGES / path).resolve() for path, _ in shown}
    assert files == set((ROOT / "tests" / "tools").glob("test_*.py"))
    for path, function in shown:
        assert f"\ndef {function}():\n" in (PAGES / path).read_text()


def test_page_of_tools_names_the_lowest_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    row = r"    - - (\S+)_\n      - .*\n      - ([\d.]+)"
    lowest = {name.lower(): version for name, version in re.findall(row, TOOLS)}
    for requirement in project["optional-dependencies"]["tools"]:
        name, version = requirement.split(">=")
        assert lowest[name].startswith(version)
