/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments and plain arithmetic of packed linear layers; see linear_dsp.h. */
#include "backends/cortex_m/device/linear_dsp.h"
#include "kernels/num.h"

static const int32_t *factor_of(const ScDspLinear *layer, size_t o) {
    size_t group = o / 8 * sc_dsp_linear_words(layer->k4);
    return layer->packed + group + 8 + 2 * layer->k4 + o % 8 * 2;
}

static ScStatus check_numbers(const ScDspLinear *layer) {
    return layer->min >= -128 && layer->min <= layer->max && layer->max <= 127 &&
                   layer->out_zero >= -128 && layer->out_zero <= 127
               ? SC_OK
               : SC_E_RANGE;
}

ScStatus sc_dsp_linear_read(const ScCall *c, ScDspLinear *layer) {
    ScTensor x = sc_arg_tensor(c, 0), packed = sc_arg_tensor(c, 1);
    ScTensor scratch = sc_arg_tensor(c, 6), out = sc_arg_tensor(c, 7);
    if (x.rank < 1 || out.rank < 1 || x.dtype != SC_I8 || out.dtype != SC_I8 ||
        packed.dtype != SC_I32 || scratch.dtype != SC_U8 || !packed.data) {
        return SC_E_SHAPE;
    }
    layer->x = x.data;
    layer->out = out.data;
    layer->k = (size_t)x.sizes[x.rank - 1];
    layer->n = (size_t)out.sizes[out.rank - 1];
    if (layer->k < 1 || layer->k > 65536 || layer->n < 1 || layer->n > 65536) {
        return SC_E_SHAPE;
    }
    layer->k4 = (layer->k + 3) & ~(size_t)3;
    layer->n_rows = sc_tensor_numel(&x) / layer->k;
    size_t groups = (layer->n + 7) / 8;
    if (sc_tensor_numel(&out) != layer->n_rows * layer->n ||
        sc_tensor_numel(&packed) != groups * sc_dsp_linear_words(layer->k4) ||
        sc_tensor_numel(&scratch) < sc_dsp_linear_scratch(layer->k4, layer->n)) {
        return SC_E_SHAPE;
    }
    layer->packed = packed.data;
    layer->scratch = scratch.data;
    layer->out_zero = (int32_t)sc_arg_int(c, 2);
    layer->min = (int32_t)sc_arg_int(c, 3);
    layer->max = (int32_t)sc_arg_int(c, 4);
    SC_TRY(sc_dsp_form_of(sc_arg_int(c, 5), &layer->form));
    return check_numbers(layer);
}

void sc_dsp_linear_plain(const ScDspLinear *layer) {
    size_t group_words = sc_dsp_linear_words(layer->k4);
    for (size_t row = 0; row < layer->n_rows; row++) {
        const int8_t *x = layer->x + row * layer->k;
        for (size_t o = 0; o < layer->n; o++) {
            const int32_t *group = layer->packed + o / 8 * group_words;
            uint32_t sum = (uint32_t)group[o % 8];
            for (size_t k = 0; k < layer->k; k++) {
                int32_t word = group[8 + k / 4 * 8 + k % 2 * 4 + o % 8 / 2];
                int32_t weight =
                    sc_dsp_weight_of(word, o % 2 == 1, k % 4 >= 2, layer->form);
                sum += (uint32_t)(weight * x[k]);
            }
            int32_t value =
                sc_dsp_requantize((int32_t)sum, factor_of(layer, o), layer->form);
            layer->out[row * layer->n + o] =
                (int8_t)sc_clamp_i32(value + layer->out_zero, layer->min, layer->max);
        }
    }
}
