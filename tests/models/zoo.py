# SPDX-License-Identifier: Apache-2.0
"""The seven networks that the tests compile, written from their papers.

Weights are random but seeded, and batch norm statistics are randomised so that
folding them wrongly shows. `MODELS` maps a name to (module class, input shapes).
Sources: MobileNetV2 arXiv:1801.04381, MobileNetV1 arXiv:1704.04861, DS-CNN
arXiv:1711.07128, ResNet8 and the autoencoder as in MLPerf Tiny, ViT arXiv:2010.11929.
"""

import torch
from torch import nn


class InvertedResidual(nn.Module):
    def __init__(self, n_in, n_out, stride, expand):
        super().__init__()
        hidden = n_in * expand
        layers = []
        if expand != 1:
            layers += [nn.Conv2d(n_in, hidden, 1, bias=False), nn.BatchNorm2d(hidden),
                       nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
                   nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True),
                   nn.Conv2d(hidden, n_out, 1, bias=False), nn.BatchNorm2d(n_out)]
        self.body = nn.Sequential(*layers)
        self.shortcut = stride == 1 and n_in == n_out

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


class MobileNetV2(nn.Module):
    """Width 1.0, 1000 classes."""
    # expansion, channels, repeats, first stride: table 2 of the paper
    STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
              (6, 160, 3, 2), (6, 320, 1, 1))

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32),
                  nn.ReLU6(inplace=True)]
        n_in = 32
        for expand, n_out, repeats, stride in self.STAGES:
            for i in range(repeats):
                layers.append(InvertedResidual(n_in, n_out, stride if i == 0 else 1, expand))
                n_in = n_out
        layers += [nn.Conv2d(n_in, 1280, 1, bias=False), nn.BatchNorm2d(1280),
                   nn.ReLU6(inplace=True)]
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x):
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


def separable(n_in, n_out, stride, inplace):
    """Depthwise 3x3 and pointwise convolution, each with batch norm and ReLU."""
    return [nn.Conv2d(n_in, n_in, 3, stride, 1, groups=n_in, bias=False),
            nn.BatchNorm2d(n_in), nn.ReLU(inplace=inplace),
            nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=inplace)]


class DSCNN(nn.Module):
    """Keyword spotting: 49 frames of 10 coefficients, 12 words."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(1, 64, (10, 4), 2, bias=False), nn.BatchNorm2d(64),
                  nn.ReLU(inplace=True), nn.Dropout(0.2)]
        for _ in range(4):
            layers += separable(64, 64, 1, inplace=True)
        layers += [nn.Dropout(0.4), nn.AvgPool2d((25, 5)), nn.Flatten(), nn.Linear(64, 12)]
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        # "same" padding as the reference has it: more on the far side
        x = nn.functional.pad(x, (1, 1, 4, 5))
        return torch.softmax(self.body(x), dim=1)


class ResidualBlock(nn.Module):
    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.skip = None if stride == 1 else nn.Conv2d(n_in, n_out, 1, stride)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.skip is None else self.skip(x)))


class ResNet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.Sequential(ResidualBlock(16, 16, 1), ResidualBlock(16, 32, 2),
                                    ResidualBlock(32, 64, 2))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        y = nn.functional.avg_pool2d(self.blocks(self.stem(x)), 8)
        return torch.softmax(self.head(torch.flatten(y, 1)), dim=-1)


class MobileNetV1(nn.Module):
    """Width 0.25, person or no person."""
    # output channels and stride of each separable block
    BLOCKS = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1),
              (128, 1), (128, 1), (128, 1), (256, 2), (256, 1))

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
        n_in = 8
        for n_out, stride in self.BLOCKS:
            layers += separable(n_in, n_out, stride, inplace=False)
            n_in = n_out
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(256, 2)

    def forward(self, x):
        return torch.softmax(self.head(self.features(x).mean((2, 3))), dim=1)


class Autoencoder(nn.Module):
    """Machine sounds: 640 -> 8 -> 640, batch norm between all layers."""

    def __init__(self):
        super().__init__()
        layers, n_in = [], 640
        for n_out in (128, 128, 128, 128, 8, 128, 128, 128, 128):
            layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
            n_in = n_out
        self.body = nn.Sequential(*layers, nn.Linear(n_in, 640))

    def forward(self, x):
        return self.body(x)


class Denoiser(nn.Module):
    """Speech denoiser that is called once for 4 frames of 65 magnitudes.

    The caller keeps two states: the last frames the convolution still needs,
    and the hidden state of the GRU.
    """

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(65, 48, 3)
        self.bn = nn.BatchNorm1d(48)
        self.act = nn.ELU()
        self.norm = nn.LayerNorm(48)
        self.gru = nn.GRU(48, 48, num_layers=2, batch_first=True)
        self.decode = nn.ConvTranspose1d(48, 32, 3, padding=1)
        self.prelu = nn.PReLU(32)
        self.mask = nn.Linear(32, 65)

    def forward(self, frames, context, hidden):
        x = torch.cat((context, frames), dim=2)
        y = self.act(self.bn(self.conv(torch.log(x.abs() + 1e-3))))
        y, hidden = self.gru(self.norm(y.transpose(1, 2)), hidden)
        y = self.prelu(self.decode(y.transpose(1, 2)))
        mask = torch.sigmoid(self.mask(y.transpose(1, 2))).transpose(1, 2)
        return frames * mask, x[:, :, -2:], hidden


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).reshape(batch, tokens, dim))


class Encoder(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = Attention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TinyViT(nn.Module):
    """32x32 pictures as 16 patches, 64 dimensions, 4 heads, 2 layers, class token."""

    def __init__(self, dim=64, heads=4, depth=2):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, 8, 8)
        self.token = nn.Parameter(torch.randn(1, 1, dim) * 0.1)
        self.position = nn.Parameter(torch.randn(1, 17, dim) * 0.1)
        self.layers = nn.Sequential(*[Encoder(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 10)

    def forward(self, x):
        patches = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), patches), dim=1)
        return self.head(self.norm(self.layers(x + self.position))[:, 0])


MODELS = {
    "mobilenetv2_64": (MobileNetV2, [(1, 3, 64, 64)]),
    "dscnn": (DSCNN, [(1, 1, 49, 10)]),
    "resnet8": (ResNet8, [(1, 3, 32, 32)]),
    "mobilenetv1_025": (MobileNetV1, [(1, 3, 96, 96)]),
    "autoencoder": (Autoencoder, [(1, 640)]),
    "denoiser": (Denoiser, [(1, 65, 4), (1, 65, 2), (2, 1, 48)]),
    "tinyvit": (TinyViT, [(1, 3, 32, 32)]),
}


def settle_batch_norms(model, shape):
    """Gives batch norms the statistics of noise passing through the network.

    Without this the signal dies on its way and every input has the same answer,
    which would hide most mistakes. The variances are rather made larger than
    smaller: with the latter rounding errors grow over 52 layers, and torch in
    float32 is 1e-5 from torch in float64 itself.
    """
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = None      # plain mean over the batches seen
    if len(shape) == 1 and norms:
        with torch.no_grad():
            model.train()(torch.randn(16, *shape[0][1:]) * 2 + 0.2)
    for norm in norms:
        norm.momentum = 0.1
        nn.init.uniform_(norm.weight, 0.7, 1.3)
        nn.init.normal_(norm.bias, 0.0, 0.2)
        norm.running_mean += torch.randn_like(norm.running_mean) * 0.1
        norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.9, 1.7)


def make(name):
    """A seeded network in eval mode."""
    torch.manual_seed(sum(name.encode()))
    kind, shapes = MODELS[name]
    model = kind()
    settle_batch_norms(model, shapes)
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.7, 1.3)
            nn.init.normal_(module.bias, 0.0, 0.1)
        elif isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, -0.3, 0.5)
    for last in [m for m in model.modules() if isinstance(m, nn.Linear)][-1:]:
        nn.init.kaiming_normal_(last.weight)
    return model.eval()


def inputs(name, case):
    """Seeded inputs; case 1 is larger and off centre, to reach the clamps."""
    gen = torch.Generator().manual_seed(1000 + case)
    return tuple(torch.randn(shape, generator=gen) * (1 + 2 * case) + 0.5 * case
                 for shape in MODELS[name][1])
