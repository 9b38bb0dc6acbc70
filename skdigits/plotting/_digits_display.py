"""Pictures of digits, with their labels and predictions."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skdigits._whole_numbers import is_whole
from skdigits.augmentation import Augmentation, resolve_augmentation
from skdigits.plotting._steps import final_step
from skdigits.plotting._style import Display
from skdigits.plotting._summary import percent, pixel_range, summarise, summarise_predictions
from skdigits.plotting._tiles import TileStyle, as_images, draw_tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

# Inches of a cell that shows the value of its pixel.
_CELL_SIDE = {"small images": 0.4, "large images": 0.24}
_LARGE_IMAGE = 16


@dataclass(eq=False, repr=False)
class DigitsDisplay(Display):
    """Digits in grey levels, with their labels and predictions.

    Use :meth:`from_images` to show data, :meth:`from_estimator` or :meth:`from_predictions` to show
    the predictions of a classifier, and :meth:`from_augmentation` to show distorted digits. All
    parameters are stored as attributes. Read more in the :ref:`User Guide <plotting>`.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width, n_channels)
        The images to show, with one channel for grey levels or three for red, green and blue.
    labels : ndarray of shape (n_images,) or None, default=None
        True labels.
    predictions : ndarray of shape (n_images,) or None, default=None
        Predicted labels. Misclassified digits are framed.
    probabilities : ndarray of shape (n_images,) or None, default=None
        Probability of each predicted label.
    titles : sequence of str or None, default=None
        Title above each image. None shows the label and the prediction.
    indices : ndarray of shape (n_images,) or None, default=None
        Indices of the images in the data.
    pixel_range : tuple of (float, float) or None, default=None
        Grey levels drawn as paper and as ink. None uses the smallest and the largest one.
    summary : str or None, default=None
        A line about the data, below the images.

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        The images as drawn.
    text_ : list of matplotlib Text
        The title of each image.
    values_ : list of list of matplotlib Text
        The values in the cells, image by image and row by row. Empty without `include_values`.
    ax_ : matplotlib Axes
        Axes with the images.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : Which digits are confused with which.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.plotting import DigitsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> display = DigitsDisplay.from_images(X, y, max_images=10)
    >>> print(display.summary)
    1,797 images of 8x8 pixels, float64, grey levels 0 to 16; 10 classes of 174 to 183 images
    >>> plt.close(display.figure_)
    """

    images: NDArray[Any]
    _: KW_ONLY
    labels: NDArray[Any] | None = None
    predictions: NDArray[Any] | None = None
    probabilities: NDArray[Any] | None = None
    titles: Sequence[str] | None = None
    indices: NDArray[np.intp] | None = None
    pixel_range: tuple[float, float] | None = None
    summary: str | None = None
    images_: list[AxesImage] = field(init=False)
    text_: list[Text] = field(init=False)
    values_: list[list[Text]] = field(init=False)

    def plot(
        self,
        *,
        ax: Axes | None = None,
        n_columns: int | None = None,
        include_values: bool = False,
        cmap: str = "gray_r",
    ) -> Self:
        """Draw the digits.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.
        include_values : bool, default=False
            Whether to show the value of each pixel in its cell; for one or a few digits.
        cmap : str, default="gray_r"
            Matplotlib colormap: "gray_r" shows dark ink on white paper.

        Returns
        -------
        display : DigitsDisplay
            The display, with the artists as attributes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        height, width = self.images.shape[1:3]
        side = 1.0
        if include_values:
            is_large = max(height, width) > _LARGE_IMAGE
            side = width * _CELL_SIDE["large images" if is_large else "small images"]
        tiles = draw_tiles(
            list(self.images),
            self._titles(),
            TileStyle(
                cmap=cmap,
                pixel_range=self.pixel_range or pixel_range(self.images),
                side=side,
                n_columns=n_columns,
                include_values=include_values,
                values_format=".0f" if is_whole(self.images) else ".2f",
            ),
            marked=self._is_mistake(),
            ax=ax,
        )
        if self.summary:
            tiles.ax.set_title(self.summary.replace("; ", "\n"), fontsize=9)
        self.ax_, self.images_ = tiles.ax, tiles.images
        self.text_, self.values_ = tiles.titles, tiles.values
        return self

    @classmethod
    def from_images(
        cls,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        image_shape: tuple[int, ...] | str = "auto",
        max_images: int = 24,
        ax: Axes | None = None,
        n_columns: int | None = None,
        include_values: bool = False,
    ) -> Self:
        """Show images with their labels, if these are known.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images. The first ones are shown; the summary is about all.
        y : array-like of shape (n_samples,) or None, default=None
            True labels.
        image_shape : tuple of int or "auto", default="auto"
            Shape of the images in the rows of `X`. "auto" is a square.
        max_images : int, default=24
            Largest number of images to show.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.
        include_values : bool, default=False
            Whether to show the value of each pixel in its cell; for one or a few digits.

        Returns
        -------
        display : DigitsDisplay
            The display, drawn.
        """
        images = as_images(X, image_shape)
        labels = None if y is None else _check_column("y", y, images)
        chosen = np.arange(min(max_images, len(images)))
        display = cls(
            images[chosen],
            labels=None if labels is None else labels[chosen],
            indices=chosen,
            pixel_range=pixel_range(images),
            summary=summarise(images, labels),
        )
        return display.plot(ax=ax, n_columns=n_columns, include_values=include_values)

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        y: ArrayLike | None,
        y_pred: ArrayLike,
        *,
        probabilities: ArrayLike | None = None,
        mistakes_first: bool = False,
        image_shape: tuple[int, ...] | str = "auto",
        max_images: int = 24,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Show images with predicted labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images.
        y : array-like of shape (n_samples,) or None
            True labels. None if they are unknown.
        y_pred : array-like of shape (n_samples,)
            Predicted labels.
        probabilities : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Probability of the predicted label, or of each class, as from `predict_proba`.
        mistakes_first : bool, default=False
            Whether to show the mistakes first, by falling probability, and then the correct
            predictions, by rising probability. Needs `y`.
        image_shape : tuple of int or "auto", default="auto"
            Shape of the images in the rows of `X`. "auto" is a square.
        max_images : int, default=24
            Largest number of images to show.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.

        Returns
        -------
        display : DigitsDisplay
            The display, drawn.
        """
        images = as_images(X, image_shape)
        labels = None if y is None else _check_column("y", y, images)
        predictions = _check_column("y_pred", y_pred, images)
        if probabilities is not None:
            probabilities = np.asarray(probabilities)
            if probabilities.ndim == 2:
                probabilities = probabilities.max(axis=1)
            probabilities = _check_column("probabilities", probabilities, images)
        order = np.arange(len(images))
        if mistakes_first:
            if labels is None:
                raise ValueError("mistakes_first=True needs the true labels y, got None.")
            order = _mistakes_first(labels != predictions, probabilities)
        chosen = order[:max_images]
        display = cls(
            images[chosen],
            labels=None if labels is None else labels[chosen],
            predictions=predictions[chosen],
            probabilities=None if probabilities is None else probabilities[chosen],
            indices=chosen,
            pixel_range=pixel_range(images),
            summary=summarise_predictions(labels, predictions),
        )
        return display.plot(ax=ax, n_columns=n_columns)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        mistakes_first: bool = False,
        image_shape: tuple[int, ...] | str = "auto",
        max_images: int = 24,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Show images with the predictions of a fitted classifier.

        Parameters
        ----------
        estimator : estimator instance
            Fitted classifier, or a pipeline that ends in one. Probabilities are shown if it has
            `predict_proba`.
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            Images in the form that the estimator expects.
        y : array-like of shape (n_samples,) or None, default=None
            True labels. None if they are unknown.
        mistakes_first : bool, default=False
            Whether to show the mistakes first, by falling probability, and then the correct
            predictions, by rising probability. Needs `y`.
        image_shape : tuple of int or "auto", default="auto"
            Shape of the images in the rows of `X`. "auto" uses that of the estimator, else
            a square.
        max_images : int, default=24
            Largest number of images to show.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.
        n_columns : int or None, default=None
            Number of images per row. None results in a picture that is wider than high.

        Returns
        -------
        display : DigitsDisplay
            The display, drawn.
        """
        final = final_step(estimator)
        if image_shape == "auto" and hasattr(final, "image_shape_"):
            image_shape = final.image_shape_
        has_probabilities = hasattr(estimator, "predict_proba")
        return cls.from_predictions(
            X,
            y,
            estimator.predict(X),
            probabilities=estimator.predict_proba(X) if has_probabilities else None,
            mistakes_first=mistakes_first,
            image_shape=image_shape,
            max_images=max_images,
            ax=ax,
            n_columns=n_columns,
        )

    @classmethod
    def from_augmentation(
        cls,
        augmentation: Augmentation | Sequence[Augmentation],
        X: ArrayLike,
        *,
        n_versions: int = 5,
        random_state: int = 0,
        image_shape: tuple[int, ...] | str = "auto",
        ax: Axes | None = None,
    ) -> Self:
        """Show digits with several distorted versions of each.

        Parameters
        ----------
        augmentation : Augmentation or sequence of Augmentation
            Distortions, applied in turn.
        X : array-like of shape (n_samples, n_pixels), (n_samples, height, width) or \
                (n_samples, height, width, n_channels)
            A few images, scaled as for training: one row of pictures per image.
        n_versions : int, default=5
            Number of distorted versions of each image.
        random_state : int, default=0
            Determines the distortions.
        image_shape : tuple of int or "auto", default="auto"
            Shape of the images in the rows of `X`. "auto" is a square.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure that is large enough.

        Returns
        -------
        display : DigitsDisplay
            The display, drawn: one row per image, the original first.
        """
        originals = as_images(X, image_shape).astype(np.float32)
        distorted = np.repeat(originals, n_versions, axis=0)
        for seed, distort in enumerate(resolve_augmentation(augmentation), start=random_state):
            distorted = np.asarray(distort(distorted, seed=seed))
        versions = distorted.reshape(len(originals), n_versions, *originals.shape[1:])
        images = np.concatenate([originals[:, np.newaxis], versions], axis=1)
        display = cls(
            images.reshape(-1, *originals.shape[1:]),
            titles=["original", *[""] * n_versions] * len(originals),
            pixel_range=pixel_range(originals),
        )
        return display.plot(ax=ax, n_columns=n_versions + 1)

    def _is_mistake(self) -> list[bool]:
        if self.labels is None or self.predictions is None:
            return [False] * len(self.images)
        return list(np.asarray(self.labels) != np.asarray(self.predictions))

    def _titles(self) -> list[str]:
        """Return the label, the prediction and its probability for each image."""
        if self.titles is not None:
            return list(self.titles)
        titles = []
        for i, is_mistake in enumerate(self._is_mistake()):
            parts = [] if self.labels is None else [str(self.labels[i])]
            if self.predictions is not None and (is_mistake or self.labels is None):
                parts.append(f"read as {self.predictions[i]}")
            if self.probabilities is not None:
                parts.append(f"({percent(self.probabilities[i])})")
            titles.append(" ".join(parts))
        return titles


def _check_column(name: str, column: Any, images: NDArray[Any]) -> NDArray[Any]:
    column = np.asarray(column)
    if column.shape != (len(images),):
        raise ValueError(
            f"{name} must hold one value per image, of shape ({len(images)},); got shape "
            f"{column.shape}."
        )
    checked: NDArray[Any] = column
    return checked


def _mistakes_first(
    is_mistake: NDArray[np.bool_], probabilities: NDArray[Any] | None
) -> NDArray[np.intp]:
    """Order the images: mistakes by falling, then successes by rising probability."""
    if probabilities is None:
        probabilities = np.zeros(len(is_mistake))
    return np.lexsort([np.where(is_mistake, -probabilities, probabilities), ~is_mistake])
