"""Draw the README's picture: digits as a classifier reads them, and how it was trained.

    python docs/make_readme_picture.py

It needs the extras cpu and plot, and takes about ten seconds.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay, TrainingCurveDisplay

PICTURE = Path(__file__).parent / "images" / "readme.png"


def main() -> None:
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    network = KerasDigitClassifier(epochs=15, early_stopping=True, random_state=0)
    classifier = make_pipeline(PixelScaler(), network).fit(X_train, y_train)

    is_right = classifier.predict(X_test) == y_test
    # A stable sort: mistakes to the front, and all else in its order.
    shown = np.argsort(is_right, kind="stable")[:15]

    figure, (digits, curve) = plt.subplots(
        ncols=2, figsize=(11.4, 4.2), width_ratios=[2.4, 1], layout="constrained"
    )
    DigitsDisplay.from_estimator(classifier, X_test[shown], y_test[shown], n_columns=5, ax=digits)
    digits.set_title(f"{np.mean(is_right):.1%} of {len(y_test)} test images read correctly")
    TrainingCurveDisplay.from_estimator(classifier, panels=["accuracy"], axes=[curve])
    figure.savefig(PICTURE, dpi=110, facecolor="white")


if __name__ == "__main__":
    main()
