"""Results that are read one behind."""

from __future__ import annotations

import numpy as np
import torch

from xbench.model.moving import moved, one_behind


def test_a_result_is_kept_when_the_next_one_is_under_way_and_the_last_at_the_end() -> None:
    kept: list[int] = []
    seen = []
    with one_behind(kept.append) as hand:
        for number in range(3):
            hand(number)
            seen.append([*kept])
    assert seen == [[], [0], [0, 1]]
    assert kept == [0, 1, 2]


def test_arrays_keep_their_numbers_and_take_the_dtype_that_is_asked_for() -> None:
    array = np.array([[1, 2], [3, 4]], np.int32)
    assert moved(array, torch.device("cpu")).dtype == torch.int32
    found = moved(array, torch.device("cpu"), torch.int64)
    assert found.dtype == torch.int64 and found.tolist() == array.tolist()
