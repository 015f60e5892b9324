"""The loop: AdamW, warm-up, linear decay, clipping; the same weights however often it is interrupted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import torch

from xbench.errors import XbenchError
from xbench.pretraining.encoder import Encoder
from xbench.pretraining.held_out import measure
from xbench.pretraining.material import Material, Questions
from xbench.pretraining.recipe import Recipe
from xbench.pretraining.state import State
from xbench.pretraining.steps import Steps

_POINTS = 5
"""Parts of the training, before each of which the held-out passages are looked at."""


def adamw(model: torch.nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """The optimiser of a recipe; biases and layer norms do not decay."""
    decayed = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    spared = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": spared, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, recipe.beta2), fused=True)


def train(
    encoder: Encoder,
    optimizer: torch.optim.Optimizer,
    material: Material,
    state: State,
    save_every: float,
    save: Callable[[], None],
    quiet: bool = False,
) -> None:
    """Trains a model in place, from a state on to the last step of the recipe.

    Args:
        encoder: The model, in fp32, and where it runs.
        optimizer: Of the model.
        material: What to learn, and from what.
        state: How far it is; kept up to date.
        save_every: Seconds between two calls of `save`.
        save: Keeps the state, which is then up to date.
        quiet: Nothing is shown.

    Raises:
        XbenchError: A loss is not a number.
    """
    recipe = material.train.recipe
    looks = {round(recipe.steps * part / _POINTS) for part in range(_POINTS)} - {recipe.steps}
    began = time.monotonic() - state.seconds
    saved = time.monotonic()

    def keep() -> float:
        state.seconds = time.monotonic() - began
        save()
        return time.monotonic()

    with Steps(recipe.steps, state.step, quiet) as shown:
        while True:
            if state.step in looks and state.step not in {point.step for point in state.points}:
                state.points.append(measure(encoder, material.dev, state.step))
                shown.say(str(state.points[-1]))
                if state.step == 0:
                    # What leads up to the first step takes minutes for a large corpus.
                    saved = keep()
            if state.step == recipe.steps:
                break
            shown.tick(_step(encoder, optimizer, material.train, state.step))
            state.step += 1
            if time.monotonic() - saved >= save_every:
                saved = keep()
    keep()


def _step(encoder: Encoder, optimizer: torch.optim.Optimizer, asked: Questions, step: int) -> dict[str, float]:
    """One optimiser step; returns its losses, unweighted."""
    recipe = asked.recipe
    random = np.random.default_rng([recipe.seed, step])
    torch.manual_seed(int(random.integers(2**62)))
    encoder.model.train()
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate(step)
    optimizer.zero_grad(set_to_none=True)
    losses = {}
    for name, (weight, objective) in asked.objectives.items():
        loss = objective.loss(encoder, asked.pool, asked.shape, recipe.batch, random)
        # One after the other, so that one objective's activations are in memory at a time.
        (weight * loss).backward()
        losses[name] = float(loss.detach())
        if not math.isfinite(losses[name]):
            raise XbenchError(
                f"the loss of {name} in step {step + 1} is {losses[name]}: lower --learning-rate, or use --dtype fp32"
            )
    torch.nn.utils.clip_grad_norm_(encoder.model.parameters(), recipe.clip)
    optimizer.step()
    return losses
