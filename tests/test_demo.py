"""``skdigits demo``."""

import pytest
from small_networks import small

from skdigits.__main__ import main
from skdigits.persistence import save_estimator


def test_writes_the_page_and_opens_it(tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    page = tmp_path / "digits.html"
    assert main(["demo", "--output", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert opened == [page.resolve().as_uri()]


def test_says_what_to_do_without_a_browser(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    page = tmp_path / "digits.html"
    assert main(["demo", "--output", str(page)]) == 0
    assert f"open {page.resolve().as_uri()} in one" in capsys.readouterr().err


def test_a_page_of_a_model_of_ones_own(X, y, tmp_path, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("opened"))
    save_estimator(small().fit(X, y), tmp_path / "model.skops")
    page = tmp_path / "page.html"
    command = ["demo", "--model", str(tmp_path / "model.skops"), "--output", str(page), "--no-open"]
    assert main(command) == 0
    assert "MLP(hidden_layer_sizes=(16,))" in page.read_text()
    assert main(command) != 0, "it exists"
    assert main([*command, "--force"]) == 0


def test_other_files_are_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["demo", "--output", str(tmp_path / "digits.png")])
    assert "must end in .html" in capsys.readouterr().err
