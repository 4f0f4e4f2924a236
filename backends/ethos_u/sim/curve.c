/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sigmoid and tanh units for 16-bit results: a table of 256 values of the sigmoid with
 * straight lines between them. The input has the unit 1 / 12288 (OFM_SCALE holds a factor
 * of 3) and isn't cut to 16 bits before.
 *
 * That the unit computes what TensorFlow Lite's reference kernels do is what Vela relies
 * on; tests/python/test_ethos_u_curves.py holds all 65,536 inputs against those.
 */
#include "backends/ethos_u/sim/state.h"

enum { LAST = 255 };

/* round(65536 * (s + s * (1 - s) * (2 * s - 1) / 24^2 / 16)), s = 1 / (1 + exp(-i / 24)),
 * at most 65535: knots raised by half of what a line lies below the curve in its middle.
 * The last one is where the curve ends. */
static const uint16_t sigmoid[LAST + 1] = {
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149,
    40794, 41432, 42064, 42688, 43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369,
    47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409, 51865, 52311, 52745, 53169,
    53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370,
    60565, 60753, 60935, 61110, 61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302,
    62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186, 63279, 63368, 63454, 63536,
    63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786,
    64816, 64845, 64873, 64900, 64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079,
    65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208, 65221, 65234, 65246, 65258,
    65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433,
    65438, 65442, 65445, 65449, 65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474,
    65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491, 65493, 65495, 65497, 65498,
    65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522,
    65523, 65523, 65524, 65524, 65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528,
    65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530, 65530, 65530, 65531, 65531,
    65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534,
    65534, 65534, 65534, 65535,
};

/* 65536 * sigmoid(|x|) * 2^bits, x = magnitude / 2^bits table steps; `last` from the end of
 * the table on. */
static int64_t sigmoid_read(int64_t magnitude, uint32_t bits, int64_t last) {
    int64_t step = magnitude >> bits;
    if (step >= LAST) {
        return last;
    }
    int64_t low = sigmoid[step], high = sigmoid[step + 1];
    return (low << bits) + (magnitude & ((1 << bits) - 1)) * (high - low);
}

/* 1 / (1 + exp(-x)), unit 1 / 32768. A step is 512 / 12288 = 1 / 24. */
static int64_t sigmoid_unit(int64_t value) {
    int64_t result = sigmoid_read(value < 0 ? -value : value, 9, 0x7fff << 10);
    int64_t half = INT64_C(1) << 9;
    result = value >= 0 ? result + half : (INT64_C(1) << 25) - result + half - 1;
    return result >> 10;
}

/* 2 * sigmoid(2x) - 1, unit 1 / 32768. */
static int64_t tanh_unit(int64_t value) {
    int64_t result = sigmoid_read(value < 0 ? -value : value, 8, 0xffff << 8);
    int64_t one = INT64_C(1) << 23, half = INT64_C(1) << 7;
    result = value >= 0 ? result - one + half : one - result + half - 1;
    return result >> 8;
}

int64_t sc_ethos_u_curve(const ScEthosUOperation *op, int64_t value) {
    int64_t far = INT64_C(1) << 32; /* behind the table's end; can be negated */
    value = value < -far ? -far : value > far ? far : value;
    return op->act_function == SC_EU_ACT_TANH ? tanh_unit(value) : sigmoid_unit(value);
}
