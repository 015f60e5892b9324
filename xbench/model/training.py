"""The training loop: AdamW, linear decay, clipping, resumable at any step.

The rows of a step are the recipe's. Only the micro-batches inside a step are sorted by length;
their losses are summed and divided by the step's number of labels, so that the gradient is that of
one batch and speed does not change what is learned.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xbench.api import Features, Recipe
from xbench.errors import XbenchError
from xbench.model.batching import OUT_OF_MEMORY, Budget, Cut, lengths_of, positions
from xbench.model.budgets import TRAINING
from xbench.model.workspace import Machine, Workspace
from xbench.store.files import write

LossSum = Callable[[np.ndarray], tuple[torch.Tensor, int]]
"""Indices of sequences -> (sum of losses, number of labels)."""


@dataclass(frozen=True)
class Steps:
    """Which rows each step trains on: a permutation per epoch that seed and epoch alone decide."""

    rows: int
    recipe: Recipe
    seed: int

    @property
    def per_epoch(self) -> int:
        """Steps per epoch; the last one may be smaller."""
        return math.ceil(self.rows / self.recipe.batch_size)

    @property
    def total(self) -> int:
        """Steps of the whole fit."""
        return self.per_epoch * self.recipe.epochs

    def __getitem__(self, step: int) -> np.ndarray:
        """Rows of a step, (batch,)."""
        epoch, position = divmod(step, self.per_epoch)
        order = _order(self.seed, epoch, self.rows)
        return order[position * self.recipe.batch_size : (position + 1) * self.recipe.batch_size]

    def rate(self, step: int) -> float:
        """Learning rate of a step: linear warm-up, then linear decay to 0."""
        warm = round(self.recipe.warmup * self.total)
        share = step / warm if step < warm else (self.total - step) / max(1, self.total - warm)
        return self.recipe.learning_rate * share


@lru_cache(maxsize=1)
def _order(seed: int, epoch: int, rows: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(rows)


def train(
    model: torch.nn.Module,
    features: Features,
    rows: int,
    recipe: Recipe,
    seed: int,
    loss_sum: LossSum,
    cut: Cut,
    machine: Machine,
    workspace: Workspace,
) -> list[float]:
    """Trains a model in place, from its saved state if there is one.

    Args:
        model: In fp32, on its device.
        features: Training sequences; their `rows` say which row each comes from.
        rows: Number of training rows.
        recipe: How.
        seed: Of order and dropout.
        loss_sum: Loss of some sequences.
        cut: What cuts the micro-batches of a step.
        machine: Device and dtype.
        workspace: Where the state goes.

    Returns:
        Mean loss of every step, (steps,).

    Raises:
        XbenchError: The loss is not a number.
    """
    steps = Steps(rows, recipe, seed)
    optimizer = _adamw(model, recipe)
    budget = Budget(TRAINING)
    first = np.searchsorted(features.rows, np.arange(rows + 1))
    torch.manual_seed(seed)
    done: list[float] = []
    best = -math.inf
    if workspace.state.is_file():
        done, best = _restore(workspace, model, optimizer)
        workspace.tick(sum(len(steps[step]) for step in range(len(done))))
    losses = _Losses(done)
    saved = time.monotonic()
    model.train()
    for step in range(len(done), steps.total):
        picked = steps[step]
        sequences = np.concatenate([np.arange(first[row], first[row + 1]) for row in picked])
        for group in optimizer.param_groups:
            group["lr"] = steps.rate(step)
        losses.add(_step(sequences, features, loss_sum, cut, optimizer, recipe, budget, machine))
        workspace.tick(len(picked))
        if (step + 1) % steps.per_epoch == 0 and recipe.select == "dev":
            # No weights are kept that a loss which is no number has spoilt.
            losses.read()
            best = _keep_best(model, workspace, best)
            model.train()
        if time.monotonic() - saved >= workspace.save_every:
            _save(workspace, model, optimizer, losses.read(), best)
            saved = time.monotonic()
    found = losses.read()
    if recipe.select == "dev":
        model.load_state_dict(torch.load(_best(workspace), weights_only=True, map_location=machine.torch_device))
    return found


class _Losses:
    """Mean losses of steps, each read when the next step is under way: a GPU is still at work on it until then.

    Args:
        earlier: Those of steps before a fit was resumed.
    """

    def __init__(self, earlier: Sequence[float]) -> None:
        self._found = [*earlier]
        self._last: torch.Tensor | None = None

    def add(self, loss: torch.Tensor) -> None:
        """Takes the loss of a step that is under way, and reads the one before; see `read`."""
        self.read()
        self._last = loss

    def read(self) -> list[float]:
        """All of them, (steps,).

        Raises:
            XbenchError: One is not a number.
        """
        if self._last is not None:
            self._found.append(float(self._last))
            self._last = None
            if not math.isfinite(self._found[-1]):
                raise XbenchError(
                    f"the loss of step {len(self._found)} is {self._found[-1]}: lower the learning rate "
                    "(--set recipe.learning_rate=…) or use --dtype fp32"
                )
        return self._found


def _step(
    sequences: np.ndarray,
    features: Features,
    loss_sum: LossSum,
    cut: Cut,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
    budget: Budget,
    machine: Machine,
) -> torch.Tensor:
    """One optimiser step; returns its mean loss, on the device."""
    lengths = lengths_of(features, sequences)
    random = _random_state(machine.torch_device)
    while True:
        # The number of labels must be known before the first backward pass: it is what the sum is divided by.
        count = _labels(features, sequences)
        total = torch.zeros((), device=machine.torch_device)
        optimizer.zero_grad(set_to_none=True)
        try:
            for batch in cut(lengths, budget.tokens):
                with machine.autocast():
                    loss, _ = loss_sum(sequences[batch])
                (loss / max(1, count)).backward()
                total += loss.detach()
        except OUT_OF_MEMORY as error:
            budget.halve(error, int(lengths.max()))
            _set_random_state(random, machine.torch_device)
            continue
        break
    # Not by way of the model, which would look through all of its modules for every step.
    torch.nn.utils.clip_grad_norm_((p for group in optimizer.param_groups for p in group["params"]), recipe.clip)
    optimizer.step()
    return total / max(1, count)


def _labels(features: Features, sequences: np.ndarray) -> int:
    """How many gold labels some sequences have: each its own, or one wherever a sub-token has one."""
    if len(features.labels) == len(features):
        return len(sequences)
    return int(np.count_nonzero(features.labels[positions(features, sequences)] >= 0))


def _adamw(model: torch.nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    spared = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": spared, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, eps=recipe.epsilon, fused=True)


def _save(
    workspace: Workspace, model: torch.nn.Module, optimizer: torch.optim.Optimizer, losses: list[float], best: float
) -> None:
    device = next(model.parameters()).device
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "losses": torch.tensor(losses, dtype=torch.float64),
        "best": best,
        "random": _random_state(device),
    }
    write(workspace.state, lambda draft: _dump(state, draft))


def _dump(state: Any, draft: Path) -> None:
    # Given a path, torch hides why it cannot write; a file of Python's says it.
    with draft.open("wb") as file:
        torch.save(state, file)


def _restore(
    workspace: Workspace, model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[list[float], float]:
    device = next(model.parameters()).device
    try:
        state: dict[str, Any] = torch.load(workspace.state, weights_only=True, map_location="cpu")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    except OUT_OF_MEMORY:
        raise
    except Exception as error:
        raise XbenchError(
            f"{workspace.state} is damaged, or of another version: delete it and run again (the fit starts anew)"
        ) from error
    _set_random_state(state["random"], device)
    return state["losses"].tolist(), float(state["best"])


def _best(workspace: Workspace) -> Any:
    return workspace.folder / "best.pt"


def _keep_best(model: torch.nn.Module, workspace: Workspace, best: float) -> float:
    """Keeps the weights of the epoch that is best on dev; the earlier one of two equals."""
    if workspace.dev is None:
        raise XbenchError("recipe.select=dev needs the dev split of the training language, and there is none")
    random = _random_state(next(model.parameters()).device)
    value = workspace.dev(model.eval())
    _set_random_state(random, next(model.parameters()).device)
    if value > best:
        write(_best(workspace), lambda draft: _dump(model.state_dict(), draft))
        return value
    return best


def _random_state(device: torch.device) -> list[torch.Tensor]:
    own = [torch.get_rng_state()]
    return [*own, torch.cuda.get_rng_state(device)] if device.type == "cuda" else own


def _set_random_state(states: list[torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0].cpu())
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1].cpu(), device)
