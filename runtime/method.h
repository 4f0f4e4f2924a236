/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the runtime's files see a method. Private to runtime/.
 *
 * The workspace holds, in this order:
 *   ScSlot[n_slots]          values that change at run time, sorted by value
 *   int32_t[]                sizes of tensors whose shape can change
 *   uint16_t[instructions]   row of the kernel table, found by sc_init();
 *                            sc_init_bound() has them in flash
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

/* Kinds of arguments that only ScBound has: `tables` holds the number itself, or where
 * in ScBound.ints the list stands. */
enum { SC_KIND_INT_HERE = SC_N_KINDS, SC_KIND_INTS_HERE };

/* Kernels ask for most arguments, for lists several times: what they are is found
 * once a call, or was found when the firmware was built (ScBound). */
struct ScCall {
    ScMethod *method;
    const uint8_t *args; /* value indices, in the file */
    uint32_t n_args;
    const uint32_t *tables; /* of the arguments, as in ScValue, after moves */
    const uint8_t *kinds;
    uint32_t delegation; /* the DelegateCall that this is, when it is one */
    bool preparing;      /* of a DelegateCall: sc_init() asks, nothing runs yet */
    uint32_t found_tables[SC_MAX_ARGS];
    uint8_t found_kinds[SC_MAX_ARGS];
};

/* A value as it is now. slot is that of a number or of the tensor, or NULL. */
typedef struct ScValue {
    uint32_t kind;
    uint32_t table; /* file position of the union's table */
    ScSlot *slot;
} ScValue;

ScSlot *sc_slots(const ScMethod *method);
/* Of a method with slots. */
ScSlot *sc_slot_search(const ScMethod *method, uint32_t value);
/* Slots hold what the file says, pointers excepted. */
void sc_slots_reset(ScMethod *method);

/* Most programs have no slots: that is looked at first. */
SC_INLINE ScSlot *sc_slot_find(const ScMethod *method, uint32_t value) {
    return method->n_slots ? sc_slot_search(method, value) : NULL;
}

/* The value that `index` stands for after moves. */
SC_INLINE uint32_t sc_value_source(const ScMethod *method, uint32_t index) {
    const ScSlot *slot = sc_slot_find(method, index);
    return slot ? slot->source : index;
}

/* Kind and table of a value whose index is in range. */
SC_INLINE uint32_t sc_value_look(const uint8_t *file, uint32_t values, uint32_t index,
                                 uint32_t *out_table) {
    uint32_t table = sc_flat_table_at(file, values, index);
    const uint8_t *vtable = sc_flat_vtable(file + table);
    uint32_t content = table + sc_flat_offset(vtable, SC_VALUE_TABLE);
    *out_table = content + sc_load_u32(file + content);
    return file[table + sc_flat_present(vtable, SC_VALUE_KIND)];
}
/* Without following moves. SC_KIND_NULL for an index out of range. */
ScValue sc_value_read(const ScMethod *method, uint32_t index);
/* The bits of a number (see ScSlot), 0 of anything else. */
uint64_t sc_value_bits(const ScMethod *method, const ScValue *value);
/* A value of kind SC_KIND_TENSOR. */
ScTensor sc_value_tensor(const ScMethod *method, uint32_t table, const ScSlot *slot);

/* Where the parts of a method stand; no workspace yet. */
ScStatus sc_plan_open(const ScModel *model, uint32_t plan, ScMethod *out_method);
/* Kind (SC_CALL_*) of an instruction and the position of its table. */
uint32_t sc_instruction_read(const ScMethod *method, uint32_t index, uint32_t *out_table);
/* Name and overload ("" for none) of the operator that a KernelCall names. */
void sc_operator_read(const ScMethod *method, uint32_t call, const char **out_name,
                      const char **out_overload);
/* The BackendDelegate that a DelegateCall names. */
uint32_t sc_delegate_read(const ScMethod *method, uint32_t call);
/* table: of the KernelCall or DelegateCall that is this instruction. */
void sc_call_open(const ScMethod *method, uint32_t instruction, uint32_t table,
                  ScCall *out_call);
/* SC_KIND_* of an argument, SC_KIND_NULL when out of range. */
SC_INLINE uint32_t sc_call_kind(const ScCall *call, uint32_t index) {
    return index < call->n_args ? call->kinds[index] : (uint32_t)SC_KIND_NULL;
}
/* Index of the value that an argument names, UINT32_MAX when out of range. */
SC_INLINE uint32_t sc_call_value(const ScCall *call, uint32_t index) {
    return index < call->n_args ? sc_load_u32(call->args + 4 * index) : UINT32_MAX;
}

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

/* Constants lie in the file, wherever moves and views have led. */
bool sc_in_file(const ScModel *model, const void *data);

#endif
