/* SPDX-License-Identifier: Apache-2.0 */
/* Why a payload can't be run, for people. */
#ifndef SC_ETHOS_U_REFUSAL_H
#define SC_ETHOS_U_REFUSAL_H

#include "compiler/backend.h"

/* One sentence, NULL when the payload is sound as such. */
const char *sc_ethos_u_refusal(Sc *sc, const ScDelegatePayload *payload);

#endif
