"""KerasDigitClassifier: a Keras network that behaves like any other scikit-learn classifier."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackContext, CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer_names
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from skdigits._caller import is_called_by_user, stacklevel_of_caller
from skdigits._classifier._fit_tasks import FitTasks
from skdigits._classifier._fitted_state import (
    STORED_ATTRIBUTES,
    Continuation,
    check_format,
    pack,
    unpack,
)
from skdigits._classifier._from_keras import classifier_from_keras
from skdigits._classifier._outcome import Outcome
from skdigits._classifier._rows import CheckedRows, check_rows
from skdigits._classifier._second_calls import own_generator, unchanged_on_failure
from skdigits._images import resolve_image_shape
from skdigits._private_names import (
    HasMethods,
    Interval,
    StrOptions,
    _check_partial_fit_first_call,
    _fit_context,
)
from skdigits._skdigits_estimator import Expected, SkdigitsEstimator
from skdigits.architectures import (
    ARCHITECTURES,
    Architecture,
    BuildFunction,
    Weights,
    resolve_architecture,
)
from skdigits.augmentation import DISTORTIONS, Augmentation
from skdigits.programs._backend import require_backend
from skdigits.programs._cache import PROGRAMS
from skdigits.programs._contract import TrainingState
from skdigits.programs._export import as_keras_model
from skdigits.programs._keras_network import (
    AnyNetwork,
    describe_network,
    is_same_network,
)
from skdigits.programs._logits import overflowing_rows, probabilities
from skdigits.training._history import appended
from skdigits.training._loop import train
from skdigits.training._observer import EpochPrinter, Observer, TrainingRun
from skdigits.training._plan import make_plan
from skdigits.training._samples import (
    Samples,
    check_sample_weight,
    encode,
    find_classes,
    split_stratified,
)
from skdigits.training._schedules import SCHEDULES

if TYPE_CHECKING:
    import keras

# What `partial_fit` trains for, whatever the parameters say.
_ONE_EPOCH = {"epochs": 1, "learning_rate_schedule": "constant", "early_stopping": False}


class KerasDigitClassifier(CallbackSupportMixin, ClassifierMixin, SkdigitsEstimator):
    """Classify images of handwritten digits with a Keras network.

    A full scikit-learn classifier: it works in pipelines, cross-validation and grid searches over
    architectures. After :term:`fit` it holds NumPy arrays, but no live Keras object; compiled
    programs are shared by all estimators in the process that train the same network. Scale
    the pixels first, with :class:`~skdigits.preprocessing.PixelScaler`, or set `pixel_range`. Read
    more in the :ref:`User Guide <classifier>`.

    Parameters
    ----------
    architecture : {"auto", "convnet", "deepconvnet", "lenet5", "mlp", "softmax", "spikingnet"}, \
            Architecture or callable, default="auto"
        The network.

        - "auto" is a `ConvNet` for square images of at least 8x8 pixels, else an `MLP`; if
          `augmentation` is "auto", too, larger images are distorted slightly;
        - a name is that architecture of :mod:`skdigits.architectures` with its defaults;
        - an object of :mod:`skdigits.architectures`, whose parameters can be searched as
          `architecture__<parameter>`;
        - a function `(image_shape, n_classes) -> keras.Model` from images to logits; it is
          called in every fit, with Python's and NumPy's global generators seeded and restored.
    epochs : int or "auto", default="auto"
        Number of passes over the training data. "auto" is 4, or the number of epochs that make
        1,000 updates if that is larger.
    batch_size : int or "auto", default="auto"
        Number of rows per update. "auto" is 64 below 4,096 rows, 128 below 131,072, else 256.
    optimizer : str or keras.Optimizer, default="adam"
        A Keras optimizer by name ("adam", "adamw", "sgd", "rmsprop", ...), or as an
        unbuilt object, whose configuration is copied; the object is not changed.
    learning_rate : float or "auto", default="auto"
        Peak of the schedule. "auto" is 0.01 for "adam", "adamw" and "nadam", 0.1 for "sgd", and
        Keras' default for other names, for the schedule "constant" and in :meth:`partial_fit`. An
        optimizer object has its own learning rate.
    learning_rate_schedule : {"one_cycle", "constant", "cosine", "linear"}, default="one_cycle"
        The learning rate over all updates of a fit.

        - "one_cycle" rises to the peak in the first quarter, then falls towards zero;
        - "cosine" and "linear" fall from the peak towards zero;
        - "constant" stays at the peak.
    weight_decay : float or None, default=None
        Decoupled decay of the matrices and kernels, as a fraction of a weight per unit of learning
        rate. None uses the optimizer's own: 0.004 for "adamw", none for most others.
    label_smoothing : float, default=0.0
        Fraction of each label that is spread evenly over all classes, in [0, 1).
    temperature : float, default=1.0
        The loss is computed from the logits divided by this number, as in distillation (Hinton,
        Vinyals and Dean, 2015, arXiv:1503.02531); predictions from the logits themselves. Above
        1, they are more confident than the loss asks for, which makes up for `label_smoothing`: the
        reverse of a temperature by which a fitted network's logits are divided.
    augmentation : "auto", Augmentation, sequence of Augmentation or None, default="auto"
        Distortions of the training images, drawn anew in each epoch: objects of
        :mod:`skdigits.augmentation`, applied in turn. The parameters of a single object can be
        searched as `augmentation__<parameter>`. None distorts nothing. "auto" is
        `RandomAffine(0, zoom=0.1, shear=0, shift=0.06)` if `architecture` is "auto", too, and the
        images are squares of at least 16x16 pixels; else None. It takes 0 for the background: set
        another `fill_value`, or None, for images that are not white ink on black.
    image_shape : tuple of int or "auto", default="auto"
        Shape `(height, width)` or `(height, width, n_channels)` of the images in the rows of
        `X`. "auto" uses the shape of `X` if it holds images, else a square.
    pixel_range : tuple of (float, float) or None, default=None
        Grey levels `(black, white)` of `X`, which are then scaled to [0, 1]. None leaves `X` as it
        is, scaled by :class:`~skdigits.preprocessing.PixelScaler`. With `(0, 255)`, pixels of
        dtype uint8 are kept, and each batch is scaled when it is used: large data take a quarter
        of the memory.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by label; "balanced" sets it inversely proportional to the frequency.
        It is multiplied by `sample_weight`.
    early_stopping : bool, default=False
        Whether to stop when the validation loss or score no longer improves, and to keep the
        weights of the best epoch.
    scoring : str, callable or None, default="loss"
        The score that `early_stopping` monitors and `history_` records as "val_score": the name of
        a scikit-learn scorer, such as "balanced_accuracy", or a function `(estimator, X, y)`; None
        is :meth:`score`. "loss" monitors the validation loss. If the rows that are set aside have
        weights, by `sample_weight` or `class_weight`, they are passed to the scorer as
        `sample_weight` if it accepts them. NaN is worse than any other score.
    validation_fraction : float, default=0.1
        Fraction of the training data to set aside, stratified by class, if `early_stopping` is True
        and no validation data are passed to :meth:`fit`.
    n_iter_no_change : int, default=10
        Number of epochs without improvement after which to stop early.
    tol : float, default=1e-4
        Smallest improvement of the validation loss or score that is taken into account.
    warm_start : bool, default=False
        Whether :meth:`fit` starts from the weights of the previous fit.
    dtype : {"float32", "float64", "mixed_bfloat16"}, default="float32"
        Precision, as a Keras dtype policy.
    callbacks : sequence of keras.callbacks.Callback or None, default=None
        Keras callbacks, copied for each call of :meth:`fit`. Objects that they refer to are not
        copied, and the attributes of the copies are written back, except for those that cannot be
        pickled, such as an open file. So their state lasts from fit to fit, as in Keras: `History`
        gathers all epochs. Clones have callbacks of their own. Their `model` is a `keras.Model`
        from images to logits with the current weights; they may stop the training, set the weights
        or, with the schedule "constant", the learning rate. With batch hooks, each batch is a
        separate call, which is slower.
        Set scikit-learn's own callbacks with `set_callbacks`.
    verbose : int, default=0
        Whether to print a line per epoch: loss, accuracy, seconds and images per second.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the rows, dropout, augmentation and the
        validation split. Pass an int for reproducible results in every call; the global generators
        are then not changed.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    n_features_in_ : int
        Number of pixels of an image, over all channels, seen during :term:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of pixels seen during :term:`fit`. Defined only when `X` has feature names that are
        all strings.
    image_shape_ : tuple of (int, int, int)
        Height, width and number of channels of an image.
    architecture_ : Architecture or callable
        The architecture used.
    weights_ : tuple of ndarray
        The weights of the network in Keras' order, as read-only arrays.
    n_parameters_ : int
        Number of weights.
    history_ : dict of str to list
        "loss", "accuracy", "learning_rate" and "seconds" of each epoch; with validation data also
        "val_loss" and "val_accuracy", and "val_score" unless `scoring` is "loss".
    n_iter_ : int
        Number of epochs run.
    best_epoch_ : int
        The epoch, counted from 1, whose weights were kept. Weights restored by Keras callbacks are
        not taken into account.

    See Also
    --------
    skdigits.preprocessing.PixelScaler : Scales the pixels.
    sklearn.neural_network.MLPClassifier : Dense networks in NumPy.

    Notes
    -----
    The loss is the cross-entropy of the softmax, each row weighted by its sample weight over the
    mean sample weight of the training data. "val_loss" is that of the predictions: without
    `temperature`, `label_smoothing` and `augmentation`, which "loss" contains. Rows of weight zero
    are not used for training, but their classes are kept. If all rows fit into one batch, equal
    rows are merged into one, so that a weight of two is equivalent to repeating the row.

    If Ctrl-C interrupts a fit, the current weights are kept, with a
    :class:`~sklearn.exceptions.ConvergenceWarning`; in a search or an ensemble, all fits end.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import KerasDigitClassifier, PixelScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> classifier = KerasDigitClassifier("mlp", random_state=0)
    >>> pipeline = make_pipeline(PixelScaler(), classifier).fit(X_train, y_train)
    >>> bool(pipeline.score(X_test, y_test) > 0.95)
    True
    """

    _parameter_objects: ClassVar[dict[str, Collection[type[BaseEstimator]]]] = {
        "architecture": ARCHITECTURES.values(),
        "augmentation": DISTORTIONS,
    }
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "architecture": [StrOptions({"auto", *ARCHITECTURES}), callable],
        "epochs": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "optimizer": [str, HasMethods(["get_config", "from_config"])],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "learning_rate_schedule": [StrOptions(set(SCHEDULES))],
        "weight_decay": [Interval(Real, 0, None, closed="left"), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "temperature": [Interval(Real, 0, None, closed="neither")],
        "augmentation": [StrOptions({"auto"}), Augmentation, list, tuple, None],
        "image_shape": [tuple, list, StrOptions({"auto"})],
        "pixel_range": [tuple, None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "early_stopping": ["boolean"],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "dtype": [StrOptions({"float32", "float64", "mixed_bfloat16"})],
        "callbacks": [list, tuple, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }
    _stored_attributes: ClassVar[Mapping[str, Expected]] = STORED_ATTRIBUTES
    _rebuilt_attributes: ClassVar[frozenset[str]] = frozenset({"_network_"})

    classes_: NDArray[Any]
    weights_: Weights
    history_: dict[str, list[float]]
    n_iter_: int
    _network_: AnyNetwork
    _continuation: Continuation

    def __init__(
        self,
        architecture: str | Architecture | BuildFunction = "auto",
        *,
        epochs: int | str = "auto",
        batch_size: int | str = "auto",
        optimizer: str | keras.Optimizer = "adam",
        learning_rate: float | str = "auto",
        learning_rate_schedule: str = "one_cycle",
        weight_decay: float | None = None,
        label_smoothing: float = 0.0,
        temperature: float = 1.0,
        augmentation: str | Augmentation | Sequence[Augmentation] | None = "auto",
        image_shape: tuple[int, ...] | str = "auto",
        pixel_range: tuple[float, float] | None = None,
        class_weight: dict[Any, float] | str | None = None,
        early_stopping: bool = False,
        scoring: str | Callable[..., float] | None = "loss",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        dtype: str = "float32",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.architecture = architecture
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.temperature = temperature
        self.augmentation = augmentation
        self.image_shape = image_shape
        self.pixel_range = pixel_range
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.dtype = dtype
        self.callbacks = callbacks
        self.verbose = verbose
        self.random_state = random_state

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Training images, scaled unless `pixel_range` is set.
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, at least zero. None gives all rows the same weight.
        X_val : array-like of the form of `X`, default=None
            Validation images. In a pipeline, `Pipeline(..., transform_input=["X_val"])` scales
            them like `X`.
        y_val : array-like of shape (n_val_samples,), default=None
            Class labels of the validation images.

        Returns
        -------
        self : KerasDigitClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If the data or a parameter are invalid, or the training diverges: if the loss, the
            validation loss or the logits of the training images are not finite.
        ImportError
            If only a Keras backend can train the network and there is none; the message contains
            the command that installs one.
        """
        context = self._init_callback_context(max_subtasks=None)
        with unchanged_on_failure(self):
            self._fit(X, y, sample_weight, X_val, y_val, context)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, context: CallbackContext
    ) -> None:
        is_continued = self.warm_start and self.__sklearn_is_fitted__()
        network, samples, outcome = self._begin(X, y, sample_weight, is_continued=is_continued)
        held_out = self._check_validation_data(X_val, y_val, outcome.classes, network)
        random_state = check_random_state(self.random_state)
        if self.early_stopping and held_out is None:
            samples, held_out = split_stratified(
                samples, self.validation_fraction, outcome.classes, random_state
            )
        validation = None
        if held_out is not None:
            is_weighted = sample_weight is not None or self.class_weight is not None
            is_weighted = is_weighted and X_val is None
            validation = outcome.validation(self, held_out, is_weighted=is_weighted)
        run = train(
            network,
            samples,
            make_plan(len(samples), network.image_shape, self.get_params(deep=False)),
            random_state,
            start=self._state().without_optimizer() if is_continued else None,
            validation=validation,
            observers=self._observers(outcome, context, X, y, sample_weight),
        )
        self.__dict__.update(outcome.attributes(run))
        if run.interrupted:
            self._keep_interrupted(run)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch over these rows, at a constant learning rate.

        The state of the optimizer is continued from the previous call, also after pickling. Batch
        normalisation, which the default network uses, is computed over the rows of a call: pass
        dozens of rows of several classes at a time. The rows are distorted by `augmentation`, as
        in :meth:`fit`. An interrupted call changes nothing.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Training images, scaled unless `pixel_range` is set.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur in any call. Required in the first call, optional later.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, at least zero. None gives all rows the same weight.

        Returns
        -------
        self : KerasDigitClassifier
            The classifier, trained for one more epoch.

        Raises
        ------
        ValueError
            If the data or a parameter are invalid, or the training diverges.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all labels at once, which partial_fit never gets: "
                "pass the weight of each class as a dict."
            )
        with unchanged_on_failure(self):
            self._partial_fit(X, y, classes, sample_weight)
        return self

    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
        if _check_partial_fit_first_call(self, classes):
            find_classes(self.classes_)
        is_continued = self.__sklearn_is_fitted__()
        network, samples, outcome = self._begin(
            X, y, sample_weight, is_continued=is_continued, classes=self.classes_
        )
        past, n_past = (self.history_, self.n_iter_) if is_continued else ({}, 0)
        generator = self._continuation.generator if is_continued else None
        # A copy: if this call fails, the next one draws the same numbers.
        random_state = copy.deepcopy(generator) or own_generator(self.random_state)
        run = train(
            network,
            samples,
            make_plan(
                len(samples), network.image_shape, {**self.get_params(deep=False), **_ONE_EPOCH}
            ),
            random_state,
            start=self._state() if is_continued else None,
            observers=[EpochPrinter()] if self.verbose else [],
        )
        if run.interrupted:
            raise KeyboardInterrupt
        self.__dict__.update(outcome.attributes(run))
        self._continuation = Continuation(run.state, random_state)
        self.history_ = appended(past, self.history_)
        self.n_iter_ = self.best_epoch_ = n_past + 1

    def decision_function(self, X: ArrayLike) -> NDArray[Any]:
        """Compute the logit of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled like those of :meth:`fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Logits, the classes ordered as in `classes_`; for two classes the difference between
            the logits of the second and the first.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict the class of each image.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled like those of :meth:`fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Class labels.
        """
        logits = self._logits(X)
        labels: NDArray[Any] = self.classes_[logits.argmax(axis=1)]
        return labels

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled like those of :meth:`fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Softmax of the logits, the classes ordered as in `classes_`. Rows of float32 sum to one
            so exactly that their averages, such as those of an ensemble, do as well.

        Raises
        ------
        ValueError
            If logits are not finite, because of pixels far outside the range of the training data.
        """
        return probabilities(self._logits(X))

    def predict_log_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled like those of :meth:`fit`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Finite even if a probability is too small for a float. The classes are ordered as in
            `classes_`.
        """
        log_probabilities: NDArray[Any] = log_softmax(self._logits(X), axis=1)
        return log_probabilities

    def to_keras(self) -> keras.Model:
        """Build an ordinary Keras model that computes the probabilities.

        It can be saved (`to_keras().save("digits.keras")`), runs on every Keras backend, and does
        not share weights with the classifier. It does not include the scaling of pixels, which the
        ONNX files of :func:`~skdigits.export.to_onnx` do. Read more in the
        :ref:`User Guide <serving>`.

        Returns
        -------
        model : keras.Model
            From scaled images of shape `(n_samples, *image_shape_)` to probabilities of shape
            `(n_samples, n_classes)`, the classes ordered as in `classes_`.
        """
        check_is_fitted(self)
        require_backend()
        return as_keras_model(self._network_, self.weights_)

    @classmethod
    def from_keras(
        cls, model: keras.Model, *, classes: ArrayLike | None = None, **parameters: Any
    ) -> Self:
        """Make a fitted classifier of a trained Keras model.

        Its probabilities are those of the model, which is not changed. Clones train the same
        network from scratch; :meth:`partial_fit`, and :meth:`fit` with `warm_start`, go on from
        the weights of the model. If there are records of all layers in
        :mod:`skdigits.architectures.layers`, `architecture` is a
        :class:`~skdigits.architectures.Sequential`, and the classifier can be saved as data.
        Otherwise `architecture` is a function that only Keras can run, which can be pickled. Read
        more in the :ref:`User Guide <coming_from_keras>`.

        Parameters
        ----------
        model : keras.Model
            A functional or Sequential model from images, or rows of pixels, to logits or their
            softmax, such as :func:`keras.saving.load_model` returns. The state of its optimizer
            is not used.
        classes : array-like of shape (n_classes,), default=None
            Label of each output. None is `0, 1, ..., n_classes - 1`.
        **parameters : dict
            Parameters of the classifier, except for `architecture` and `dtype`, which are those of
            the model. `image_shape` is needed only if the model takes images of any size, or rows
            of pixels of images that are not square.

        Returns
        -------
        classifier : KerasDigitClassifier
            The fitted classifier; `history_` is empty.

        Raises
        ------
        ValueError
            If the model is unbuilt or no classifier, or if its outputs are not as many as the
            classes.
        """
        classifier: Self = classifier_from_keras(cls, model, classes, parameters)
        return classifier

    @property
    def n_parameters_(self) -> int:
        """Number of weights."""
        check_is_fitted(self)
        return sum(weight.size for weight in self.weights_)

    def _begin(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        is_continued: bool,
        classes: NDArray[Any] | None = None,
    ) -> tuple[AnyNetwork, Samples, Outcome]:
        """Check the training data, and choose the network for them."""
        image_shape = self.image_shape_ if is_continued else None
        data = check_rows(self, X, y, image_shape=image_shape, is_training=True)
        if classes is None:
            classes = self.classes_ if is_continued else find_classes(data.labels)
        network, architecture = self._choose_network(data, len(classes), is_continued=is_continued)
        weights = check_sample_weight(sample_weight, data.rows)
        samples = Samples(data.rows, encode(data.labels, classes), weights)
        return network, samples.weighed(self.class_weight, classes), Outcome(classes, architecture)

    def _choose_network(
        self, data: CheckedRows, n_classes: int, *, is_continued: bool
    ) -> tuple[AnyNetwork, Architecture | BuildFunction]:
        """Choose the network; training that continues must go on with the same one."""
        given = self.image_shape_ if is_continued else data.image_shape
        shape = resolve_image_shape(self.image_shape, data.rows.shape[1], given)
        architecture = resolve_architecture(self.architecture, shape)
        network = describe_network(architecture, shape, n_classes, self.dtype)
        if not is_continued:
            return network, architecture
        if not is_same_network(self._network_, self.architecture_, network, architecture):
            raise ValueError(
                f"Training continues with {self.architecture_!r} in {self._network_.dtype}, but "
                f"the parameters ask for {architecture!r} in {self.dtype}: fit a new classifier, "
                "or set warm_start=False."
            )
        is_data = isinstance(architecture, Architecture)
        return self._network_, architecture if is_data else self.architecture_

    def _check_validation_data(
        self, X_val: Any, y_val: Any, classes: NDArray[Any], network: AnyNetwork
    ) -> Samples | None:
        if X_val is None and y_val is None:
            return None
        if X_val is None or y_val is None:
            raise ValueError("X_val and y_val go together: pass both, or neither.")
        try:
            data = check_rows(self, X_val, y_val, image_shape=network.image_shape, name="X_val")
        except ValueError as error:
            raise ValueError(f"X_val and y_val cannot be used for validation: {error}") from error
        targets = encode(data.labels, classes, "y_val")
        return Samples(data.rows, targets, np.ones(len(data.rows)))

    def _observers(
        self, outcome: Outcome, context: CallbackContext, X: Any, y: Any, sample_weight: Any
    ) -> list[Observer]:
        observers: list[Observer] = [EpochPrinter()] if self.verbose else []
        if self.callbacks:
            from skdigits.training._keras_callbacks import KerasCallbacks

            observers.append(KerasCallbacks(self.callbacks))
        if hasattr(self, "_skl_callbacks"):
            metadata = None if sample_weight is None else {"sample_weight": sample_weight}
            told = {"X": X, "y": y, "metadata": metadata}
            observers.append(FitTasks(self, context, told, outcome.attributes))
        return observers

    def _state(self) -> TrainingState:
        """Return the state for continued training, with the current weights."""
        return replace(self._continuation.state, weights=self.weights_)

    def _keep_interrupted(self, run: TrainingRun) -> None:
        """Warn that the current weights are kept, or end the search that this fit is part of."""
        if not is_called_by_user():
            raise KeyboardInterrupt
        warnings.warn(
            f"Training was interrupted after {self.n_iter_} of {run.plan.n_epochs} epochs; the "
            "current weights are kept.",
            ConvergenceWarning,
            stacklevel=stacklevel_of_caller(),
        )

    def _logits(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        rows = check_rows(self, X, image_shape=self.image_shape_).rows
        logits = PROGRAMS.predict(self._network_, self.weights_, rows)
        overflowing = overflowing_rows(logits)
        if len(overflowing):
            row = rows[overflowing[0]]
            raise ValueError(
                f"The logits of {len(overflowing)} of {len(rows)} rows of X are not finite "
                f"numbers; the pixels of the first, X[{overflowing[0]}], range from "
                f"{row.min():.3g} to {row.max():.3g}. Scale X like the training data, with "
                "PixelScaler."
            )
        return logits

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "weights_")

    def __setstate__(self, state: Any) -> None:
        check_format(state)
        super().__setstate__(state)

    def _pack(self, state: dict[str, Any]) -> dict[str, Any]:
        return pack(state)

    def _unpack(self, state: dict[str, Any]) -> dict[str, Any]:
        return unpack(state, type(self))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
