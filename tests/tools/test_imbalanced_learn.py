"""imbalanced-learn: samplers in a pipeline draw more of the rare digits."""

import pytest

pytest.importorskip("imblearn")


def test_samplers_balance_rare_digits():
    from imblearn.datasets import make_imbalance
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.datasets import load_digits
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import train_test_split

    from skdigits import KerasDigitClassifier, PixelScaler

    X_train, X_test, y_train, y_test = train_test_split(
        *load_digits(return_X_y=True), random_state=0
    )
    X_train, y_train = make_imbalance(
        X_train, y_train, sampling_strategy={8: 10, 9: 10}, random_state=0
    )
    classifier = KerasDigitClassifier("mlp", epochs=10, random_state=0)

    def score(*samplers):
        pipeline = make_pipeline(PixelScaler(), *samplers, classifier).fit(X_train, y_train)
        return balanced_accuracy_score(y_test, pipeline.predict(X_test))

    assert score(RandomOverSampler(random_state=0)) > score() + 0.02
    assert score(SMOTE(random_state=0)) > score() + 0.02


def test_balanced_bagging_draws_as_many_of_each_digit(digits):
    from imblearn.ensemble import BalancedBaggingClassifier

    from skdigits import KerasDigitClassifier

    X, y = digits
    network = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=3, random_state=0)
    bagging = BalancedBaggingClassifier(network, n_estimators=3, random_state=0).fit(X, y)
    assert bagging.score(X, y) > 0.9
