/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the runtime's files see a method. Private to runtime/.
 *
 * The workspace holds, in this order:
 *   ScSlot[n_slots]          values that change at run time, sorted by value
 *   uint16_t[instructions]   row of the kernel table, bound by sc_init()
 *   int32_t[]                sizes of tensors whose shape can change
 * Everything else is read from the file when it is needed.
 */
#ifndef SC_RUNTIME_METHOD_H
#define SC_RUNTIME_METHOD_H

#include "runtime/call.h"
#include "runtime/model.h"
#include "runtime/schema.h"

/*
 * A value has a slot when it is a tensor without a place of its own, a tensor
 * with changing sizes, the target of a move, or a number that a kernel returns.
 * A number lives in `now`. A moved tensor or list is another name of `source`,
 * whose own slot, if any, holds its pointer and sizes.
 */
typedef struct ScSlot {
    uint32_t value;
    uint32_t source; /* value that this one stands for; itself unless moved */
    uint32_t sizes;  /* workspace offset of int32_t[rank]; 0 = the file's sizes */
    bool borrowed;   /* now.data was taken from another tensor in this run */
    union {
        void *data;
        uint64_t bits; /* of an Int or Double; 0 or 1 of a Bool */
    } now;
} ScSlot;

struct ScCall {
    ScMethod *method;
    uint32_t args; /* file position of the vector of value indices, 0 = none */
};

/* A value as it is now. slot is that of a number or of the tensor, or NULL. */
typedef struct ScValue {
    uint32_t kind;
    uint32_t table; /* file position of the union's table */
    ScSlot *slot;
} ScValue;

/* The value that `index` stands for after moves. */
uint32_t sc_value_source(const ScMethod *method, uint32_t index);
/* SC_KIND_*, which moves don't change; SC_KIND_NULL for an index out of range. */
uint32_t sc_value_kind(const ScMethod *method, uint32_t index);
/* Without following moves. */
ScValue sc_value_read(const ScMethod *method, uint32_t index);
/* The bits of a number (see ScSlot), 0 of anything else. */
uint64_t sc_value_bits(const ScMethod *method, const ScValue *value);
/* Without following moves; sizes NULL when it isn't a tensor. */
ScTensor sc_value_tensor(const ScMethod *method, uint32_t index);

ScSlot *sc_slots(const ScMethod *method);
ScSlot *sc_slot_find(const ScMethod *method, uint32_t value);
/* Slots hold what the file says, pointers excepted. */
void sc_slots_reset(ScMethod *method);
uint16_t *sc_bindings(const ScMethod *method);

/* Kind (SC_CALL_*) of an instruction and the position of its table. */
uint32_t sc_instruction_read(const ScMethod *method, uint32_t index, uint32_t *out_table);
/* Name and overload ("" for none) of the operator that a KernelCall names. */
void sc_operator_read(const ScMethod *method, uint32_t call, const char **out_name,
                      const char **out_overload);
ScCall sc_call_open(const ScMethod *method, uint32_t table);
/* Index of the value that an argument names, UINT32_MAX when out of range. */
uint32_t sc_call_value(const ScCall *call, uint32_t index);

/* Row of the table for `name.overload` and dtype class; UINT32_MAX = none. */
uint32_t sc_kernel_find(const ScKernelTable *table, const char *name, const char *overload,
                        char dtype_class);
/* Class letter of the widest tensor argument. */
char sc_call_class(const ScCall *call);
/*
 * Number and kinds of the arguments against the kernel's signature, and that
 * nothing of the file is written to. running: also that tensors have memory.
 */
ScStatus sc_call_check(const ScCall *call, const ScKernel *kernel, bool running);

#endif
