import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import skdigits
from skdigits.__main__ import main
from skdigits.commands import _compare, _data
from skdigits.comparison import baseline_classifiers
from skdigits.preprocessing import PixelScaler

images, labels = load_digits().images[:300].astype(np.uint8), load_digits().target[:300]


@pytest.fixture
def npz(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez(path, X=images, y=labels)
    return str(path)


@pytest.fixture
def published_npz(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(
        path, x_train=images[:200], y_train=labels[:200], x_test=images[200:], y_test=labels[200:]
    )
    return str(path)


@pytest.fixture
def stand_in_network(monkeypatch):
    """A quick classifier in the place of KerasDigitClassifier; collects how it was built."""
    built = []

    def build(image_shape, epochs, random_state):
        built.append((image_shape, epochs, random_state))
        return baseline_classifiers()["k-nearest neighbours"]

    monkeypatch.setattr(_compare, "_build_network", build)
    return built


def compare(*arguments):
    return main(["compare", *arguments])


def error_line(capsys):
    """The one line of standard error that tells an error."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()[-1]


def test_compare_with_the_network(npz, capsys):
    assert compare("--data", npz, "--classifiers", "logistic", "keras", "--epochs", "2") == 0
    out = capsys.readouterr().out
    assert re.search(r"^logistic regression +\d\d\.\d\d ± .*baseline$", out, re.MULTILINE)
    assert re.search(r"^KerasDigitClassifier +\d?\d\.\d\d ± .*[-+]\d+\.\d\d ", out, re.MULTILINE)
    assert "5 folds of 240 training and 60 test images" in out


def test_network_is_built_as_told():
    scaler, network = _compare._build_network((8, 8), 3, 7)
    assert isinstance(scaler, PixelScaler)
    parameters = network.get_params()
    assert (parameters["image_shape"], parameters["epochs"]) == ((8, 8), 3)
    assert parameters["random_state"] == 7


def test_network_keeps_its_own_epochs_by_default():
    network = _compare._build_network((64,), None, 0)[-1]
    default = skdigits.KerasDigitClassifier()
    assert network.epochs == default.epochs
    assert network.image_shape == "auto"


def test_compares_all_with_logistic_regression_first(npz, stand_in_network, capsys):
    assert compare("--data", npz, "--cv", "2", "--epochs", "4", "--random-state", "5") == 0
    captured = capsys.readouterr()
    names = [*baseline_classifiers(), "KerasDigitClassifier"]
    assert [line.split("  ")[0] for line in captured.out.splitlines()[1:6]] == names
    assert stand_in_network == [((8, 8), 4, 5)]
    assert "Left out" not in captured.out
    for position, name in enumerate(names, start=1):
        assert f"[{position}/5] {name}\n" in captured.err


def test_every_baseline_can_be_named():
    assert set(_compare._CLASSIFIERS.values()) == {
        *baseline_classifiers(),
        "KerasDigitClassifier",
    }


def test_first_named_is_the_baseline(npz, capsys):
    assert compare("--data", npz, "--cv", "2", "--classifiers", "svc", "logistic") == 0
    table = capsys.readouterr().out.splitlines()
    assert table[1].startswith("RBF SVC ")
    assert table[1].endswith(" baseline")


def test_digits_are_the_default(capsys):
    assert compare("--n-rows", "200", "--classifiers", "knn") == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("digits: 200 images of 8 x 8 pixels, 10 classes\n")
    assert "5 folds of 160 training and 40 test images" in captured.out


def test_published_split_is_kept(published_npz, capsys):
    assert compare("--data", published_npz, "--classifiers", "knn") == 0
    assert "One split: 200 training and 100 test images" in capsys.readouterr().out


def test_folds_on_request_replace_the_published_split(published_npz, capsys):
    assert compare("--data", published_npz, "--classifiers", "knn", "--cv", "3") == 0
    assert "3 folds of 200 training and 100 test images" in capsys.readouterr().out


def test_drawn_rows_stay_on_their_side_of_the_split(published_npz):
    data = _data.load_data(published_npz)
    drawn = data.sample(120, random_state=0)
    assert len(drawn.images) == len(drawn.labels) == 120
    training = {image.tobytes() for image in data.images[:200]}
    assert all(image.tobytes() in training for image in drawn.images[: drawn.n_train])
    testing = {image.tobytes() for image in data.images[200:]}
    assert all(image.tobytes() in testing for image in drawn.images[drawn.n_train :])
    assert 60 < drawn.n_train < 100
    np.testing.assert_array_equal(drawn.images, data.sample(120, random_state=0).images)


def test_mnist_is_split_as_published(monkeypatch):
    def fetch_mnist(*, subset, return_X_y):
        assert (subset, return_X_y) == ("all", True)
        return np.zeros((70_000, 1), np.uint8), np.zeros(70_000, int)

    monkeypatch.setattr("skdigits.datasets.fetch_mnist", fetch_mnist)
    data = _data.load_data("mnist")
    ((train, test),) = _compare._choose_cv(data, None)
    assert (train[0], train[-1], test[0], test[-1]) == (0, 59_999, 60_000, 69_999)
    assert _compare._choose_cv(data, 4) == 4


def test_missing_mnist_names_the_variable_alone(monkeypatch, tmp_path, capsys):
    def refuse(name):
        raise OSError("no network")

    monkeypatch.setattr("skdigits.datasets._original_files._download", refuse)
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path))
    assert compare("--data", "mnist", "--classifiers", "knn") == 1
    line = error_line(capsys)
    assert line.endswith("name the folder around it in the environment variable SKDIGITS_DATA.")
    assert "data_home" not in line


def test_too_many_folds_name_the_options(npz, capsys):
    assert compare("--data", npz, "--n-rows", "5", "--classifiers", "knn") == 1
    line = error_line(capsys)
    assert line.startswith("skdigits: error: --cv 5 needs 5 images of a class")
    assert "--n-rows" in line


def test_many_images_leave_out_the_slow_classifiers(npz, stand_in_network, monkeypatch, capsys):
    monkeypatch.setattr(_compare, "_MANY_IMAGES", 299)
    assert compare("--data", npz, "--cv", "2") == 0
    out = capsys.readouterr().out
    assert "scikit-learn MLPClassifier  " in out
    assert "slow on this many images: k-nearest neighbours and RBF SVC." in out
    assert "--classifiers logistic knn svc mlp keras" in out


def test_missing_file_says_what_data_may_be(capsys):
    assert compare("--data", "mnits") == 1
    assert error_line(capsys) == (
        "skdigits: error: no such file: mnits (--data takes digits, mnist, FILE.npz, FILE.csv or a "
        "FOLDER of labelled pictures)"
    )


def test_error_names_the_classifier_in_one_line(tmp_path, capsys):
    np.savez(tmp_path / "it.npz", X=images[:10], y=np.zeros(10, int))
    assert compare("--data", str(tmp_path / "it.npz"), "--classifiers", "logistic") == 1
    line = error_line(capsys)
    assert line.startswith("skdigits: error: ")
    assert line.endswith("(raised by the classifier 'logistic regression')")


def test_interruption_is_no_traceback(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setitem(_data._LOADERS, "digits", interrupt)
    assert compare() == 130
    assert error_line(capsys) == "skdigits: interrupted: nothing was saved"


def test_warnings_take_one_line_and_are_restored(npz, monkeypatch, capsys):
    def build(random_state):
        warnings.warn("in\ntwo lines", UserWarning, stacklevel=2)
        return baseline_classifiers(random_state)

    monkeypatch.setattr("skdigits.comparison.baseline_classifiers", build)
    before = warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert compare("--data", npz, "--classifiers", "knn", "--cv", "2") == 0
    assert "skdigits: warning: in two lines\n" in capsys.readouterr().err
    assert warnings.showwarning is before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["compare", "--cv", "1"],
        ["compare", "--epochs", "0"],
        ["compare", "--n-jobs", "0"],
        ["compare", "--n-rows", "many"],
        ["compare", "--classifiers", "perceptron"],
        ["compare", "--classifiers"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: skdigits" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"skdigits {skdigits.__version__}\n"


def test_names_of_files_are_shown_and_not_obeyed(capsys):
    assert compare("--data", "\x1b[2Jdigits\n.npz") == 1
    assert "\\x1b[2Jdigits" in (line := error_line(capsys))
    assert line.isprintable()
    with pytest.raises(SystemExit, match="2"):
        compare("--plot", "\x1b[2J.doc")
    error = capsys.readouterr().err
    assert "got \\x1b[2J.doc" in error
    assert error.replace("\n", "").isprintable()


def run_program(*arguments, **options):
    program = [sys.executable, "-m", "skdigits", *map(str, arguments)]
    return subprocess.run(program, text=True, check=False, stderr=subprocess.PIPE, **options)


def test_missing_backend_is_told_before_the_work(npz, monkeypatch, capsys):
    def require_backend():
        raise ImportError("no backend: pip install one")

    monkeypatch.setattr("skdigits.programs._backend.require_backend", require_backend)
    monkeypatch.setattr(_compare, "load_chosen_data", lambda _: pytest.fail("too late"))
    for classifiers in ([], ["--classifiers", "knn", "keras"]):
        assert compare("--data", npz, *classifiers) == 1
        assert error_line(capsys) == "skdigits: error: no backend: pip install one"


def test_a_missing_file_is_told_before_a_backend_is_imported(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        "skdigits.programs._backend.require_backend", lambda: pytest.fail("too late")
    )
    for command in (["compare"], ["search", "--budget", "small"]):
        assert main([*command, "--data", str(tmp_path / "missing.npz")]) == 1
        assert error_line(capsys).startswith("skdigits: error: no such file: ")


def test_scikit_learns_classifiers_need_no_backend(npz, monkeypatch, capsys):
    monkeypatch.setattr(
        "skdigits.programs._backend.require_backend", lambda: pytest.fail("not needed")
    )
    assert compare("--data", npz, "--classifiers", "knn", "--cv", "2") == 0


def test_threads_are_granted_to_all(npz, monkeypatch, capsys):
    granted = []

    def build(image_shape, epochs, random_state):
        granted.append(os.environ["OMP_NUM_THREADS"])
        return baseline_classifiers()["k-nearest neighbours"]

    monkeypatch.setattr(_compare, "_build_network", build)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    for n_threads, note in (("1", "1 thread."), ("2", "2 threads.")):
        assert compare("--data", npz, "--classifiers", "keras", "--n-threads", n_threads) == 0
        assert f"Each fit and prediction ran on {note}" in capsys.readouterr().out
    assert granted == ["1", "2"]
    assert os.environ["OMP_NUM_THREADS"] == "7"


@pytest.mark.skipif(keras.config.backend() == "jax", reason="JAX does not tell its threads")
def test_networks_get_as_many_threads_as_others(npz):
    options = ["--classifiers", "knn", "keras", "--epochs", "1", "--cv", "2", "--n-jobs"]
    script = (
        "import sys; from skdigits.__main__ import main\n"
        "for n_jobs in '12': main(['compare', *sys.argv[1:], n_jobs])"
    )
    program = [sys.executable, "-c", script, "--data", npz, *options]
    finished = subprocess.run(program, capture_output=True, text=True, check=True)
    assert finished.stdout.count("Each fit and prediction ran on 1 thread.") == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_standard_output_is_an_error(npz, unbuffered):
    with open("/dev/full", "w") as full:
        finished = run_program(
            *("compare", "--data", npz, "--classifiers", "knn"),
            stdout=full,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert finished.returncode == 1
    assert "No space left on device" in finished.stderr.splitlines()[-1]
    assert "Traceback" not in finished.stderr
    assert "Exception ignored" not in finished.stderr


@pytest.mark.skipif(os.name != "posix", reason="closes a pipe of POSIX")
def test_standard_output_that_nobody_reads_is_an_error(npz):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        finished = run_program(
            *("compare", "--data", npz, "--classifiers", "knn"), stdout=writing, env=os.environ
        )
    finally:
        os.close(writing)
    assert finished.returncode == 1
    assert "Broken pipe" in finished.stderr.splitlines()[-1]
    assert "Traceback" not in finished.stderr
    assert "Exception ignored" not in finished.stderr


def test_characters_that_the_locale_lacks_are_escaped(npz, tmp_path):
    renamed = tmp_path / "números→.npz"
    renamed.write_bytes(Path(npz).read_bytes())
    finished = run_program(
        *("compare", "--data", str(renamed), "--classifiers", "knn", "logistic"),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert finished.returncode == 0
    assert r" \xb1 " in finished.stdout
    assert r"n\xfameros\u2192.npz" in finished.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_standard_error_ends_no_work(npz):
    program = [sys.executable, "-m", "skdigits", "compare", "--data", npz, "--classifiers", "knn"]
    with open("/dev/full", "w") as full:
        finished = subprocess.run(
            program, stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )
    assert finished.returncode == 0
    assert finished.stdout.startswith("classifier ")


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor of POSIX")
def test_closed_standard_error_ends_no_work(npz):
    command = f"{sys.executable} -m skdigits compare --data {npz} --classifiers knn 2>&-"
    finished = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=False)
    assert finished.returncode == 0
    assert finished.stdout.startswith("classifier ")


def test_module_runs_as_a_program():
    program = [sys.executable, "-m", "skdigits", "compare", "--data", "missing.npz"]
    finished = subprocess.run(program, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.startswith("skdigits: error: no such file: missing.npz")


def test_help_waits_for_no_other_package():
    script = (
        "import sys; from skdigits.__main__ import main\n"
        "try: main(['compare', '--help'])\n"
        "finally: assert not {'numpy', 'sklearn', 'keras', 'tensorflow'} & set(sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, b"")
