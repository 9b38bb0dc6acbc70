"""Grey levels to floats of one scale."""

import warnings
from collections.abc import Mapping
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skdigits._caller import stacklevel_of_caller
from skdigits._images import as_rows, check_is_batch
from skdigits._private_names import StrOptions, _check_n_features, _fit_context, _get_output_config
from skdigits._skdigits_estimator import Expected, SkdigitsEstimator, require_sound
from skdigits._whole_numbers import is_whole

# What "auto" recognises. A range of these that it guessed from fractions is as good.
_RECOGNISED = {(0.0, 1.0), (0.0, 16.0), (0.0, 255.0)}

# Luminance sums and casts to float32 leave pixels such as 1.0000001, which are still white.
_ROUNDING = 1e-6


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _increasing_pair(
    name: str, pair: tuple[float, float], *, may_be_equal: bool = False
) -> tuple[float, float]:
    """Return the pair as floats, or raise an error that says what is wrong."""
    is_pair = np.iterable(pair) and len(pair) == 2
    if not (is_pair and all(isinstance(value, Real) for value in pair)):
        raise ValueError(f"{name} must be a pair of numbers, got {pair!r}.")
    low, high = (float(value) for value in pair)
    is_increasing = low < high or (may_be_equal and low == high)
    if not (is_increasing and isfinite(low) and isfinite(high)):
        raise ValueError(f"{name} must be two finite, increasing numbers, got {pair!r}.")
    return low, high


def _recognise_pixel_range(rows: NDArray[Any]) -> tuple[float, float]:
    """Find the grey levels of black and white by the rule of `PixelScaler`."""
    low, high = float(rows.min()), float(rows.max())
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and high <= 255 and is_whole(rows):
        return 0.0, 16.0 if high <= 16 else 255.0
    return low, high


def _as_given(rows: NDArray[Any], image_shape: tuple[int, ...] | None) -> NDArray[Any]:
    return rows if image_shape is None else rows.reshape(len(rows), *image_shape)


def _output_dtype(rows: NDArray[Any]) -> type[np.float32] | type[np.float64]:
    """Choose float32, unless the pixels are floats of more precision."""
    return np.float64 if rows.dtype.kind == "f" and rows.dtype.itemsize > 4 else np.float32


class PixelScaler(CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, SkdigitsEstimator):
    """Scale grey levels from the pixel range to [0, 1].

    Networks train best on small inputs on a common scale. All pixels are scaled equally, by the
    grey levels of black and white, and not by the values of each single pixel: an image keeps its
    contrast, a pixel that is always blank stays blank, and an image is scaled in the same way in
    training and prediction. Read more in the :ref:`User Guide <pixel_scaling>`.

    Parameters
    ----------
    pixel_range : tuple of (float, float) or "auto", default="auto"
        Grey levels `(black, white)`, in the units of `X`. With "auto", :term:`fit` chooses the
        first of these ranges that applies to its data:

        1. `(0, 1)` if all pixels lie between 0 and 1, whether whole numbers, booleans or
           fractions;
        2. `(0, 16)` if all pixels are whole numbers from 0 to 16, whatever their dtype, as
           in :func:`sklearn.datasets.load_digits`;
        3. `(0, 255)` if all pixels are whole numbers from 0 to 255, as in
           :func:`~skdigits.datasets.fetch_mnist` and most image files;
        4. the smallest and the largest pixel otherwise.

        The rules depend on the values, not on the dtype: set the range for images from 0 to 255
        whose pixels are all below 17, and for any data to which rule 4 would apply.

    feature_range : tuple of (float, float), default=(0, 1)
        Values of black and white after scaling.

    out_of_range : {"error", "clip", "ignore"}, default="error"
        What to do with pixels outside the pixel range, by more than rounding errors.

        - "error" raises a `ValueError` for pixels outside a range that was given, and for those
          that are further outside a range recognised by "auto" than it is wide, because these
          images are in other units than the training data. Nearer pixels, as in resampled images,
          and all pixels outside a range found by rule 4 are scaled like all others. It warns of
          fractions of at most 1 if "auto" has recognised a wider range: they may be scaled already;
        - "clip" makes them black or white;
        - "ignore" scales them like all others, to values outside `feature_range`.

    Attributes
    ----------
    pixel_range_ : tuple of (float, float)
        Grey levels `(black, white)`, given or learned.

    n_features_in_ : int
        Number of pixels of an image seen during :term:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of pixels seen during :term:`fit`. Defined only when `X` has feature names that
        are all strings.

    See Also
    --------
    sklearn.preprocessing.MinMaxScaler : Learns the range from the data, per pixel.

    Notes
    -----
    Pixels become float32, except that float64 pixels stay float64. `X` may hold rows of pixels or
    images, in different forms in :term:`fit` and :term:`transform`; the form is kept in the output.
    A data frame, see :meth:`set_output`, only holds rows.

    If all pixels are equal and rule 4 applies, they become the lower end of `feature_range`.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.preprocessing import PixelScaler
    >>> digits = load_digits()
    >>> scaler = PixelScaler().fit(digits.data)
    >>> scaler.pixel_range_
    (0.0, 16.0)
    >>> scaler.transform(digits.images).shape
    (1797, 8, 8)
    >>> PixelScaler(pixel_range=(0, 16)).fit_transform([[0, 8, 16]])
    array([[0. , 0.5, 1. ]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "pixel_range": [StrOptions({"auto"}), tuple],
        "feature_range": [tuple],
        "out_of_range": [StrOptions({"error", "clip", "ignore"})],
    }
    _stored_attributes: ClassVar[Mapping[str, Expected]] = {
        "pixel_range_": Expected(_is_pair, "a pair of numbers"),
    }

    def __init__(
        self,
        pixel_range: tuple[float, float] | str = "auto",
        feature_range: tuple[float, float] = (0, 1),
        *,
        out_of_range: str = "error",
    ) -> None:
        self.pixel_range = pixel_range
        self.feature_range = feature_range
        self.out_of_range = out_of_range

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the pixel range, or check that `X` is within the given one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images.

        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted scaler.
        """
        task = self._init_callback_context()
        task.call_on_fit_task_begin(estimator=self, X=X, y=y)
        rows, _ = as_rows(X)
        self._fit_rows(rows)
        task.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: ArrayLike, y: object = None) -> NDArray[Any]:
        """Learn the pixel range of `X` and scale `X`, in a single pass.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images.

        y : None
            Ignored.

        Returns
        -------
        X_scaled : ndarray of the shape of `X`
            Scaled images, in float64 if `X` is, else in float32.
        """
        task = self._init_callback_context()
        task.call_on_fit_task_begin(estimator=self, X=X, y=y)
        rows, image_shape = as_rows(X)
        self._check_output(image_shape)
        scaled = self._scale(self._fit_rows(rows))
        task.call_on_fit_task_end(estimator=self, X=X, y=y)
        return _as_given(scaled, image_shape)

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Scale grey levels from the pixel range to `feature_range`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images.

        Returns
        -------
        X_scaled : ndarray of the shape of `X`
            Scaled images, in float64 if `X` is, else in float32.

        Raises
        ------
        ValueError
            If pixels are outside the pixel range, see `out_of_range`.

        Warns
        -----
        UserWarning
            If the pixels look scaled already, see `out_of_range`.
        """
        check_is_fitted(self)
        check_is_batch(X, self.n_features_in_, "X")
        rows, image_shape = as_rows(X)
        self._check_output(image_shape)
        rows = validate_data(self, rows, reset=False)
        self._check_pixel_range(rows)
        scaled = self._scale(rows)
        return _as_given(scaled, image_shape)

    def inverse_transform(self, X: ArrayLike) -> NDArray[Any]:
        """Scale from `feature_range` back to the pixel range.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Scaled images.

        Returns
        -------
        X_original : ndarray of the shape of `X`
            Grey levels, in float64 if `X` is, else in float32; they are not rounded.
        """
        check_is_fitted(self)
        check_is_batch(X, self.n_features_in_, "X")
        rows, image_shape = as_rows(X)
        # Names are not compared, as in scikit-learn's scalers: scaled pixels rarely have any.
        rows = check_array(rows)
        _check_n_features(self, rows, reset=False)
        grey_levels: NDArray[Any] = np.subtract(
            rows, self.feature_range[0], dtype=_output_dtype(rows)
        )
        grey_levels *= self._grey_levels_per_unit(grey_levels.dtype)
        grey_levels += self.pixel_range_[0]
        return _as_given(grey_levels, image_shape)

    def _check_output(self, image_shape: tuple[int, ...] | None) -> None:
        container = _get_output_config("transform", self)["dense"]
        if image_shape is not None and container != "default":
            raise ValueError(
                f"set_output(transform={container!r}) makes data frames, which hold rows, but X "
                f"holds images of shape {image_shape}: pass X.reshape(len(X), -1)."
            )

    def _fit_rows(self, rows: Any) -> NDArray[Any]:
        _increasing_pair("feature_range", self.feature_range)
        validated: NDArray[Any] = validate_data(self, rows)
        if isinstance(self.pixel_range, str):
            self.pixel_range_ = _recognise_pixel_range(validated)
        else:
            self.pixel_range_ = _increasing_pair("pixel_range", self.pixel_range)
            self._check_pixel_range(validated)
        return validated

    def _check_pixel_range(self, rows: NDArray[Any]) -> None:
        black, white = self.pixel_range_
        is_given = not isinstance(self.pixel_range, str)
        is_checked = is_given or self.pixel_range_ in _RECOGNISED
        if self.out_of_range != "error" or not is_checked:
            return
        margin = _ROUNDING * max(abs(black), abs(white))
        if not is_given:
            margin += white - black  # Resampled images go beyond, those in other units further.
        low, high = float(rows.min()), float(rows.max())
        if low < black - margin or high > white + margin:
            found = low if low < black - margin else high
            raise ValueError(
                f"X has a pixel of {found:g}, outside the pixel range ({black:g}, {white:g}). "
                "Convert X to the units of the training data, set pixel_range=(black, white) for "
                "both, or set out_of_range to 'clip' or 'ignore'."
            )
        # On images that were scaled before, some stroke is nearer to white than to black.
        is_within_unit = low >= -_ROUNDING and 0.5 < high <= 1 + _ROUNDING
        if not is_given and white > 1 and is_within_unit and not is_whole(rows):
            warnings.warn(
                f"X has fractions of at most 1, but is scaled from the pixel range ({black:g}, "
                f"{white:g}) of the training data: it may be scaled already. Convert X to the "
                "units of the training data, or set pixel_range=(black, white).",
                stacklevel=stacklevel_of_caller(),
            )

    def _grey_levels_per_unit(self, dtype: np.dtype[Any]) -> Any:
        black, white = self.pixel_range_
        low, high = self.feature_range
        return dtype.type((white - black) / (high - low)) or dtype.type(1)

    def _scale(self, rows: NDArray[Any]) -> NDArray[Any]:
        scaled: NDArray[Any] = np.subtract(rows, self.pixel_range_[0], dtype=_output_dtype(rows))
        scaled /= self._grey_levels_per_unit(scaled.dtype)
        scaled += self.feature_range[0]
        if self.out_of_range == "clip":
            np.clip(scaled, *self.feature_range, out=scaled)
        return scaled

    def _unpack(self, state: dict[str, Any]) -> dict[str, Any]:
        names = ["n_features_in_", "pixel_range_"]
        if any(name in state for name in names):
            for name in names:
                require_sound(name in state, type(self), name, None, "what was fitted")
            _increasing_pair("pixel_range_", state["pixel_range_"], may_be_equal=True)
            _increasing_pair("feature_range", state["feature_range"])
        return state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
