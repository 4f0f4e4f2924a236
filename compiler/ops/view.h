/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views: nodes whose results are windows into the bytes of operand 0. They
 * need no kernel: lowering makes them tensors on the operand's buffer.
 */
#ifndef SC_OPS_VIEW_H
#define SC_OPS_VIEW_H

#include "compiler/ops/ops.h"

/* True for reshapes, and for cuts (slice, select, split, unbind) along the
 * outermost dimension that isn't 1, when dtype and layout stay. A cut of a
 * constant isn't one: a .pte constant has no offset. */
bool sc_node_is_view(const ScNode *node);

/* True when NCHW and NHWC are the same bytes: one channel, or one pixel. */
bool sc_layouts_are_equal(const ScType *type);

/* Where result `result` of a view begins in the operand, in bytes. */
uint64_t sc_node_view_offset(const ScNode *node, uint32_t result);

#endif
