"""Checkpoints: the progress of a training in a file, which is checked like files of others."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits._files import replacing
from skdigits._printable import printable
from skdigits.persistence._archive import TooLarge, read_archive
from skdigits.persistence._schema import check_array_bytes

_WIDEST = 8  # bytes per number: seeds and counters are narrower on some backends
_MOST_BYTES_AROUND = 1 << 10  # an array: its header and name, and its entries in the archive
_DIGITS = 64  # of the identity


class Checkpoint(NamedTuple):
    """Progress of a training.

    Parameters
    ----------
    identity : str
        Hash of what determines the training: its lines and parameters.
    losses : ndarray of shape (n_batches,)
        Loss of each batch so far.
    scores : ndarray of shape (n_epochs,)
        Score of each epoch that is complete; NaN without validation lines.
    variables : list of ndarray
        Those of the network, then those of the optimizer.
    """

    identity: str
    losses: NDArray[np.float64]
    scores: NDArray[np.float64]
    variables: Sequence[NDArray[Any]]


def write_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint in the place of the one before, completely or not at all."""
    arrays: dict[str, Any] = {
        "identity": np.array(checkpoint.identity),
        "losses": checkpoint.losses,
        "scores": checkpoint.scores,
        **{f"variable_{i}": it for i, it in enumerate(checkpoint.variables)},
    }
    with replacing(path) as file:
        np.savez(file, **arrays)


def read_checkpoint(
    path: str | os.PathLike[str],
    identity: str,
    variables: Sequence[NDArray[Any]],
    n_epochs: int,
    n_per_epoch: int,
) -> Checkpoint:
    """Read the checkpoint of a training with the given variables and numbers of batches.

    Raises
    ------
    ValueError
        If it is damaged, belongs to another training, or holds more than this one can need.
    """
    n_numbers = sum(it.size for it in variables) + n_epochs * (n_per_epoch + 1)
    max_bytes = _WIDEST * n_numbers + _MOST_BYTES_AROUND * (len(variables) + 3)
    try:
        members = read_archive(path, max_bytes, written_by="a training")
        is_same = _read_array(members, "identity", np.array("0" * _DIGITS)) == identity
        if is_same:
            return _read_progress(members, identity, variables, n_epochs, n_per_epoch)
    except TooLarge as error:
        problem = f"cannot be read: it holds more than the {max_bytes:,} bytes of this training"
        raise ValueError(_message(path, problem)) from error
    except Exception as error:
        # NumPy raises errors of several kinds on hostile bytes.
        raise ValueError(_message(path, f"cannot be read: {printable(error)}")) from error
    raise ValueError(
        _message(path, "belongs to a training with other lines, parameters or initial weights")
    )


def _message(path: str | os.PathLike[str], problem: str) -> str:
    return (
        f"checkpoint={str(path)!r} {problem.rstrip('.')}. Pass another file, or delete it to "
        "start again."
    )


def _read_progress(
    members: Mapping[str, bytes],
    identity: str,
    variables: Sequence[NDArray[Any]],
    n_epochs: int,
    n_per_epoch: int,
) -> Checkpoint:
    names = [f"variable_{i}" for i in range(len(variables))]
    expected = {f"{name}.npy" for name in ("identity", "losses", "scores", *names)}
    if unknown := sorted(members.keys() - expected):
        raise ValueError(f"it holds {unknown[0]!r}, which no checkpoint of this training has")
    losses, scores = (_read_array(members, name, np.zeros(0)) for name in ("losses", "scores"))
    if not 0 < len(losses) <= n_epochs * n_per_epoch or len(scores) != len(losses) // n_per_epoch:
        raise ValueError(
            f"{len(losses)} losses and {len(scores)} scores are not those of {n_epochs} epochs of "
            f"{n_per_epoch} batches"
        )
    read = [_read_array(members, *it) for it in zip(names, variables, strict=True)]
    for name, array in {"losses": losses, **dict(zip(names, read, strict=True))}.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are NaN or infinite")
    return Checkpoint(identity, losses, scores, read)


def _read_array(members: Mapping[str, bytes], name: str, expected: NDArray[Any]) -> NDArray[Any]:
    """Read an array of the shape and the kind of another; a first axis of length 0 may be any."""
    if (content := members.get(f"{name}.npy")) is None:
        raise ValueError(f"it has no {name!r}")
    dtype, shape = check_array_bytes(name, content)
    is_of_kind = dtype == expected.dtype or {dtype.kind, expected.dtype.kind} <= {*"iu"}
    if not is_of_kind or shape != (shape[:1] if expected.shape == (0,) else expected.shape):
        raise ValueError(
            f"{name!r} is of dtype {dtype} and shape {shape}, instead of {expected.dtype} and "
            f"{expected.shape}"
        )
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array
