"""skrub: a table of pixels, and a search over what its columns go through."""

import pytest

pytest.importorskip("skrub")


def test_data_operations_hold_choices():
    import skrub
    from sklearn.datasets import load_digits

    from skdigits import KerasDigitClassifier, PixelScaler

    table, labels = load_digits(return_X_y=True, as_frame=True)
    X, y = skrub.X(table), skrub.y(labels)
    classifier = KerasDigitClassifier(
        "mlp",
        epochs=3,
        learning_rate=skrub.choose_from([0.001, 0.01], name="learning rate"),
        random_state=0,
    )
    predictions = X.skb.apply(PixelScaler()).skb.apply(classifier, y=y)
    search = predictions.skb.make_grid_search(fitted=True, cv=3)

    assert search.results_["learning rate"].tolist() == [0.01, 0.001]
    assert search.best_score_ > 0.85
    assert (search.best_learner_.predict({"X": table}) == labels).mean() > 0.85


def test_tabular_pipeline_ends_in_a_network():
    import skrub
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_score

    from skdigits import KerasDigitClassifier

    table, labels = load_digits(return_X_y=True, as_frame=True)
    pipeline = skrub.tabular_pipeline(KerasDigitClassifier("mlp", epochs=3, random_state=0))
    assert cross_val_score(pipeline, table, labels, cv=3).min() > 0.85
