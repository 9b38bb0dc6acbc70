"""Updates of the weights by an optimizer, for the PyTorch backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import torch

from skdigits.architectures import Weights
from skdigits.programs._optimizers import Optimizer
from skdigits.programs._torch._tensors import to_array, to_tensor


class _Update:
    """State in addition to the weights: the slots, and the number of updates."""

    n_updates = 0

    def __init__(self, slots: Sequence[torch.Tensor]) -> None:
        self.slots = slots
        self._initial = [to_array(slot) for slot in slots]

    def load(self, slots: Weights, n_updates: int) -> None:
        """Set the slots; none means a fresh start."""
        for slot, value in zip(self.slots, slots or self._initial, strict=True):
            slot.copy_(to_tensor(value, slot.dtype, slot.device))
        self.n_updates = n_updates

    def state(self) -> Weights:
        """Copy the slots."""
        return tuple(map(to_array, self.slots))


class _OwnUpdate(_Update):
    """An update of all weights at once, by few kernels."""

    options: ClassVar[frozenset[str]]

    def __init__(self, optimizer: Optimizer, weights: Sequence[keras.Variable]) -> None:
        self._config = optimizer.config
        self._weights = [weight.value.detach() for weight in weights]
        n_slots = self.count_slots_per_weight()
        super().__init__([torch.zeros_like(w) for w in self._weights for _ in range(n_slots)])

    def count_slots_per_weight(self) -> int:
        """Count them as Keras does."""
        raise NotImplementedError


class _AdamUpdate(_OwnUpdate):
    """Adam (Kingma and Ba 2015), in one pass over the memory."""

    options = frozenset({"beta_1", "beta_2", "epsilon", "weight_decay"})

    def count_slots_per_weight(self) -> int:
        return 2

    def apply(self, gradients: Sequence[torch.Tensor], learning_rate: float) -> None:
        self.n_updates += 1
        beta_1, beta_2 = self._config["beta_1"], self._config["beta_2"]
        count = torch.tensor(float(self.n_updates), device=self._weights[0].device)
        torch._fused_adam_(
            self._weights,
            # The kernel takes gradients to lie in memory as the weights do, without looking.
            [gradient.contiguous() for gradient in gradients],
            list(self.slots[::2]),
            list(self.slots[1::2]),
            [],
            [count] * len(self._weights),
            lr=learning_rate,
            beta1=beta_1,
            beta2=beta_2,
            weight_decay=0.0,
            # Keras adds it before the variance is corrected for its bias.
            eps=self._config["epsilon"] / (1 - beta_2**self.n_updates) ** 0.5,
            amsgrad=False,
            maximize=False,
        )


class _SGDUpdate(_OwnUpdate):
    """Stochastic gradient descent with momentum, Nesterov's too."""

    options = frozenset({"momentum", "nesterov", "weight_decay"})

    def count_slots_per_weight(self) -> int:
        return int(self._config["momentum"] != 0)

    def apply(self, gradients: Sequence[torch.Tensor], learning_rate: float) -> None:
        self.n_updates += 1
        momentum, weights, slots = self._config["momentum"], self._weights, list(self.slots)
        if slots:
            torch._foreach_mul_(slots, momentum)
            torch._foreach_add_(slots, gradients, alpha=-learning_rate)
            if not self._config["nesterov"]:
                torch._foreach_add_(weights, slots)
                return
            torch._foreach_add_(weights, slots, alpha=momentum)
        torch._foreach_add_(weights, gradients, alpha=-learning_rate)


class _KerasUpdate(_Update):
    """An update by the Keras optimizer itself, which counts its updates."""

    def __init__(self, optimizer: Optimizer, weights: Sequence[keras.Variable]) -> None:
        self._optimizer = optimizer.to_keras()
        self._optimizer.build(weights)
        self._weights = weights
        _, _, *slots = self._optimizer.variables
        super().__init__([slot.value.detach() for slot in slots])

    @property
    def n_updates(self) -> int:
        return int(self._optimizer.variables[0].value)

    @n_updates.setter
    def n_updates(self, n_updates: int) -> None:
        self._optimizer.variables[0].assign(np.array(n_updates))

    def apply(self, gradients: Sequence[torch.Tensor], learning_rate: float) -> None:
        self._optimizer.learning_rate.assign(learning_rate)
        self._optimizer.apply(list(gradients), self._weights)


_OWN: dict[str, type[_AdamUpdate | _SGDUpdate]] = {
    "Adam": _AdamUpdate,
    "AdamW": _AdamUpdate,
    "SGD": _SGDUpdate,
}


def make_update(optimizer: Optimizer, weights: Sequence[keras.Variable]) -> Any:
    """Choose the fastest way to compute the updates of the optimizer."""
    own = _OWN.get(optimizer.kind)
    constrained = any(weight.constraint is not None for weight in weights)
    if own is not None and not constrained and optimizer.has_only(own.options):
        return own(optimizer, weights)
    return _KerasUpdate(optimizer, weights)
