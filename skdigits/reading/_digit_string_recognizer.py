"""DigitStringRecognizer: an estimator that predicts strings of digits from pictures of lines."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from skdigits._caller import is_called_by_user, stacklevel_of_caller
from skdigits._private_names import Interval, _fit_context
from skdigits._skdigits_estimator import Expected, SkdigitsEstimator, is_count
from skdigits.architectures import Network
from skdigits.handwriting._line_texts import as_texts
from skdigits.ink.pictures import LONGEST_LINE, as_greys, require_images
from skdigits.reading._labelled_lines import LabelledLines
from skdigits.reading._line_batches import LineBatches
from skdigits.reading._line_network import line_network
from skdigits.reading._line_training import Settings, Trained, train
from skdigits.reading._recognizer_state import STORED_ATTRIBUTES, pack, rounded, unpack
from skdigits.reading._transcript import Transcript, seen_lines

_LARGEST_SEED = np.iinfo(np.int32).max


class DigitStringRecognizer(SkdigitsEstimator):
    """Predict strings of digits from pictures of lines, without segmentation.

    A convolutional network computes the probability of each character, and of none, in each frame
    of two pixels in width. The probability of a string is the sum over all alignments of its
    characters with the frames (connectionist temporal classification). Pictures may have any size:
    they are scaled to a height of 32 pixels and a width of at most 4,096, and normalised to be
    independent of light, contrast and polarity. Read more in the :ref:`User Guide <lines>`.

    Parameters
    ----------
    filters : tuple of int, default=(24, 32, 48, 64, 80, 96, 104)
        Number of filters of each of six convolutions, and of those along the line.
    dropout : float, default=0.1
        Fraction of the inputs of the last layers to drop during training, in [0, 1).
    epochs : int, default=3
        Number of passes over the lines.
    batch_size : int, default=96
        Largest number of lines per update.
    learning_rate : float, default=0.003
        Peak of the learning rate of AdamW, which rises in the first quarter of the training, then
        falls towards zero.
    weight_decay : float, default=0.01
        Decoupled decay of the kernels, as a fraction of a weight per unit of learning rate.
    checkpoint : str, path-like or None, default=None
        File in which the progress of training is saved every minute. A :meth:`fit` with the same
        lines, the same parameters and an int as `random_state` continues from there and ends with
        the same weights. The file is not deleted.
    warm_start : bool, default=False
        Whether :meth:`fit` starts from the weights of the previous fit, to train on further lines.
    verbose : int, default=0
        Whether to print the progress of training, with an estimate of the time left.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order and the contrasts of the lines, and dropout.

    Attributes
    ----------
    characters_ : ndarray of shape (n_characters,)
        The characters seen during :term:`fit`, sorted.
    weights_ : tuple of ndarray
        Weights of the network, rounded to half precision.
    history_ : dict of str to list of float
        "loss" of each epoch; with validation lines also "val_score", which is NaN for an epoch that
        ran without them before an interruption.
    n_iter_ : int
        Number of epochs run.

    See Also
    --------
    DigitReader : Finds the lines on a photo, and reads them.
    skdigits.handwriting.make_lines : Writes lines for training.

    Notes
    -----
    Requires Pillow: ``pip install "skdigits[images]"``. Training requires a Keras backend, of
    which TensorFlow is by far the fastest, prediction only NumPy.

    References
    ----------
    Graves, Fernandez, Gomez and Schmidhuber (2006). Connectionist temporal classification. ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import DigitStringRecognizer
    >>> line = np.full((40, 60), 255, np.uint8)
    >>> line[5:35, 14:18] = line[5:35, 40:44] = 0
    >>> recognizer = DigitStringRecognizer(
    ...     (4, 4, 4, 4, 4, 4, 8), dropout=0, epochs=100, batch_size=8, learning_rate=0.01, random_state=0
    ... )
    >>> recognizer.fit([line, line[:, :30]] * 8, ["11", "1"] * 8).predict([line])
    array(['11'], dtype='<U2')
    """  # noqa: E501

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "filters": [tuple, list],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "checkpoint": [str, os.PathLike, None],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }
    _stored_attributes: ClassVar[Mapping[str, Expected]] = STORED_ATTRIBUTES

    characters_: NDArray[np.str_]
    weights_: tuple[NDArray[np.float32], ...]
    history_: dict[str, list[float]]
    n_iter_: int

    def __init__(
        self,
        filters: Sequence[int] = (24, 32, 48, 64, 80, 96, 104),
        *,
        dropout: float = 0.1,
        epochs: int = 3,
        batch_size: int = 96,
        learning_rate: float = 0.003,
        weight_decay: float = 0.01,
        checkpoint: str | os.PathLike[str] | None = None,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.filters = filters
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.checkpoint = checkpoint
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        images: Iterable[Any],
        texts: ArrayLike,
        images_val: Iterable[Any] | None = None,
        texts_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network on pictures of lines and their texts.

        Parameters
        ----------
        images : sequence of str, path-like, PIL.Image.Image or ndarray
            Pictures of one line each, of any size: files, images, or arrays of shape (height,
            width), (height, width, 3) or (height, width, 4).
        texts : array-like of str of shape (n_lines,)
            Their texts: digits, and possibly other characters.
        images_val : sequence or None, default=None
            Validation pictures, on which the score is computed after each epoch.
        texts_val : array-like of str or None, default=None
            Texts of the validation pictures.

        Returns
        -------
        self : object
            The fitted recognizer.

        Raises
        ------
        ValueError
            If a parameter or a picture is invalid, there are no lines or no characters, the texts
            are not strings, `checkpoint` is of another training, or training diverges. With
            `warm_start`, also if `filters` is another, or a text has a new character.

        Warns
        -----
        ConvergenceWarning
            If Ctrl-C interrupts the training; the current weights are kept.
        """
        require_images(type(self).__name__)
        if (images_val is None) != (texts_val is None):
            raise ValueError("images_val and texts_val must be passed together, got one of them.")
        lines, validation = LabelledLines.of(images, texts), None
        if images_val is not None and texts_val is not None:
            validation = LabelledLines.of(images_val, texts_val, "_val")
        random = check_random_state(self.random_state)
        seed = int(random.randint(_LARGEST_SEED))
        characters, network, weights = self._begin(lines.characters, random)
        batches = LineBatches(lines.pictures, lines.labels(characters), self.batch_size, seed)
        del lines
        settings = Settings(self.epochs, self.learning_rate, self.weight_decay, seed)

        def score(weights: Sequence[NDArray[np.float32]]) -> float:
            if validation is None:
                return np.nan
            score = validation.score(network, weights, characters)
            if self.verbose:
                n_lines = len(validation.pictures)
                print(f"score on {n_lines:,} validation lines: {score:.2%}", flush=True)
            return score

        trained = train(
            network,
            weights,
            batches,
            settings,
            checkpoint=self.checkpoint,
            report=partial(print, flush=True) if self.verbose else None,
            score=score,
        )
        self._keep(trained, characters, is_scored=validation is not None)
        return self

    def _begin(
        self, characters: NDArray[np.str_], random: np.random.RandomState
    ) -> tuple[NDArray[np.str_], Network, list[NDArray[np.float32]]]:
        """Determine the characters, the network and the initial weights."""
        if not len(characters):
            raise ValueError("texts must contain at least one character, got only empty strings.")
        continues = self.warm_start and hasattr(self, "weights_")
        if continues:
            unknown = sorted(set(characters.tolist()) - set(self.characters_.tolist()))
            if unknown:
                raise ValueError(
                    f"texts must contain only {''.join(self.characters_)!r} with warm_start=True, "
                    f"got the characters {unknown}. Set warm_start=False to learn others."
                )
            characters = self.characters_
        network = line_network(self.filters, len(characters), self.dropout)
        if not continues:
            return characters, network, list(network.draw_weights(random))
        if [it.shape for it in network.weights] != [it.shape for it in self.weights_]:
            raise ValueError(
                "filters must stay those of the previous fit with warm_start=True, got "
                f"{self.filters!r}. Set warm_start=False to train another network."
            )
        return characters, network, list(self.weights_)

    def _keep(self, trained: Trained, characters: NDArray[np.str_], *, is_scored: bool) -> None:
        if not trained.is_whole and not is_called_by_user():
            raise KeyboardInterrupt
        scores = {"val_score": trained.scores} if is_scored else {}
        # All at once: another interrupt may come.
        self.__dict__.update(
            characters_=characters,
            weights_=tuple(map(rounded, trained.weights)),
            history_={"loss": trained.losses, **scores},
            n_iter_=len(trained.losses),
        )
        if not trained.is_whole:
            warnings.warn(
                f"Training was interrupted in epoch {max(1, self.n_iter_)} of {self.epochs}; the "
                "current weights are kept.",
                ConvergenceWarning,
                stacklevel=stacklevel_of_caller(),
            )

    def predict(self, images: Iterable[Any]) -> NDArray[np.str_]:
        """Predict the most probable string of each picture.

        Parameters
        ----------
        images : sequence of str, path-like, PIL.Image.Image or ndarray
            Pictures of one line each, as in :meth:`fit`.

        Returns
        -------
        texts : ndarray of str of shape (n_lines,)
            The strings; "" for a picture without characters.

        Raises
        ------
        NotFittedError
            If the recognizer is not fitted.
        ValueError
            If a picture cannot be read.
        """
        return np.array([it.text for it in self.transcribe(images)], dtype=np.str_)

    def transcribe(
        self,
        images: Iterable[Any],
        *,
        n_characters: int | None = None,
        characters: Collection[str] | None = None,
    ) -> list[Transcript]:
        """Predict the string of each picture, with probabilities and boxes.

        Parameters
        ----------
        images : sequence of str, path-like, PIL.Image.Image or ndarray
            Pictures of one line each, as in :meth:`fit`.
        n_characters : int or None, default=None
            Number of characters of each line, if it is known: the most probable string of this
            length is returned, or of the largest length that fits into a narrow picture.
        characters : collection of str or None, default=None
            The characters that may be read. None is all of `characters_`.

        Returns
        -------
        transcripts : list of Transcript
            The `text` of each line, its `probability`, and the `character_probabilities` and
            `boxes` of its characters.

        Raises
        ------
        NotFittedError
            If the recognizer is not fitted.
        ValueError
            If a picture cannot be read, `n_characters` is not a whole number of at least 1, or one
            of `characters` is not among `characters_`.
        """
        check_is_fitted(self)
        if n_characters is not None and not (is_count(n_characters) and n_characters >= 1):
            raise ValueError(
                f"n_characters must be a whole number of at least 1, got {n_characters!r}."
            )
        known = self.characters_.tolist()
        if characters is not None and (
            not isinstance(characters, Collection) or any(it not in known for it in characters)
        ):
            raise ValueError(f"characters must be among {''.join(known)!r}, got {characters!r}.")
        greys = list(as_greys(images, "images", LONGEST_LINE))
        seen = seen_lines(
            self.weights_, self.characters_, [grey.astype(np.uint8) for grey, _ in greys]
        )
        found = [it.transcript(n_characters=n_characters, allowed=characters) for it in seen]
        return [
            it._replace(boxes=it.boxes * scale) for it, (_, scale) in zip(found, greys, strict=True)
        ]

    def score(self, images: Iterable[Any], texts: ArrayLike) -> float:
        """Compute the fraction of lines that are read without an error.

        Parameters
        ----------
        images : sequence of str, path-like, PIL.Image.Image or ndarray
            Pictures of one line each, as in :meth:`fit`.
        texts : array-like of str of shape (n_lines,)
            Their texts.

        Returns
        -------
        score : float
            The fraction, in [0, 1].

        Raises
        ------
        NotFittedError
            If the recognizer is not fitted.
        ValueError
            If a picture cannot be read, or there are more or fewer texts than pictures.
        """
        read, right = self.predict(images), as_texts(texts, "texts")
        check_consistent_length(read, right)
        return float(np.mean(read == right))

    def _pack(self, state: dict[str, Any]) -> dict[str, Any]:
        return pack(state)

    def _unpack(self, state: dict[str, Any]) -> dict[str, Any]:
        return unpack(type(self), state)
