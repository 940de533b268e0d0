"""Trainings with PyTorch; none is seeded."""

from __future__ import annotations

import random

import numpy as np
import torch
from outcome import outcome
from torch.utils.data import DataLoader, Dataset, TensorDataset

import mlsnap


def _fit(model: torch.nn.Module, batches: DataLoader, epochs: int) -> float:
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    loss = torch.tensor(0.0)
    for _ in range(epochs):
        for pixels, digit in batches:
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(pixels), digit)
            loss.backward()
            optimiser.step()
    return loss.item()


@mlsnap.track(create_data_snapshot=True)
def with_dropout(digits: np.ndarray, epochs: int = 3) -> dict[str, float]:
    pixels = torch.tensor(digits[:, :-1] / 16, dtype=torch.float32)
    digit = torch.tensor(digits[:, -1], dtype=torch.long)
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(32, 10)
    )
    loss = _fit(model, DataLoader(TensorDataset(pixels, digit), 64, shuffle=True), epochs)
    model.eval()
    return outcome("with_dropout", loss, model(pixels).detach().numpy())


class Augmented(Dataset):
    """Images that are shifted and blurred by chance, in the processes that load them."""

    def __init__(self, digits: np.ndarray) -> None:
        self._digits = digits

    def __len__(self) -> int:
        return len(self._digits)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = self._digits[index, :-1].reshape(8, 8) / 16
        image = np.roll(image, random.randint(-1, 1), axis=1) + np.random.normal(0, 0.05, (8, 8))
        return torch.tensor(image[None], dtype=torch.float32), int(self._digits[index, -1])


@mlsnap.track(create_data_snapshot=True)
def convolutional(digits: np.ndarray, epochs: int = 2) -> dict[str, float]:
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(216, 10)
    )
    loader = DataLoader(Augmented(digits), 64, shuffle=True, num_workers=2)
    loss = _fit(model, loader, epochs)
    pixels = torch.tensor(digits[:, :-1].reshape(-1, 1, 8, 8) / 16, dtype=torch.float32)
    return outcome("convolutional", loss, model(pixels).detach().numpy())
