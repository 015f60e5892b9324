"""What every test shares: real data where it is, a cache of its own, no progress bars."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

# Read when huggingface_hub and datasets are imported, hence before any fixture.
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"

_HUB = Path(__file__).resolve().parents[2] / "shared" / "hub"


@pytest.fixture(scope="session")
def hub() -> Path:
    """Real data in the Hub's layout, which lies beside the project and is no part of it."""
    if not _HUB.is_dir():
        pytest.skip(f"no real data: {_HUB} is absent")
    return _HUB


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """XBENCH_CACHE of this session, so that no test reads what another run has left behind."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XBENCH_CACHE", str(folder))
        yield folder


def _once(config: pytest.Config, name: str, build: Callable[[Path], object]) -> Path:
    """A checkpoint that takes half a minute to train, trained by whichever process needs it first.

    It is kept in pytest's cache, and made anew when anything changes that it is made from.
    """
    import tiny_translators

    assert config.cache is not None
    folder = config.cache.mkdir(f"translators-{tiny_translators.identity()}") / name
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            draft = folder.with_name(f".{name}")
            shutil.rmtree(draft, ignore_errors=True)
            build(draft)
            draft.rename(folder)
    return folder


@pytest.fixture(scope="session")
def m2m(pytestconfig: pytest.Config) -> Path:
    """A checkpoint of M2M-100's architecture that translates short lists of facts into German and Russian."""
    import tiny_translators

    return _once(pytestconfig, "m2m", lambda folder: tiny_translators.build_m2m(folder, ["de", "ru"], 350, most=2))


@pytest.fixture(scope="session")
def marian(pytestconfig: pytest.Config) -> Path:
    """A checkpoint of Marian's architecture that translates short lists of facts into German; called en-de."""
    import tiny_translators

    return _once(pytestconfig, "en-de", lambda folder: tiny_translators.build_marian(folder, "de", 250, most=2))


@pytest.fixture(scope="session")
def marian_back(pytestconfig: pytest.Config) -> Path:
    """Likewise from German into English; called de-en."""
    import tiny_translators

    return _once(
        pytestconfig, "de-en", lambda folder: tiny_translators.build_marian(folder, "de", 250, most=2, back=True)
    )
