"""Recipes: classifiers with an architecture and training parameters that belong together.

The accuracy of each recipe on MNIST, with its spread and its time, is in the :ref:`user guide
<accuracy>`.
"""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.utils import check_random_state

from skdigits._classifier import KerasDigitClassifier
from skdigits.architectures import ConvNet, DeepConvNet
from skdigits.augmentation import (
    RandomAffine,
    RandomContrast,
    RandomFilter,
    RandomNoise,
    RandomPatch,
)

__all__ = ["make_classifier"]


_Single = Literal[
    "few", "reader", "robust", "small-images", "small-tutorial-cnn", "strong", "tutorial-cnn"
]

# As in the tutorials.
_PLAIN: dict[str, Any] = {"kernel_size": 3, "padding": "valid", "normalization": None}
_STEADY: dict[str, Any] = {"learning_rate": 0.001, "learning_rate_schedule": "constant"}

_STRONG = KerasDigitClassifier(
    DeepConvNet(((32,), (64, 64), (128, 128)), padding=("valid", "valid", "same")),
    epochs=12,
    batch_size=128,
    optimizer="adamw",
    learning_rate=0.005,
    label_smoothing=0.05,
    temperature=1.9,
    augmentation=RandomAffine(),
)

RECIPES: dict[str, KerasDigitClassifier | VotingClassifier] = {
    "ensemble": VotingClassifier([(f"strong_{i}", _STRONG) for i in (1, 2, 3)], voting="soft"),
    "few": KerasDigitClassifier(
        DeepConvNet(((16,), (24, 24), (48, 48))),
        batch_size=64,
        optimizer="adamw",
        learning_rate=0.005,
        label_smoothing=0.05,
        augmentation=RandomAffine(0.3, zoom=0.2, shear=0.3, shift=0.1),
    ),
    "reader": KerasDigitClassifier(
        DeepConvNet(((32,), (48, 48), (96, 96)), kernel_size=(5, 3), dropout=0.3),
        epochs=8,
        batch_size=128,
        optimizer="adamw",
        learning_rate=0.005,
        augmentation=RandomAffine(0.12, zoom=0.12, shear=0.12, shift=0.08),
    ),
    "robust": KerasDigitClassifier(
        DeepConvNet(((32,), (48, 48), (96, 96))),
        epochs=12,
        batch_size=128,
        optimizer="adamw",
        learning_rate=0.005,
        augmentation=[
            RandomAffine(0.35, zoom=0.4, shear=0.3, shift=0.12),
            RandomFilter(),
            RandomPatch(0.8, breadth=0.8),
            RandomPatch(0.8, breadth=0.8),
            RandomPatch(1.0, breadth=0.12),
            RandomPatch(1.0, breadth=0.12),
            RandomNoise(0.5, grain_size=7),
            RandomContrast(),
            RandomNoise(0.6),
        ],
    ),
    "small-images": KerasDigitClassifier(
        ConvNet((32, 64), kernel_size=3, pool_dropout=0.2, dropout=0.5),
        epochs=60,
        batch_size=64,
        augmentation=RandomAffine(0.1, zoom=0.05, shear=0.1, shift=0.05),
    ),
    "small-tutorial-cnn": KerasDigitClassifier(
        ConvNet([32], **_PLAIN, hidden_layer_sizes=(128,), dropout=0.0),
        epochs=5,
        batch_size=32,
        **_STEADY,
    ),
    "strong": _STRONG,
    "tutorial-cnn": KerasDigitClassifier(
        ConvNet([(32, 64)], **_PLAIN, pool_dropout=0.25, dropout=0.5),
        epochs=4,
        batch_size=128,
        **_STEADY,
    ),
}


@overload
def make_classifier(
    recipe: Literal["ensemble"], *, random_state: int | np.random.RandomState | None = None
) -> VotingClassifier: ...


@overload
def make_classifier(
    recipe: _Single, *, random_state: int | np.random.RandomState | None = None
) -> KerasDigitClassifier: ...


@overload
def make_classifier(
    recipe: str, *, random_state: int | np.random.RandomState | None = None
) -> KerasDigitClassifier | VotingClassifier: ...


def make_classifier(
    recipe: str, *, random_state: int | np.random.RandomState | None = None
) -> KerasDigitClassifier | VotingClassifier:
    """Set up a classifier by the name of a recipe.

    Parameters
    ----------
    recipe : {"ensemble", "few", "reader", "robust", "small-images", "small-tutorial-cnn", \
            "strong", "tutorial-cnn"}
        Name of the recipe.

        - "small-tutorial-cnn" is the first convolutional network of most tutorials: 32 filters of
          3x3 pixels, pooling, 128 neurons; Adam at 0.001, batches of 32, 5 epochs.
        - "tutorial-cnn" is the second network of most tutorials: 32 and 64 filters, pooling, 256
          neurons, dropout of 0.25 and 0.5; Adam at 0.001, batches of 128, 4 epochs.
        - "strong" is a `DeepConvNet` for images with a margin, trained on images distorted by
          `RandomAffine`, with AdamW, 12 epochs, and label smoothing whose underconfidence its
          temperature makes up for.
        - "ensemble" is a soft vote of three "strong" networks, as a
          :class:`~sklearn.ensemble.VotingClassifier`. They share their compiled programs.
        - "robust" is a `DeepConvNet` that also reads noisy, blurred, faint, tilted and crossed out
          digits: it is trained on images distorted in many general ways, see the :ref:`user guide
          <augmentation>`; 12 epochs.
        - "reader" is the network of :func:`skdigits.reading.load_reader`: a `DeepConvNet` for many
          handwriting styles, to be trained on MNIST and on images of :mod:`skdigits.handwriting`,
          three times as many images as MNIST has; 8 epochs, and no label smoothing, which would
          make the probabilities less informative.
        - "few" is for a hundred to ten thousand images of MNIST's size: a `DeepConvNet` of half the
          width, trained on strongly distorted images. `epochs` is "auto", which is quick; for a
          higher accuracy, train it on 200,000 images in all: `epochs=200_000 // len(X)`.
        - "small-images" is for a few thousand images of 8x8 pixels such as scikit-learn's
          `load_digits`: a `ConvNet` with dropout and slight distortions, 60 epochs.
    random_state : int, RandomState instance or None, default=None
        The classifier's `random_state`. The members of an ensemble get integers drawn from it.

    Returns
    -------
    classifier : KerasDigitClassifier, or VotingClassifier for "ensemble"
        The unfitted classifier. You can change it with `set_params`; parameters of the members of
        the ensemble are named like `strong_1__epochs`.

    Raises
    ------
    ValueError
        If there is no recipe with this name.

    Examples
    --------
    >>> from skdigits.recipes import make_classifier
    >>> make_classifier("strong", random_state=0).epochs
    12
    """
    if recipe not in RECIPES:
        raise ValueError(f"recipe must be one of {sorted(RECIPES)}, got {recipe!r}.")
    classifier: KerasDigitClassifier | VotingClassifier = clone(RECIPES[recipe])
    if isinstance(classifier, KerasDigitClassifier):
        return classifier.set_params(random_state=random_state)
    if random_state is not None:
        generator = check_random_state(random_state)
        for _, member in classifier.estimators:
            member.set_params(random_state=generator.randint(np.iinfo(np.int32).max))
    return classifier
