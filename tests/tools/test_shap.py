"""SHAP: shares of the pixels in a probability, which sum to it."""

import pytest

pytest.importorskip("shap")

pytestmark = [
    # SHAP 0.51 changes its colour maps after they are made, which Matplotlib 3.11 deprecates.
    pytest.mark.filterwarnings("ignore:The set_.* function will be:PendingDeprecationWarning"),
    # It warns of every TensorFlow since 2.4, and gives networks of one input a list.
    pytest.mark.filterwarnings("ignore:Your TensorFlow version is newer than 2.4:UserWarning"),
    pytest.mark.filterwarnings("ignore:The structure of `inputs` doesn't match:UserWarning"),
]


def test_shares_of_the_pixels_sum_to_the_probability():
    import numpy as np
    import shap
    from sklearn.datasets import load_digits

    from skdigits import KerasDigitClassifier

    X, y = load_digits(return_X_y=True)
    images = X.reshape(-1, 8, 8, 1)
    classifier = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=3, random_state=0)
    classifier.fit(images, y)

    blank = np.zeros((8, 8, 1))
    masker = shap.maskers.Image(blank, blank.shape)
    explainer = shap.Explainer(classifier.predict_proba, masker)
    explanation = explainer(images[:3], max_evals=300)
    shap.plots.image(explanation[..., :3], show=False)

    sums = explanation.base_values + explanation.values.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(sums, classifier.predict_proba(images[:3]), atol=1e-6)
    np.testing.assert_allclose(explanation.base_values[0], classifier.predict_proba(blank[None])[0])


def test_deep_explainer_takes_the_keras_network():
    import numpy as np
    import shap
    from sklearn.datasets import load_digits

    from skdigits import KerasDigitClassifier
    from skdigits.architectures import LeNet5

    X, y = load_digits(return_X_y=True)
    images = (X / 16).reshape(-1, 8, 8, 1).astype("float32")
    classifier = KerasDigitClassifier(LeNet5(), epochs=1, random_state=0).fit(images, y)
    network = classifier.to_keras()

    background = images[:50]
    shares = shap.DeepExplainer(network, background).shap_values(images[-3:])

    differences = network(images[-3:]) - np.mean(network(background), axis=0)
    np.testing.assert_allclose(shares.sum(axis=(1, 2, 3)), differences, atol=1e-5)
