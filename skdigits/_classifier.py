"""KerasDigitClassifier: a Keras network that behaves like any other scikit-learn classifier."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from inspect import signature
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.callback import CallbackContext, CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits._caller import is_called_by_user, stacklevel_of_caller
from skdigits._documentation import DocumentationLinkMixin
from skdigits._fit_tasks import FitTasks
from skdigits._fitted_state import (
    STORED_ATTRIBUTES,
    Continuation,
    check_format,
    pack,
    unpack,
)
from skdigits._images import (
    as_rows,
    check_image_shape,
    check_is_batch,
    check_shift,
    resolve_image_shape,
    shifted_rows,
)
from skdigits._parameter_names import ParameterNamesMixin
from skdigits._samples import (
    LabelledRows,
    check_labels,
    check_not_one_hot,
    check_weights,
    encode,
    find_classes,
    merge_equal_rows,
    split_stratified,
)
from skdigits._stored_state import Expected, StoredStateMixin
from skdigits.architectures import ARCHITECTURES, Architecture, BuildFunction, resolve_architecture
from skdigits.augmentation import Augmentation, Elastic, RandomAffine
from skdigits.training._backend import require_backend
from skdigits.training._export import as_keras_model
from skdigits.training._history import Epoch, appended, history
from skdigits.training._logits import overflowing_rows, probabilities
from skdigits.training._loop import Samples, TrainingResult, Validation, train
from skdigits.training._network import (
    Network,
    Weights,
    describe_network,
    draw_seeds,
    frozen,
)
from skdigits.training._observer import EpochPrinter, Observer, TrainingRun
from skdigits.training._plan import EarlyStopping, Plan, make_plan
from skdigits.training._program import PROGRAMS, TrainingState
from skdigits.training._schedules import SCHEDULES

if TYPE_CHECKING:
    import keras


class KerasDigitClassifier(
    CallbackSupportMixin,
    ParameterNamesMixin,
    StoredStateMixin,
    DocumentationLinkMixin,
    ClassifierMixin,
    BaseEstimator,
):
    """Classify images of handwritten digits with a Keras network.

    A scikit-learn classifier in every respect: it goes into pipelines, cross-validation and grid
    searches over architectures. After :term:`fit` it holds NumPy arrays and no live Keras object;
    what is compiled is shared by all estimators of the process that train the same network. Scale
    the pixels first, with :class:`~skdigits.preprocessing.PixelScaler`. Read more in the
    :ref:`User Guide <classifier>`.

    Parameters
    ----------
    architecture : {"auto", "convnet", "deepconvnet", "lenet5", "mlp", "softmax", "spikingnet"}, \
            Architecture or callable, default="auto"
        The network.

        - "auto" is a `ConvNet` for square images of at least 8x8 pixels, else an `MLP`;
        - a name is that architecture of :mod:`skdigits.architectures` with its defaults;
        - an object of :mod:`skdigits.architectures`, whose parameters can be searched as
          `architecture__<parameter>`;
        - a function `(image_shape, n_classes) -> keras.Model` from images to logits; it is
          called in every fit, with Python's and NumPy's global generators seeded and restored.
    epochs : int or "auto", default="auto"
        Passes over the training data. "auto" is 4, or as many as make 1,000 updates.
    batch_size : int or "auto", default="auto"
        Rows in an update. "auto" is 64 below 4,096 rows, 128 below 131,072, else 256.
    optimizer : str or keras.Optimizer, default="adam"
        A Keras optimizer by name ("adam", "adamw", "sgd", "rmsprop", ...), or unbuilt, in which
        case its configuration is copied and the object left alone.
    learning_rate : float or "auto", default="auto"
        Peak of the schedule. "auto" is 0.01 for "adam", "adamw" and "nadam", 0.1 for "sgd", and
        Keras' default for other names, for the schedule "constant" and in :meth:`partial_fit`; an
        optimizer object brings its own.
    learning_rate_schedule : {"one_cycle", "constant", "cosine", "linear"}, default="one_cycle"
        The learning rate over all updates of a fit.

        - "one_cycle" rises to the peak in the first quarter, then falls towards zero;
        - "cosine" and "linear" fall from the peak towards zero;
        - "constant" stays at the peak.
    weight_decay : float or None, default=None
        Decoupled decay of the matrices and kernels, a fraction of a weight per unit of learning
        rate. None takes the optimizer's own: 0.004 for "adamw", none for most others.
    label_smoothing : float, default=0.0
        Share of each label that is spread evenly over all classes, in [0, 1).
    augmentation : Augmentation, sequence of Augmentation or None, default=None
        How training images are distorted, anew in each epoch: objects of
        :mod:`skdigits.augmentation`, applied in turn. The parameters of a single one can be
        searched as `augmentation__<parameter>`.
    image_shape : tuple of int or "auto", default="auto"
        Shape `(height, width)` or `(height, width, n_channels)` of the images that the rows of
        `X` hold. "auto" takes the shape of `X` where it holds images, else a square.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by label; "balanced" makes it inverse to the frequency. Multiplied
        with `sample_weight`.
    early_stopping : bool, default=False
        Whether to stop when validation no longer improves, and to keep the weights of the best
        epoch.
    scoring : str, callable or None, default="loss"
        What `early_stopping` monitors, and `history_` records as "val_score": a scorer of
        scikit-learn by its name, such as "balanced_accuracy", or as a function `(estimator, X, y)`;
        None is :meth:`score`. "loss" monitors the validation loss. If rows with weights are set
        aside, by `sample_weight` or `class_weight`, it is given their `sample_weight`, too, unless
        it takes none. A score of NaN counts as worse than any other.
    validation_fraction : float, default=0.1
        Share of the training data set aside, by class, when `early_stopping` is set and no
        validation data are passed to :meth:`fit`.
    n_iter_no_change : int, default=10
        Epochs without improvement after which to stop early.
    tol : float, default=1e-4
        What counts as an improvement of the validation loss or score.
    warm_start : bool, default=False
        Whether :meth:`fit` starts from the weights of the previous fit.
    prediction_shift : int, default=0
        Prediction averages the probabilities over copies of each image moved by up to so many
        pixels in each direction, at most the side of the image: 1 takes 9 copies, and nine times
        as long.
    dtype : {"float32", "float64", "mixed_bfloat16"}, default="float32"
        Precision: a Keras dtype policy.
    callbacks : sequence of keras.callbacks.Callback or None, default=None
        Keras callbacks, copied for each call of :meth:`fit`; what they refer to is not copied, and
        what the copies come to know is written back, unless it cannot be pickled, such as an open
        file. So their state lasts from fit to fit, as in Keras: `History` gathers all epochs.
        Clones have callbacks of their own. They see a `keras.Model` from images to logits that
        shares the weights in training, and may stop it, set its weights or, with the schedule
        "constant", its learning rate. Those that watch batches make each batch a call, which is
        slower.
        scikit-learn's own callbacks are set by `set_callbacks`.
    verbose : int, default=0
        Whether to print a line per epoch: loss, accuracy, seconds and images per second.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the rows, dropout, augmentation and the
        validation split. Pass an int for the same result in every call: then no global generator
        is touched.

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
        The epoch, counted from 1, whose weights were kept; what Keras callbacks restore is not
        counted.

    See Also
    --------
    skdigits.preprocessing.PixelScaler : Scales the pixels.
    sklearn.neural_network.MLPClassifier : Dense networks in NumPy.

    Notes
    -----
    The loss is the cross-entropy of the softmax, each row weighted by its sample weight over the
    mean sample weight of the training data. Rows of weight zero are left out of training, but
    their classes are not; and if all rows fit one batch, equal rows are merged into one, so that a
    weight of two is the same as a row that comes twice.

    A fit that Ctrl-C interrupts keeps the weights so far, with a
    :class:`~sklearn.exceptions.ConvergenceWarning`; in a search or an ensemble it ends that, too.

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
        "augmentation": (RandomAffine, Elastic),
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
        "augmentation": [Augmentation, list, tuple, None],
        "image_shape": [tuple, list, StrOptions({"auto"})],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "early_stopping": ["boolean"],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "prediction_shift": [Interval(Integral, 0, None, closed="left")],
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
    _network_: Network
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
        augmentation: Augmentation | Sequence[Augmentation] | None = None,
        image_shape: tuple[int, ...] | str = "auto",
        class_weight: dict[Any, float] | str | None = None,
        early_stopping: bool = False,
        scoring: str | Callable[..., float] | None = "loss",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        prediction_shift: int = 0,
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
        self.augmentation = augmentation
        self.image_shape = image_shape
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.prediction_shift = prediction_shift
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
            Training images, scaled.
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, at least zero. None weighs all rows alike.
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
            If the data or a parameter do not fit, or the training diverges: if the loss, the
            validation loss or the logits of the training images are not finite.
        ImportError
            Where Keras has no backend, naming the command that installs one.
        """
        require_backend()
        context = self._init_callback_context(max_subtasks=None)
        with unchanged_on_failure(self):
            self._fit(X, y, sample_weight, X_val, y_val, context)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, context: CallbackContext
    ) -> None:
        continued = self.warm_start and self.__sklearn_is_fitted__()
        data = self._check_data(X, y, sample_weight, reset=not continued)
        classes = self.classes_ if continued else find_classes(data.labels)
        network = self._resolve_network(data, len(classes), continued=continued)
        held_out = self._check_validation_data(X_val, y_val, classes, network)
        samples = data.encoded(classes, self.class_weight)
        random_state = check_random_state(self.random_state)
        if self.early_stopping and held_out is None:
            samples, held_out = split_stratified(
                samples, self.validation_fraction, classes, random_state
            )
        stopping = EarlyStopping(self.n_iter_no_change, self.tol) if self.early_stopping else None
        plan = self._plan(len(samples), self.epochs, self.learning_rate_schedule, stopping)
        observers = self._observers()
        if hasattr(self, "_skl_callbacks"):
            metadata = None if sample_weight is None else {"sample_weight": sample_weight}
            told = {"X": X, "y": y, "metadata": metadata}
            observers.append(FitTasks(self, context, told, partial(_attributes_so_far, classes)))
        weighted = sample_weight is not None or self.class_weight is not None
        weighted = weighted and X_val is None
        validation = self._validation(held_out, classes, network, weighted) if held_out else None
        result = self._train(
            network,
            samples,
            plan,
            random_state,
            start=self._state_so_far().without_optimizer() if continued else None,
            validation=validation,
            observers=observers,
        )
        self.classes_ = classes
        if result.interrupted:
            self._keep_interrupted(plan)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch over these rows, at a constant learning rate.

        The optimizer goes on where the previous call left it, also after pickling. Batch
        normalisation, which the default network has, looks at the rows of a call together: give it
        dozens of rows of several classes at a time. An interrupted call changes nothing.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Training images, scaled.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come. Required in the first call, may be left out later.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, at least zero. None weighs all rows alike.

        Returns
        -------
        self : KerasDigitClassifier
            The classifier, one epoch further.

        Raises
        ------
        ValueError
            Where the data or a parameter do not fit, or the training diverges.
        """
        require_backend()
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all labels at once, which partial_fit never sees: "
                "give the weight of each class as a dict."
            )
        with unchanged_on_failure(self):
            self._partial_fit(X, y, classes, sample_weight)
        return self

    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
        if _check_partial_fit_first_call(self, classes):
            find_classes(self.classes_)
        continued = self.__sklearn_is_fitted__()
        data = self._check_data(X, y, sample_weight, reset=not continued)
        network = self._resolve_network(data, len(self.classes_), continued=continued)
        samples = data.encoded(self.classes_, self.class_weight)
        past, n_past = (self.history_, self.n_iter_) if continued else ({}, 0)
        generator = self._continuation.generator if continued else None
        # A copy: where this call fails, the next one draws the same numbers.
        random_state = copy.deepcopy(generator) or _own_generator(self.random_state)
        plan = self._plan(len(samples), epochs=1, schedule="constant")
        observers: list[Observer] = [EpochPrinter()] if self.verbose else []
        result = self._train(
            network,
            samples,
            plan,
            random_state,
            start=self._state_so_far() if continued else None,
            observers=observers,
        )
        if result.interrupted:
            raise KeyboardInterrupt
        self._continuation = Continuation(result.state, random_state)
        self.history_ = appended(past, self.history_)
        self.n_iter_ = self.best_epoch_ = n_past + 1

    def decision_function(self, X: ArrayLike) -> NDArray[Any]:
        """Compute how strongly the network speaks for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Logits, the classes ordered as in `classes_`; for two classes the difference between
            the logits of the second and the first. With `prediction_shift` the logarithms of the
            averaged probabilities stand for the logits.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict the class of each image.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled.

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
            Images, scaled.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Softmax of the logits, or its mean with `prediction_shift`; the classes ordered as in
            `classes_`. Rows of float32 sum to one so nearly that averages of them, such as those
            of an ensemble, do.

        Raises
        ------
        ValueError
            If logits are not finite, as pixels far beyond those of the training data make them.
        """
        return probabilities(self._logits(X))

    def predict_log_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images, scaled.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Finite where a probability is too small for a float, the classes ordered as in
            `classes_`.
        """
        log_probabilities: NDArray[Any] = log_softmax(self._logits(X), axis=1)
        return log_probabilities

    def to_keras(self) -> keras.Model:
        """Build an ordinary Keras model that computes the probabilities.

        It can be saved (`to_keras().save("digits.keras")`) and exported
        (`to_keras().export("digits.onnx", format="onnx")`), runs on every Keras backend, and shares
        no weights with the classifier. `prediction_shift` and the scaling of pixels are not part of
        it. Read more in the :ref:`User Guide <serving>`.

        Returns
        -------
        model : keras.Model
            From scaled images of shape `(n_samples, *image_shape_)` to probabilities of shape
            `(n_samples, n_classes)`, the classes ordered as in `classes_`.
        """
        check_is_fitted(self)
        require_backend(trains=False)
        return as_keras_model(self._network_, self.weights_)

    @property
    def n_parameters_(self) -> int:
        """Number of weights."""
        check_is_fitted(self)
        return sum(weight.size for weight in self.weights_)

    def _check_data(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> LabelledRows:
        if not reset:
            check_is_batch(X, self.n_features_in_, "X")
        flat, given = as_rows(X)
        if not reset:
            check_image_shape(given, self.image_shape_, "X")
        check_not_one_hot(y)
        rows, y = validate_data(self, flat, y, reset=reset, dtype=self._rows_dtype)
        # A function of the user's own may begin with layers that scale.
        if isinstance(self.architecture, str | Architecture):
            _warn_of_grey_levels(flat)
        return LabelledRows(rows, check_labels(y), check_weights(sample_weight, rows), given)

    def _check_validation_data(
        self, X_val: Any, y_val: Any, classes: NDArray[Any], network: Network
    ) -> Samples | None:
        if X_val is None and y_val is None:
            return None
        if X_val is None or y_val is None:
            raise ValueError("X_val and y_val go together: give both, or neither.")
        check_is_batch(X_val, self.n_features_in_, "X_val")
        flat, given = as_rows(X_val)
        check_image_shape(given, network.image_shape, "X_val")
        check_not_one_hot(y_val)
        try:
            rows, y_val = validate_data(self, flat, y_val, reset=False, dtype=self._rows_dtype)
        except ValueError as error:
            raise ValueError(f"X_val and y_val cannot validate: {error}") from error
        return Samples(rows, encode(check_labels(y_val), classes, "y_val"), np.ones(len(rows)))

    def _resolve_network(self, data: LabelledRows, n_classes: int, *, continued: bool) -> Network:
        """Choose the network; training that continues must go on with the same one."""
        n_pixels = data.rows.shape[1]
        given = (len(data.rows), *self.image_shape_) if continued else data.image_shape
        shape = resolve_image_shape(self.image_shape, n_pixels, given)
        check_shift(self.prediction_shift, shape)
        architecture = resolve_architecture(self.architecture, shape)
        network = describe_network(architecture, shape, n_classes, self.dtype)
        if not continued:
            return network
        if not self._network_.continues(network):
            raise ValueError(
                f"Training continues with {self._network_.architecture!r} in "
                f"{self._network_.dtype}, but the parameters ask for {architecture!r} in "
                f"{self.dtype}: fit a new classifier, or with warm_start=False."
            )
        return self._network_

    def _plan(
        self,
        n_samples: int,
        epochs: int | str,
        schedule: str,
        early_stopping: EarlyStopping | None = None,
    ) -> Plan:
        return make_plan(
            n_samples,
            epochs=epochs,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            learning_rate_schedule=schedule,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augmentation=self.augmentation,
            early_stopping=early_stopping,
        )

    def _observers(self) -> list[Observer]:
        observers: list[Observer] = [EpochPrinter()] if self.verbose else []
        if self.callbacks:
            from skdigits.training._keras_callbacks import KerasCallbacks

            observers.append(KerasCallbacks(self.callbacks))
        return observers

    def _validation(
        self, held_out: Samples, classes: NDArray[Any], network: Network, weighted: bool
    ) -> Validation:
        """Score weights as scikit-learn would score the classifier that has them."""
        if self.scoring == "loss":
            return Validation(held_out)
        scorer = check_scoring(self, self.scoring)
        y_val = classes[held_out.targets]
        is_weighed = weighted and _takes_sample_weight(scorer)
        metadata = {"sample_weight": held_out.weights} if is_weighed else {}

        def score(weights: Weights) -> float:
            fitted = type(self).__new__(type(self))
            fitted.__dict__.update(self.__dict__, classes_=classes)
            state = TrainingState(weights)
            fitted.__dict__.update(_fitted_attributes(network, state, [], 0))
            fitted.__dict__.pop("feature_names_in_", None)  # Rows have none.
            return float(scorer(fitted, held_out.rows, y_val, **metadata))

        return Validation(held_out, score)

    def _train(
        self,
        network: Network,
        samples: Samples,
        plan: Plan,
        random_state: np.random.RandomState,
        *,
        start: TrainingState | None,
        validation: Validation | None = None,
        observers: Sequence[Observer] = (),
    ) -> TrainingResult:
        """Train and keep what came out."""
        if len(samples) <= plan.batch_size:
            samples = merge_equal_rows(samples)
        result = train(
            network,
            samples,
            plan,
            random_state,
            start=start,
            validation=validation,
            observers=observers,
        )
        self.__dict__.update(
            _fitted_attributes(
                result.network,
                result.state.without_optimizer(),
                result.epochs,
                result.best_epoch,
            )
        )
        return result

    def _keep_interrupted(self, plan: Plan) -> None:
        """Say that the weights so far are kept, or end the search that this fit is a part of."""
        if not is_called_by_user():
            raise KeyboardInterrupt
        warnings.warn(
            f"Training was interrupted after {self.n_iter_} of {plan.n_epochs} epochs; the "
            "weights so far are kept.",
            ConvergenceWarning,
            stacklevel=stacklevel_of_caller(),
        )

    def _state_so_far(self) -> TrainingState:
        """Give the state in which training goes on, by the weights as they are."""
        return replace(self._continuation.state, weights=self.weights_)

    def _logits(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        check_is_batch(X, self.n_features_in_, "X")
        flat, given = as_rows(X)
        check_image_shape(given, self.image_shape_, "X")
        rows = validate_data(self, flat, reset=False, dtype=self._rows_dtype)
        if not self.prediction_shift:
            return self._finite_logits(rows)
        check_shift(self.prediction_shift, self.image_shape_)
        moved = shifted_rows(rows, self.image_shape_, self.prediction_shift)
        log_probabilities = [log_softmax(self._finite_logits(part), axis=1) for part in moved]
        total: NDArray[Any] = logsumexp(log_probabilities, axis=0)
        total -= np.log(len(log_probabilities))
        return total

    def _finite_logits(self, rows: NDArray[Any]) -> NDArray[Any]:
        logits = PROGRAMS.forward(self._network_)(self.weights_, rows)
        overflowing = overflowing_rows(logits)
        if len(overflowing):
            row = rows[overflowing[0]]
            raise ValueError(
                f"The logits of {len(overflowing)} of {len(rows)} rows of X are not finite "
                f"numbers; the pixels of the first, X[{overflowing[0]}], go from {row.min():.3g} "
                f"to {row.max():.3g}. Scale X as the training data were scaled, by PixelScaler."
            )
        return logits

    @property
    def _rows_dtype(self) -> type[np.float32] | type[np.float64]:
        return np.float64 if self.dtype == "float64" else np.float32

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


@contextmanager
def unchanged_on_failure(estimator: BaseEstimator) -> Iterator[None]:
    """Put an estimator back where an error leaves it half fitted."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def _own_generator(random_state: Any) -> np.random.RandomState:
    """Return a generator to keep, which is neither the caller's nor NumPy's global one."""
    generator: np.random.RandomState = check_random_state(random_state)
    if isinstance(random_state, Integral):
        return generator
    (seed,) = draw_seeds(generator, 1)
    return np.random.RandomState(seed)


def _takes_sample_weight(scorer: Callable[..., float]) -> bool:
    """Whether a scorer, or the metric behind one of scikit-learn's, has such a parameter."""
    parameters = signature(getattr(scorer, "_score_func", scorer)).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)


def _warn_of_grey_levels(X: Any) -> None:
    if getattr(X, "dtype", None) == np.uint8 and X.max() > 1:
        warnings.warn(
            f"X holds grey levels up to {X.max()}, on which networks train badly: scale them "
            "first, as in make_pipeline(PixelScaler(), KerasDigitClassifier()).",
            stacklevel=stacklevel_of_caller(),
        )


def _fitted_attributes(
    network: Network, state: TrainingState, epochs: list[Epoch], best_epoch: int
) -> dict[str, Any]:
    """Give the attributes of a classifier that was trained so far, but for its classes."""
    return {
        "_network_": network,
        "architecture_": network.architecture,
        "image_shape_": network.image_shape,
        "weights_": frozen(state.weights),
        "history_": history(epochs),
        "n_iter_": len(epochs),
        "best_epoch_": best_epoch,
        "_continuation": Continuation(state),
    }


def _attributes_so_far(classes: NDArray[Any], run: TrainingRun) -> dict[str, Any]:
    state = run.program.state().without_optimizer()
    return {
        "classes_": classes,
        **_fitted_attributes(run.network, state, run.epochs, run.best_epoch),
    }
