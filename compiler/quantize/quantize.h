/* SPDX-License-Identifier: Apache-2.0 */
/* Types of values by the rules of the engines that use them. */
#ifndef SC_QUANTIZE_QUANTIZE_H
#define SC_QUANTIZE_QUANTIZE_H

#include "compiler/backend.h"

/*
 * Gives every engine the operands it takes. An engine that computes on plain
 * numbers gets a dequantize before and a quantize behind its nodes: exactly
 * the fake-quantized program. *out_changed: nodes were added, so survey and
 * place must run again. Ends: an added conversion never needs another.
 */
ScStatus sc_quantize(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                     bool *out_changed);

#endif
