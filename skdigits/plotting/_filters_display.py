"""Filters, feature maps and occlusion maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdigits.plotting._occlusion import occlusion_map
from skdigits.plotting._steps import final_step
from skdigits.plotting._style import Display
from skdigits.plotting._summary import percent
from skdigits.plotting._tiles import TileStyle, as_images, draw_tiles
from skdigits.programs._feature_maps import compute_feature_maps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

# Blue for less, red for more, white for nothing: told apart by the colour-blind too.
_SIGNED_COLORS = "RdBu_r"


@dataclass(eq=False, repr=False)
class FiltersDisplay(Display):
    """Filters, feature maps and occlusion maps of a network.

    Use :meth:`from_estimator` for the weights of the first layer, :meth:`from_feature_maps` for the
    output of a convolution for a digit, and :meth:`from_occlusion` for the parts of a digit that
    determine the prediction. All parameters are stored as attributes. Read more in the
    :ref:`User Guide <filter_pictures>`.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        Filters, feature maps, or the importance of each pixel.
    titles : sequence of str
        Title above each image.
    is_signed : bool, default=False
        Whether zero is neutral, and is shown as white between blue and red.
    digit : ndarray of shape (height, width) or None, default=None
        The digit that the images belong to. It is shown first, in grey levels.
    value_name : str, default=""
        Meaning of the colours.

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        The images as drawn, the digit first if there is one.
    text_ : list of matplotlib Text
        The title of each of them.
    ax_ : matplotlib Axes
        Axes with the images.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    DigitsDisplay : The digits themselves.

    References
    ----------
    Zeiler and Fergus (2014). Visualizing and understanding convolutional networks. ECCV, section
    4.2: occlusion.

    Examples
    --------
    The weights of logistic regression, one template for each digit:

    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdigits.plotting import FiltersDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> classifier = LogisticRegression(max_iter=1000).fit(X / 16, y)
    >>> display = FiltersDisplay.from_estimator(classifier)
    >>> display.images.shape
    (10, 8, 8)
    >>> plt.close(display.figure_)
    """

    images: NDArray[Any]
    _: KW_ONLY
    titles: Sequence[str]
    is_signed: bool = False
    digit: NDArray[Any] | None = None
    value_name: str = ""
    images_: list[AxesImage] = field(init=False)
    text_: list[Text] = field(init=False)

    def plot(self, *, ax: Axes | None = None, n_columns: int | None = None) -> Self:
        """Draw the images.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.

        Returns
        -------
        display : FiltersDisplay
            The display, with the artists as attributes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        low, high = float(self.images.min()), float(self.images.max())
        if self.is_signed:
            high = max(-low, high) or 1.0
            low = -high
        images, titles = list(self.images), list(self.titles)
        if self.digit is not None:
            images, titles = [self.digit, *images], ["digit", *titles]
        style = TileStyle(
            cmap=_SIGNED_COLORS if self.is_signed else "viridis",
            pixel_range=(low, high),
            side=2.2 if len(images) <= 4 else 1.0,
            n_columns=n_columns,
            right_margin=0.9 if self.value_name else 0.1,
        )
        tiles = draw_tiles([image[:, :, np.newaxis] for image in images], titles, style, ax=ax)
        self.ax_, self.images_, self.text_ = tiles.ax, tiles.images, tiles.titles
        if self.digit is not None:
            self.images_[0].set_cmap("gray_r")
            self.images_[0].set_clim(self.digit.min(), self.digit.max())
        if self.value_name:
            self.figure_.colorbar(self.images_[-1], ax=self.ax_, label=self.value_name, shrink=0.8)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        max_filters: int = 32,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Show the weights of the first layer.

        Parameters
        ----------
        estimator : estimator instance
            Fitted :class:`~skdigits.KerasDigitClassifier`, linear classifier or
            :class:`~sklearn.neural_network.MLPClassifier`, or a pipeline that ends in one. The
            first layer of a network must be a convolution, or be connected to all pixels.
        max_filters : int, default=32
            Largest number of filters or neurons to show.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.

        Returns
        -------
        display : FiltersDisplay
            The display, drawn: of each filter, the mean over its channels.

        Raises
        ------
        ValueError
            If the first weights are not images.
        """
        final = final_step(estimator)
        check_is_fitted(final)
        filters = _first_filters(final)
        n_shown = min(max_filters, len(filters))
        classes = getattr(final, "classes_", ())
        # A filter for each class is a template of the class.
        names = classes if len(filters) == len(classes) else range(1, len(filters) + 1)
        return cls(
            filters[:n_shown],
            titles=[str(name) for name in names[:n_shown]],
            is_signed=True,
            value_name="Weight",
        ).plot(ax=ax, n_columns=n_columns)

    @classmethod
    def from_feature_maps(
        cls,
        estimator: Any,
        X: ArrayLike,
        *,
        convolution: int = 1,
        max_maps: int = 31,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Show the output of a convolution for a digit, after pooling and activation.

        Parameters
        ----------
        estimator : estimator instance
            Fitted :class:`~skdigits.KerasDigitClassifier` with a convolutional network, or a
            pipeline that ends in one.
        X : array-like of shape (1, n_pixels), (1, height, width) or (1, height, width, n_channels)
            One digit, in the form that the estimator expects.
        convolution : int, default=1
            Number of the convolution, counted from 1.
        max_maps : int, default=31
            Largest number of maps to show.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.

        Returns
        -------
        display : FiltersDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the network does not have this convolution, or `X` is not one digit.
        """
        final = final_step(estimator)
        check_is_fitted(final)
        scaled = estimator[:-1].transform(X) if isinstance(estimator, Pipeline) else X
        images = _one_image(scaled, final.image_shape_)
        maps = compute_feature_maps(
            final._network_, final.weights_, images.astype(np.float32), convolution
        )
        return cls(
            np.moveaxis(maps[0], -1, 0)[:max_maps],
            titles=[str(number) for number in range(1, min(max_maps, maps.shape[-1]) + 1)],
            digit=images[0].mean(axis=-1),
        ).plot(ax=ax, n_columns=n_columns)

    @classmethod
    def from_occlusion(
        cls,
        estimator: Any,
        X: ArrayLike,
        *,
        label: Any = None,
        patch_size: int | str = "auto",
        image_shape: tuple[int, ...] | str = "auto",
        ax: Axes | None = None,
    ) -> Self:
        """Show which parts of a digit determine the prediction, by hiding them.

        A square patch of background is laid over each part of the digit. If the probability of
        the label falls, the part is evidence for it; if it rises, the part is evidence against
        it. Each pixel gets the mean over the patches that hide it. This works for every classifier.

        Parameters
        ----------
        estimator : estimator instance
            Fitted classifier with `predict_proba`, or a pipeline that ends in one.
        X : array-like of shape (1, n_pixels), (1, height, width) or (1, height, width, n_channels)
            One digit, in the form that the estimator expects.
        label : object, default=None
            The label to explain. None is the predicted label.
        patch_size : int or "auto", default="auto"
            Side of the patch in pixels. "auto" is a seventh of the side of the image, at least 2.
        image_shape : tuple of int or "auto", default="auto"
            Shape of the image in the row of `X`. "auto" uses that of the estimator, else a square.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.

        Returns
        -------
        display : FiltersDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the label is not a class of the classifier, or `X` is not one digit.
        """
        if image_shape == "auto":
            image_shape = getattr(final_step(estimator), "image_shape_", "auto")
        images = _one_image(X, image_shape)
        probabilities = estimator.predict_proba(X)[0]
        if label is None:
            label = estimator.classes_[probabilities.argmax()]
        elif label not in estimator.classes_:
            raise ValueError(f"label must be one of {list(estimator.classes_)}, got {label!r}.")
        column = list(estimator.classes_).index(label)
        as_given = (-1, *np.shape(X)[1:])
        importance = occlusion_map(
            lambda hidden: estimator.predict_proba(hidden.reshape(as_given))[:, column],
            images[0],
            patch_size,
        )
        return cls(
            importance[np.newaxis],
            titles=[f"speaks for {label} ({percent(probabilities[column])})"],
            is_signed=True,
            digit=images[0].mean(axis=-1),
            value_name="Fall of the probability",
        ).plot(ax=ax)


def _one_image(X: Any, image_shape: tuple[int, ...] | str) -> NDArray[Any]:
    images = as_images(X, image_shape)
    if len(images) != 1:
        raise ValueError(f"X must hold one digit, such as X[:1]; got {len(images)}.")
    return images


# By the fitted attribute that tells the kind of classifier: one column for each neuron.
_FIRST_WEIGHTS: dict[str, Callable[[Any], NDArray[Any]]] = {
    "coefs_": lambda perceptron: perceptron.coefs_[0],
    "coef_": lambda linear: np.asarray(linear.coef_).T,
    "weights_": lambda network: next(w for w in network.weights_ if w.ndim > 1),
}


def _first_filters(classifier: Any) -> NDArray[Any]:
    """Return the weights of the first layer, one image per neuron or filter."""
    kind = next((name for name in _FIRST_WEIGHTS if hasattr(classifier, name)), None)
    if kind is None:
        raise ValueError(f"{classifier!r} has no weights to show.")
    weights = _FIRST_WEIGHTS[kind](classifier)
    filters: NDArray[Any]
    if weights.ndim == 4:
        filters = np.moveaxis(weights, -1, 0)
    elif weights.ndim == 2 and len(weights) == classifier.n_features_in_:
        filters = as_images(weights.T, getattr(classifier, "image_shape_", "auto"))
    else:
        raise ValueError(
            f"The first weights of {classifier!r} have the shape {weights.shape}; they can "
            "only be shown if the first layer is a convolution, or has one row of weights for each "
            f"of the {classifier.n_features_in_} pixels."
        )
    images: NDArray[Any] = filters.mean(axis=-1)
    return images
