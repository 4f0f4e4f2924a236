# SPDX-License-Identifier: Apache-2.0
"""Trains the demo's network and writes model.pt2, inputs and expected outputs.

    pip install -r tests/requirements.txt scikit-learn==1.9.1
    python examples/demo/train.py

Data: the 1,797 handwritten digits (8x8, values 0..16) that scikit-learn ships,
from the UCI repository (E. Alpaydin, C. Kaynak, CC BY 4.0). Takes about ten seconds
on two cores; every tenth picture is held out. Nothing of the machine it ran on
is left in model.pt2: stack traces are removed before it is saved.
"""

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

HERE = Path(__file__).resolve().parent
EPOCHS = 60
SHOWN = (0, 3, 7)   # digits that are kept as example inputs


class Digits(nn.Module):
    """A 16-channel stem, one separable block, one residual one; 5,194 weights."""

    def __init__(self):
        super().__init__()
        self.stem = self.conv(1, 16, 3)
        self.depthwise = self.conv(16, 16, 3, stride=2, groups=16)
        self.pointwise = self.conv(16, 32, 1)
        self.residual = nn.Sequential(self.conv(32, 32, 3, groups=32), self.conv(32, 32, 1))
        self.expand = self.conv(32, 64, 1)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10))

    @staticmethod
    def conv(n_in, n_out, size, stride=1, groups=1):
        return nn.Sequential(
            nn.Conv2d(n_in, n_out, size, stride, size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(n_out), nn.ReLU6(inplace=True))

    def forward(self, image):
        x = self.pointwise(self.depthwise(self.stem(image * 0.125 - 1.0)))
        x = nn.functional.avg_pool2d(self.expand(x + self.residual(x)), 4)
        return torch.softmax(self.head(x), dim=1)


def load():
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None]
    labels = torch.tensor(digits.target)
    held_out = torch.arange(len(labels)) % 10 == 0
    return images[~held_out], labels[~held_out], images[held_out], labels[held_out]


def train(images, labels):
    torch.manual_seed(1)
    model = Digits()
    steps = EPOCHS * (len(labels) // 64 + 1)
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(labels)).split(64):
            shift = torch.randint(-1, 2, (2,)).tolist()
            moved = images[batch].roll(shift, (2, 3))
            loss = nn.functional.nll_loss(torch.log(model(moved) + 1e-9), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def save(model, image, path):
    program = torch.export.export(model, (image,))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    program.example_inputs = None
    torch.export.save(program, path)


def main():
    images, labels, test_images, test_labels = load()
    model = train(images, labels)
    with torch.no_grad():
        right = int((model(test_images).argmax(1) == test_labels).sum())
        print(f"{right} of {len(test_labels)} held-out pictures right, "
              f"{sum(p.numel() for p in model.parameters())} weights")
        for digit in SHOWN:
            image = test_images[test_labels == digit][:1]
            np.save(HERE / f"digit{digit}.npy", image.numpy())
            np.save(HERE / f"digit{digit}.expected.npy", model(image).numpy())
    save(model, images[:1], HERE / "model.pt2")


if __name__ == "__main__":
    main()
