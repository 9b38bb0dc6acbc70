"""The command `skdigits info`."""

import json
import subprocess
import sys

import pytest
from saved_files import saved, unzipped, zipped
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import PixelScaler
from skdigits.__main__ import main
from skdigits.persistence import save_estimator

pytest.importorskip("skops.io")


def info(estimator, path):
    save_estimator(estimator, path / "digits.skops")
    return main(["info", str(path / "digits.skops")])


def printed(capsys):
    lines = capsys.readouterr().out.splitlines()
    return {line[:12].strip(): line[13:] for line in lines}


def test_says_what_a_file_is(X, y, tmp_path, capsys):
    pipeline = make_pipeline(PixelScaler(), small().fit(X, y))
    assert info(pipeline, tmp_path) == 0
    told = printed(capsys)
    assert told["estimator"].startswith("Pipeline(steps=[('pixelscaler', PixelScaler())")
    assert told["architecture"] == "MLP(hidden_layer_sizes=(16,))"
    assert told["weights"] == "1,210, float32"
    assert told["images"] == "8 x 8 pixels, 1 channel"
    assert told["classes"] == "10: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    history = pipeline[-1].history_
    assert told["training"].startswith("2 epochs in ")
    assert (
        f"loss {history['loss'][-1]:.4g}, accuracy {history['accuracy'][-1]:.4g}"
        in told["training"]
    )
    assert "scikit-learn 1." in told["written by"]
    assert told["size"] == f"{(tmp_path / 'digits.skops').stat().st_size:,} bytes"


def test_says_which_network_a_search_chose(X, y, tmp_path, capsys):
    search = GridSearchCV(small(), {"architecture__hidden_layer_sizes": [(7,)]}, cv=2)
    assert info(search.fit(X, y), tmp_path) == 0
    assert printed(capsys)["architecture"] == "MLP(hidden_layer_sizes=(7,))"


def test_tells_of_every_member_of_an_ensemble_once(X, y, tmp_path, capsys):
    members = [("a", small()), ("b", small(random_state=1))]
    assert info(VotingClassifier(members).fit(X, y), tmp_path) == 0
    assert capsys.readouterr().out.count("architecture MLP") == 2


def test_says_that_nothing_is_fitted(tmp_path, capsys):
    assert info(small(), tmp_path) == 0
    assert printed(capsys)["fitted"] == "no KerasDigitClassifier"


def test_imports_no_backend(X, y, tmp_path):
    """Only what skops imports: scikit-learn finds its estimators by importing all it has."""
    save_estimator(small().fit(X, y), tmp_path / "digits.skops")
    code = (
        "import sys; import skops.io; before = set(sys.modules); "
        "from skdigits.__main__ import main; main(['info', sys.argv[1]]); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules); "
        "assert not {'torch', 'jax'} & (set(sys.modules) - before)"
    )
    command = [sys.executable, "-c", code, tmp_path / "digits.skops"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_what_cannot_be_opened_is_named(tmp_path, capsys):
    assert main(["info", str(tmp_path / "nothing.skops")]) == 1
    assert capsys.readouterr().err == (
        f"skdigits: error: no such file: {tmp_path / 'nothing.skops'}\n"
    )
    assert main(["info", str(tmp_path)]) == 1
    assert "expected a file, got the folder" in capsys.readouterr().err


def test_other_files_are_told_apart_from_missing_ones(tmp_path, capsys):
    (tmp_path / "page.jpg").write_bytes(b"\xff\xd8")
    assert main(["info", str(tmp_path / "page.jpg")]) == 1
    error = capsys.readouterr().err
    assert "it is damaged, or was not written by save_estimator" in error
    assert "no such file" not in error


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive" * 1000])
def test_damaged_files_are_told_in_a_line(content, tmp_path, capsys):
    (tmp_path / "digits.skops").write_bytes(content)
    assert main(["info", str(tmp_path / "digits.skops")]) == 1
    error = capsys.readouterr().err
    assert "damaged" in error
    assert len(error.splitlines()) == 1


def test_terminals_are_told_nothing_but_text(X, y, tmp_path, capsys):
    members = unzipped(saved(small().fit(X, y)))
    information = json.loads(members["skdigits.json"])
    information["versions"]["skdigits"] = "\x1b[2J\x07" + 1000 * "a"
    (tmp_path / "digits.skops").write_bytes(
        zipped({**members, "skdigits.json": json.dumps(information)})
    )
    main(["info", str(tmp_path / "digits.skops")])
    out = capsys.readouterr().out
    assert out.replace("\n", "").isprintable()
    assert max(map(len, out.splitlines())) < 400
