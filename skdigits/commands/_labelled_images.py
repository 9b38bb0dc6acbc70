"""Images with their labels, and the split that was published with them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LabelledImages(NamedTuple):
    """Images and labels; if there is a published split, the first `n_train` are for training."""

    images: NDArray[Any]
    labels: NDArray[Any]
    n_train: int | None = None

    def __str__(self) -> str:
        import numpy as np

        shape = " x ".join(map(str, self.images.shape[1:]))
        n_classes = len(np.unique(self.labels))
        classes = "class" if n_classes == 1 else "classes"
        return f"{len(self.images):,} images of {shape} pixels, {n_classes} {classes}"

    @property
    def rows(self) -> NDArray[Any]:
        """Each image as a row of pixels."""
        return self.images.reshape(len(self.images), prod(self.images.shape[1:]))

    def take(self, rows: Any, n_train: int | None = None) -> LabelledImages:
        """Return some of the images, by their indices or a slice."""
        return LabelledImages(self.images[rows], self.labels[rows], n_train)

    def sample(self, n_rows: int, random_state: int) -> LabelledImages:
        """Draw at most `n_rows` images, in their order, each in its part of the split."""
        import numpy as np

        shuffled = np.random.default_rng(random_state).permutation(len(self.images))
        rows = np.sort(shuffled[:n_rows])
        n_train = None if self.n_train is None else int(np.count_nonzero(rows < self.n_train))
        return self.take(rows, n_train)

    def check_folds(self, n_folds: int) -> None:
        """Check that at least one class has enough images for this number of stratified folds."""
        import numpy as np

        most = int(np.unique(self.labels, return_counts=True)[1].max())
        if n_folds > most:
            raise ValueError(
                f"--cv {n_folds} needs {n_folds} images of a class, but no class has more than "
                f"{most}: use a smaller --cv, or more images (--n-rows)"
            )

    def split(self) -> tuple[LabelledImages, LabelledImages]:
        """Return training and test images; without a published split, there are no test images."""
        n_train = len(self.images) if self.n_train is None else self.n_train
        return self.take(slice(n_train)), self.take(slice(n_train, None))
