"""Optuna: a study searches for the size of a network and its learning rate.

`OptunaSearchCV` and `KerasPruningCallback` are tested in `test_ecosystem.py` and
`test_keras_callbacks.py`.
"""

import pytest

pytest.importorskip("optuna")


def test_study_finds_a_network():
    import optuna
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_score

    from skdigits import KerasDigitClassifier
    from skdigits.architectures import MLP

    X, y = load_digits(return_X_y=True)

    def objective(trial):
        architecture = MLP((trial.suggest_int("units", 8, 64, log=True),))
        learning_rate = trial.suggest_float("learning_rate", 0.001, 0.1, log=True)
        classifier = KerasDigitClassifier(
            architecture, pixel_range=(0, 16), epochs=3, learning_rate=learning_rate, random_state=0
        )
        return cross_val_score(classifier, X, y, cv=3).mean()

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=10)

    assert study.best_value == max(trial.value for trial in study.trials) > 0.85
    assert study.best_params.keys() == {"units", "learning_rate"}
