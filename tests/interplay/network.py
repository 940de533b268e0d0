"""The smallest network that PyTorch Lightning trains. The tests copy this file into a project."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as lightning
import pandas as pd
import torch


class Line(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch: list[torch.Tensor], at: int) -> torch.Tensor:
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("loss", loss, on_epoch=True, on_step=False)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def batches(df: pd.DataFrame) -> torch.utils.data.DataLoader[Any]:
    x = torch.tensor(df[["a", "b"]].to_numpy(), dtype=torch.float32)
    y = torch.tensor(df[["label"]].to_numpy(), dtype=torch.float32)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=20)


def trainer(epochs: int = 1, **options: Any) -> lightning.Trainer:
    silent = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    more = {"enable_checkpointing": False, "accelerator": "cpu", "log_every_n_steps": 1}
    return lightning.Trainer(max_epochs=epochs, **{**silent, **more, **options})
