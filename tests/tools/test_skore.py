"""skore: reports of a network, and of two classifiers beside each other."""

import pytest

pytest.importorskip("skore")


def test_reports_hold_the_scores_of_cross_validation():
    import skore
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    from skdigits import KerasDigitClassifier, PixelScaler

    X, y = load_digits(return_X_y=True)
    candidates = {
        architecture: make_pipeline(
            PixelScaler(), KerasDigitClassifier(architecture, epochs=3, random_state=0)
        )
        for architecture in ("softmax", "mlp")
    }
    report = skore.evaluate(candidates["mlp"], X, y, splitter=3)
    comparison = skore.evaluate(candidates, X, y, splitter=3)

    scores = report.metrics.accuracy(aggregate=None).to_numpy().ravel()
    assert scores.tolist() == cross_val_score(candidates["mlp"], X, y, cv=3).tolist()
    accuracies = comparison.metrics.summarize().frame().loc["accuracy"]
    assert accuracies["mean_mlp"] == scores.mean() > accuracies["mean_softmax"]
    assert report.metrics.confusion_matrix().frame()["value"].sum() == len(y)
