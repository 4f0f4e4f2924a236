/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delegates of the linked backends, and what a Program's memory plan makes of them:
 * scratch memory overlays dead tensors, inputs and outputs lie where the delegate
 * wants them.
 */
#ifndef SC_DELEGATES_H
#define SC_DELEGATES_H

#include "compiler/backend.h"
#include "compiler/emit/emit.h"

/* What the delegate is handed: the bytes in the file, or an aligned copy. */
ScDelegatePayload sc_delegate_payload(Sc *sc, const ScModel *model, const ScPDelegate *d);

/* A ScMeasureFn. */
void sc_delegate_measure(Sc *sc, const ScModel *model, ScPDelegate *delegate);

/*
 * Plans the memories of a Program that was read with sc_delegate_measure(), model being
 * its file. Each delegate call gets its scratch as one more argument, a buffer that
 * lives during that call; inputs that die in the call and outputs become places inside
 * of it, where the delegate has such a place. What makes the total larger isn't done.
 * Calls keep their scratch outside, in ScConfig.scratch, when stock_ops asks for calls
 * as stock makes them, when the alignment is more than a plan promises, and when the
 * delegate isn't linked or refuses the payload. SC_E_FORMAT, at `where`: the program
 * can't be run by anybody.
 */
ScStatus sc_delegates_plan(Sc *sc, const char *where, const ScModel *model,
                           ScProgram *program, bool stock_ops, ScReplan *out);

#endif
