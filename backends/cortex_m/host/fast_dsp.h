/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of cores with the DSP extension: `sconce::*.dsp_out`. */
#ifndef SC_CORTEX_M_FAST_DSP_H
#define SC_CORTEX_M_FAST_DSP_H

#include "backends/cortex_m/host/cortex_m.h"

SC_MATCH(sc_dsp_match_conv);
SC_MATCH(sc_dsp_match_depthwise); /* 3x3 */
SC_MATCH(sc_dsp_match_linear);
SC_MATCH(sc_dsp_match_add);

/* ESTIMATE: a third of the plain kernels' time, from counted instructions. */
void sc_dsp_cost(const ScPattern *self, const ScMatch *match, ScCost *out_cost);

SC_LOWERING(sc_dsp_lower_conv);
SC_LOWERING(sc_dsp_lower_depthwise);
SC_LOWERING(sc_dsp_lower_linear);
/* Stock's operator where no exact pair of products exists. */
SC_LOWERING(sc_dsp_lower_add);

#endif
