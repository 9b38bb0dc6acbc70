"""The command `skdigits export`."""

import sys

import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import PixelScaler
from skdigits.__main__ import main
from skdigits.export import to_html, to_onnx
from skdigits.persistence import save_estimator
from skdigits.reading._bundled import RECOGNIZER_FILE

pytest.importorskip("onnx")
pytest.importorskip("skops.io")


@pytest.fixture(scope="module")
def pipeline(X, y):
    return make_pipeline(PixelScaler(), small()).fit(X, y)


@pytest.fixture
def model(pipeline, tmp_path):
    save_estimator(pipeline, tmp_path / "model.skops")
    return str(tmp_path / "model.skops")


def test_an_onnx_file_is_that_of_the_function(model, pipeline, X, tmp_path, capsys):
    file = tmp_path / "digits.onnx"
    assert main(["export", model, str(file)]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    to_onnx(pipeline, tmp_path / "expected.onnx")
    assert file.read_bytes() == (tmp_path / "expected.onnx").read_bytes()
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(file)
    (found,) = session.run(None, {"images": X.reshape(-1, 8, 8, 1)})
    assert_allclose(found, pipeline.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["digits.html", "digits.HTM"])
def test_a_page_is_that_of_the_function(name, model, pipeline, tmp_path):
    assert main(["export", model, str(tmp_path / name)]) == 0
    to_html(pipeline, tmp_path / "expected.html")
    assert (tmp_path / name).read_bytes() == (tmp_path / "expected.html").read_bytes()


def test_files_are_overwritten_only_by_force(model, tmp_path, capsys):
    file = tmp_path / "digits.onnx"
    file.write_text("of mine")
    assert main(["export", model, str(file)]) == 1
    assert f"{file} exists: choose another name for OUTPUT, or use --force" in (
        capsys.readouterr().err
    )
    assert file.read_text() == "of mine"
    assert main(["export", model, str(file), "--force"]) == 0
    assert file.read_bytes() != b"of mine"


@pytest.mark.parametrize("name", ["digits.onnx", "digits.html"])
def test_an_error_leaves_the_file_as_it_was(name, X, y, tmp_path, capsys):
    saved = tmp_path / "logistic.skops"
    save_estimator(LogisticRegression().fit(X, y), saved)
    (tmp_path / name).write_text("of mine")
    assert main(["export", str(saved), str(tmp_path / name), "--force"]) == 1
    error = capsys.readouterr().err
    assert f"MODEL {saved} cannot be exported: Expected a KerasDigitClassifier" in error
    assert "got LogisticRegression()" in error
    assert (tmp_path / name).read_text() == "of mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["logistic.skops", name])


def test_recognizers_of_lines_are_named(tmp_path, capsys):
    assert main(["export", str(RECOGNIZER_FILE), str(tmp_path / "lines.onnx")]) == 1
    assert "Expected a KerasDigitClassifier" in capsys.readouterr().err


def test_unfitted_classifiers_are_named(tmp_path, capsys):
    save_estimator(small(), tmp_path / "model.skops")
    assert main(["export", str(tmp_path / "model.skops"), str(tmp_path / "it.onnx")]) == 1
    assert "cannot be exported: This KerasDigitClassifier instance is not fitted" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("digits.tflite", "OUTPUT: must end in .onnx, .html, .htm, got digits.tflite"),
        ("no/digits.onnx", "OUTPUT: no such folder: no"),
    ],
)
def test_other_outputs_are_refused(output, message, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        main(["export", model, output])
    assert f"argument {message}" in capsys.readouterr().err


def test_missing_models_are_named(tmp_path, capsys):
    missing = tmp_path / "no.skops"
    assert main(["export", str(missing), str(tmp_path / "digits.onnx")]) == 1
    assert capsys.readouterr().err == f"skdigits: error: no such file: {missing}\n"


def test_missing_packages_are_told_before_the_work(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert main(["export", model, str(tmp_path / "digits.onnx")]) == 1
    assert capsys.readouterr().err == (
        "skdigits: error: skdigits export needs onnx, which is not installed. "
        'Install it with: pip install "skdigits[onnx]"\n'
    )
    assert main(["export", model, str(tmp_path / "digits.html")]) == 0
