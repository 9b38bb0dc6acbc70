"""A network of spiking neurons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from skdigits._private_names import Interval
from skdigits.architectures import layers
from skdigits.architectures._architecture import Architecture
from skdigits.architectures._blocks import as_sizes, check_image
from skdigits.architectures._network import ImageShape
from skdigits.architectures.layers import Layer

_POSITIVE = Interval(Integral, 1, None, closed="left")


class SpikingNet(Architecture):
    """Convolutional network of leaky integrate-and-fire neurons, simulated over time steps.

    Grey levels are a constant current into the first stage. Each stage is a convolution, 2x2
    max-pooling and batch normalisation, whose outputs charge the neurons; these only emit spikes,
    zeros and ones, to the next stage. The logits are linear in the mean firing rates of the last
    stage. It is trained like any other network, with surrogate gradients: the gradient of the step
    at the threshold is replaced by that of an arc tangent.

    Parameters
    ----------
    filters : sequence of int, default=(16, 32)
        Number of filters of each stage.
    kernel_size : int, default=5
        Side of the convolution kernels in pixels.
    n_steps : int, default=4
        Number of time steps, at most 1,000; training and prediction take that many times as long.
    decay : float, default=0.5
        Fraction of a neuron's potential that is kept in a time step, in [0, 1]: 1 means no leak.

    See Also
    --------
    ConvNet : The same network without spikes.

    References
    ----------
    Neftci, Mostafa and Zenke (2019). Surrogate gradient learning in spiking neural networks. IEEE
    Signal Processing Magazine 36(6).

    Fang, Yu, Chen, Masquelier, Huang and Tian (2021). Incorporating learnable membrane time
    constant to enhance learning of spiking neural networks. ICCV, section 3.3.

    Examples
    --------
    >>> from skdigits.architectures import SpikingNet
    >>> SpikingNet()((28, 28, 1), 10).count_params()
    29082
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "filters": ["array-like"],
        "kernel_size": [_POSITIVE],
        # Each step is compiled on its own.
        "n_steps": [Interval(Integral, 1, 1_000, closed="both")],
        "decay": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        filters: Sequence[int] = (16, 32),
        *,
        kernel_size: int = 5,
        n_steps: int = 4,
        decay: float = 0.5,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.n_steps = n_steps
        self.decay = decay

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        check_image("SpikingNet", image_shape)
        filters = as_sizes("filters", self.filters)
        if not filters:
            raise ValueError(f"filters must not be empty, got {self.filters!r}.")
        size = min(image_shape[:2])
        for i, n_filters in enumerate(filters):
            yield layers.Conv2D(n_filters, self.kernel_size, padding="same", use_bias=False)
            if size >= 2:
                yield layers.MaxPooling2D(2)
                size //= 2
            yield layers.BatchNormalization()
            if i == 0:
                yield layers.RepeatOverTime(self.n_steps)
            yield layers.LeakyIntegrateAndFire(self.n_steps, self.decay)
        yield layers.Flatten()
        yield layers.AverageOverTime(self.n_steps)
