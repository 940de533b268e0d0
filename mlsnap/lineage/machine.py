"""The machine a call runs on, and what its libraries were told."""

from __future__ import annotations

import os
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

_CPUINFO = Path("/proc/cpuinfo")
_NVIDIA = Path("/proc/driver/nvidia")
_NUMERIC = ("numpy", "sklearn", "torch")
_PATHS = ("filepath",)


@cache
def cpu() -> str:
    """The model of the processor."""
    models = (line for line in _lines(_CPUINFO) if line.startswith("model name"))
    model = next(models, "").partition(":")[2].strip()
    return model or platform.processor() or platform.machine()


def cpu_count() -> int:
    """CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def libraries() -> tuple[dict[str, Any], ...]:
    """BLAS and OpenMP libraries in use, as threadpoolctl has them, without their paths.

    Empty where threadpoolctl is not installed, or nothing is loaded that would compute with them.
    """
    if not any(name in sys.modules for name in _NUMERIC):
        return ()
    with suppress(Exception):  # whatever a library makes of being asked
        import threadpoolctl

        return tuple(
            {key: value for key, value in each.items() if key not in _PATHS}
            for each in threadpoolctl.threadpool_info()
        )
    return ()


def accelerators() -> tuple[str, ...]:
    """GPUs with their driver, and CUDA as PyTorch sees it if it is in use."""
    return (*_gpus(), *_cuda())


def settings() -> dict[str, str]:
    """What the libraries in use were told that changes results, by ``library.setting``."""
    found = {}
    for library, asked in _SETTINGS.items():
        module = sys.modules.get(library)
        for name, ask in asked.items() if module else ():
            with suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[f"{library}.{name}"] = str(ask(module))
    return found


@cache
def _gpus() -> tuple[str, ...]:
    """Read from the driver itself: asking a library would start CUDA."""
    models = [
        line.partition(":")[2].strip()
        for file in sorted(_NVIDIA.glob("gpus/*/information"))
        for line in _lines(file)
        if line.startswith("Model:")
    ]
    driver = next(iter(_lines(_NVIDIA / "version")), "").partition(":")[2].strip()
    return (*models, *([f"driver {driver}"] if driver else []))


def _cuda() -> Iterator[str]:
    torch: Any = sys.modules.get("torch")
    with suppress(Exception):
        if torch and torch.version.cuda and torch.cuda.is_initialized():
            yield f"CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []


_SETTINGS: dict[str, dict[str, Callable[[Any], object]]] = {
    "torch": {
        "num_threads": lambda torch: torch.get_num_threads(),
        "default_dtype": lambda torch: torch.get_default_dtype(),
        "deterministic_algorithms": lambda torch: torch.are_deterministic_algorithms_enabled(),
        "float32_matmul_precision": lambda torch: torch.get_float32_matmul_precision(),
        "cudnn.deterministic": lambda torch: torch.backends.cudnn.deterministic,
        "cudnn.benchmark": lambda torch: torch.backends.cudnn.benchmark,
    },
    "tensorflow": {
        "op_determinism": lambda _: sys.modules[
            "tensorflow.python.framework.config"
        ].is_op_determinism_enabled(),
        "intra_op_threads": lambda tf: tf.config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": lambda tf: tf.config.threading.get_inter_op_parallelism_threads(),
    },
    "jax": {
        "enable_x64": lambda jax: jax.config.jax_enable_x64,
        "platforms": lambda jax: jax.config.jax_platforms,
        "default_matmul_precision": lambda jax: jax.config.jax_default_matmul_precision,
    },
}
