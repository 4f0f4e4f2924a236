# SPDX-License-Identifier: Apache-2.0
"""Trains the Fashion-MNIST classifier of this folder and writes the files of the demo.

The network is a DS-CNN with residuals in the manner of MobileNet: 1.5 M multiply-accumulates,
27 k parameters, pixels in [0, 1] as [N, 1, 28, 28], ten logits. The data are the files of
Debian's package dataset-fashion-mnist. One thread and one seed, so that a run repeats.

Writes model.pt2 (with batch 1), test_x.npy/test_y.npy (the first 256 of the 10,000 test
images and their labels), boot.npy (the first of them, an ankle boot) and
calibration_x.npy (64 training images).

The committed model: 12 epochs, 91.33 % of the 10,000 test images in float, 91.32 % in
int8 (`sconce eval`, 64 calibration images).

Usage: python train.py [--epochs N] [--data DIR] [--out DIR] [--export-only WEIGHTS]
"""

import argparse
import gzip
import io
import pathlib
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SEED = 20
N_TEST = 256
N_CALIBRATION = 64


def read_idx(path):
    """The array of one .idx.gz file: a magic number with the rank, the sizes, the bytes."""
    raw = gzip.decompress(path.read_bytes())
    rank = raw[3]
    sizes = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(sizes)


def read_split(folder, name):
    images = read_idx(folder / f"{name}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{name}-labels-idx1-ubyte.gz")
    x = torch.from_numpy(images.astype(np.float32) / np.float32(255)).unsqueeze(1)
    return x, torch.from_numpy(labels.astype(np.int64))


class Separable(nn.Module):
    """3x3 per channel, then 1x1; added to its input where the shapes allow."""

    def __init__(self, n_in, n_out, stride=1):
        super().__init__()
        self.residual = n_in == n_out and stride == 1
        self.depthwise = nn.Conv2d(n_in, n_in, 3, stride, 1, groups=n_in, bias=False)
        self.norm1 = nn.BatchNorm2d(n_in)
        self.pointwise = nn.Conv2d(n_in, n_out, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_out)

    def forward(self, x):
        y = functional.relu6(self.norm1(self.depthwise(x)))
        y = self.norm2(self.pointwise(y))
        return x + y if self.residual else functional.relu6(y)


class FashionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()
        )
        self.body = nn.Sequential(
            Separable(32, 32),
            Separable(32, 64, stride=2),
            Separable(64, 64),
            Separable(64, 64),
            Separable(64, 64),
            Separable(64, 128),
        )
        self.head = nn.Linear(128, 10)

    def forward(self, image):
        features = self.body(self.stem(image)).mean((2, 3))
        return self.head(features)


def augment(x):
    """Half of the images mirrored, the whole batch moved by up to two pixels."""
    x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
    dy, dx = (int(v) for v in torch.randint(0, 5, (2,)))
    return functional.pad(x, (2, 2, 2, 2))[:, :, dy : dy + 28, dx : dx + 28]


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    hits = sum(
        int((model(x[i : i + 500]).argmax(1) == y[i : i + 500]).sum())
        for i in range(0, len(x), 500)
    )
    return hits / len(x)


def train(model, x, y, test, n_epochs, keep):
    batch = 128
    n_steps = n_epochs * (len(x) // batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, n_steps, pct_start=0.2)
    for epoch in range(n_epochs):
        begin = time.time()
        model.train()
        order = torch.randperm(len(x))[: len(x) // batch * batch].view(-1, batch)
        for rows in order:
            loss = functional.cross_entropy(model(augment(x[rows])), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, test {accuracy(model, *test):.4f},"
              f" {time.time() - begin:.0f} s", flush=True)
        torch.save(model.state_dict(), keep)


def export(model, path):
    """Writes the .pt2 without the metadata of nodes that name files of this machine."""
    program = torch.export.export(model.eval(), (torch.zeros(1, 1, 28, 28),), strict=False)
    for node in program.graph.nodes:
        for key in ("stack_trace", "source_fn_stack", "from_node"):
            node.meta.pop(key, None)
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    path.write_bytes(buffer.getvalue())


def main():
    parser = argparse.ArgumentParser()
    here = pathlib.Path(__file__).parent
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--data", type=pathlib.Path,
                        default=pathlib.Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--out", type=pathlib.Path, default=here)
    parser.add_argument("--export-only", type=pathlib.Path)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    x, y = read_split(options.data, "train")
    test = read_split(options.data, "t10k")
    model = FashionNet()
    if options.export_only:
        model.load_state_dict(torch.load(options.export_only, weights_only=True))
    else:
        train(model, x, y, test, options.epochs, options.out / "weights.pt")
    print(f"float accuracy on the 10,000 test images: {accuracy(model, *test):.4f}")

    export(model, options.out / "model.pt2")
    np.save(options.out / "test_x.npy", test[0][:N_TEST].numpy())
    np.save(options.out / "boot.npy", test[0][:1].numpy())
    np.save(options.out / "test_y.npy", test[1][:N_TEST].numpy())
    rows = torch.randperm(len(x), generator=torch.Generator().manual_seed(SEED))
    np.save(options.out / "calibration_x.npy", x[rows[:N_CALIBRATION]].numpy())


if __name__ == "__main__":
    main()
