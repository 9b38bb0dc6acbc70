"""Write the file of the current format that later versions must read; run once per format."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits._classifier._fitted_state import FORMAT
from skdigits.architectures import MLP
from skdigits.augmentation import RandomAffine
from skdigits.persistence import save_estimator


def main() -> None:
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    classifier = KerasDigitClassifier(
        MLP((8,)), epochs=3, augmentation=RandomAffine(), random_state=0
    )
    pipeline = make_pipeline(PixelScaler(), classifier).fit(X, y)
    classifier.partial_fit(X, y)
    path = Path(__file__).parent / f"format_{FORMAT}.skops"
    save_estimator(pipeline, path)
    np.save(path.with_suffix(".npy"), pipeline.predict_proba(X[:60]))


if __name__ == "__main__":  # Doctests import every module.
    main()
