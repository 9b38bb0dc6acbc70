"""What happened in each epoch of a training run."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Epoch:
    """What happened in an epoch; the validation figures are None without validation data."""

    number: int
    loss: float
    accuracy: float
    learning_rate: float
    seconds: float
    val_loss: float | None = None
    val_accuracy: float | None = None

    def describe(self) -> str:
        """Say it in a line."""
        parts = [f"loss {self.loss:.4f}", f"accuracy {self.accuracy:.4f}"]
        if self.val_loss is not None:
            parts += [f"val_loss {self.val_loss:.4f}", f"val_accuracy {self.val_accuracy:.4f}"]
        return "  ".join([*parts, f"{self.seconds:.2f} s"])


def history(epochs: list[Epoch]) -> dict[str, list[float]]:
    """Turn the epochs into a list per figure, leaving out figures that no epoch has."""
    columns = {
        field.name: [getattr(epoch, field.name) for epoch in epochs]
        for field in fields(Epoch)
        if field.name != "number"
    }
    return {name: column for name, column in columns.items() if None not in column}
