# SPDX-License-Identifier: Apache-2.0
"""Five whole int8 networks with random weights: NETWORKS, name -> function(Graph).

Shapes are the published ones: MobileNetV2-1.0 on 64x64 (Sandler et al. 2018), and the
four of MLPerf Tiny: DS-CNN, ResNet8, MobileNetV1-0.25 on 96x96, the autoencoder.
Each layer's scale follows from what its sums are for the seeded input, so values
stay spread to the last layer. A network with few logits also gives its last feature
map: twelve equal numbers would prove little.
"""

import zlib

import numpy as np

from .graphs_base import pair, same_pads


def more_inputs(name, n):
    """n further sets of inputs."""
    rng = np.random.default_rng(zlib.crc32(name.encode()) + 1)
    shapes = INPUTS[name]
    return [[rng.integers(-128, 128, [1, *shapes]).astype(np.int8)] for _ in range(n)]


def normal_weights(g, shape):
    """Bell-shaped, as trained weights are; the encoder's choices depend on that."""
    numbers = np.round(g.rng.normal(0, 36, shape))
    return g.const(np.clip(numbers, -127, 127), "int8")


def layer(g, sums, relu=True, rounding="double"):
    """Requantized by channel; ReLU is the zero point -128."""
    low = -128 if relu else 0
    y = g.requant(sums, zp_out=low, per_channel=True, rounding=rounding,
                  spread=0.28 if relu else None)
    return (g.clamp(y, -128, 127) if relu else y), low


def conv(g, x, zp, out, kernel=1, stride=1, relu=True):
    kernel, stride = pair(kernel), pair(stride)
    if kernel == (1, 1) and stride == (2, 2):  # TOSA: no pixel may be left over
        rows, columns = ((n - 1) // 2 * 2 + 1 for n in x.shape[1:3])
        x = g.slice(x, [0, 0, 0, 0], [1, rows, columns, x.shape[3]])
    pad = same_pads(x.shape[1], x.shape[2], kernel, stride)
    weights = normal_weights(g, [out, *kernel, x.shape[3]])
    return layer(g, g.conv2d(x, weights, stride=stride, pad=pad, zp=zp), relu)


def depthwise(g, x, zp, stride=1):
    pad = same_pads(x.shape[1], x.shape[2], (3, 3), pair(stride))
    weights = normal_weights(g, [3, 3, x.shape[3], 1])
    sums = g.depthwise(x, weights, stride=pair(stride), pad=pad, zp=zp)
    return layer(g, sums)


def whole_pool(g, x, zp):
    return g.avg_pool(x, x.shape[1:3], zp_in=zp, zp_out=zp)


def logits(g, x, zp, n):
    y, _ = conv(g, x, zp, n, relu=False)
    g.output(g.reshape(y, [1, n]))


def mobilenet_v2(g):
    x, zp = conv(g, g.input([1, *INPUTS["mobilenet-v2-64"]]), 0, 32, 3, 2)
    for times, out, n, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2),
                                  (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                                  (6, 320, 1, 1)]:
        for index in range(n):
            x, zp = bottleneck(g, x, zp, times, out, stride if index == 0 else 1)
    x, zp = conv(g, x, zp, 1280)
    logits(g, whole_pool(g, x, zp), zp, 1000)


def bottleneck(g, x, zp, times, out, stride):
    y, y_zp = x, zp
    if times > 1:
        y, y_zp = conv(g, y, y_zp, x.shape[3] * times)
    y, y_zp = depthwise(g, y, y_zp, stride)
    y, y_zp = conv(g, y, y_zp, out, relu=False)
    if stride == 1 and x.shape[3] == out:
        y = g.fused_add(x, y, 0.6, 0.8, 1.0, zps=(zp, y_zp, 0))
        y_zp = 0
    return y, y_zp


def ds_cnn(g):
    x, zp = conv(g, g.input([1, *INPUTS["ds-cnn"]]), 0, 64, (10, 4), 2)
    for _ in range(4):
        x, zp = depthwise(g, x, zp)
        x, zp = conv(g, x, zp, 64)
    logits(g, whole_pool(g, x, zp), zp, 12)
    g.output(x)


def resnet8(g):
    x, zp = conv(g, g.input([1, *INPUTS["resnet8"]]), 0, 16, 3)
    for width, stride in ((16, 1), (32, 2), (64, 2)):
        y, y_zp = conv(g, x, zp, width, 3, stride)
        y, y_zp = conv(g, y, y_zp, width, 3, relu=False)
        if stride > 1:
            x, zp = conv(g, x, zp, width, 1, stride, relu=False)
        x = g.clamp(g.fused_add(x, y, 0.7, 0.6, 0.5, zps=(zp, y_zp, -128)), -128, 127)
        zp = -128
    logits(g, whole_pool(g, x, zp), zp, 10)
    g.output(x)


def mobilenet_v1(g):
    x, zp = conv(g, g.input([1, *INPUTS["mobilenet-v1-025-96"]]), 0, 8, 3, 2)
    for out, stride in [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)] + \
            [(128, 1)] * 5 + [(256, 2), (256, 1)]:
        x, zp = depthwise(g, x, zp, stride)
        x, zp = conv(g, x, zp, out)
    logits(g, whole_pool(g, x, zp), zp, 2)
    g.output(x)


def autoencoder(g):
    x, zp = g.input([1, *INPUTS["autoencoder"]]), 0
    for width in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x, zp = conv(g, x, zp, width)
    logits(g, x, zp, 640)


INPUTS = {
    "mobilenet-v2-64": (64, 64, 3),
    "ds-cnn": (49, 10, 1),
    "resnet8": (32, 32, 3),
    "mobilenet-v1-025-96": (96, 96, 3),
    "autoencoder": (1, 1, 640),
}
NETWORKS = {
    "mobilenet-v2-64": mobilenet_v2,
    "ds-cnn": ds_cnn,
    "resnet8": resnet8,
    "mobilenet-v1-025-96": mobilenet_v1,
    "autoencoder": autoencoder,
}
