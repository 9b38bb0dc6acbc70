"""Images of handwritten digits: MNIST, and any file in its IDX format."""

from skdigits.datasets._idx import read_idx
from skdigits.datasets._mnist import fetch_mnist
from skdigits.datasets._original_files import UnfetchedError as UnfetchedError

__all__ = ["fetch_mnist", "read_idx"]
