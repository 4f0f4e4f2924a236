/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field and union numbers of ExecuTorch's program.fbs, identifier "ET12".
 * Readers (runtime) and the writer (compiler/emit) share them.
 * Source: schema/program.fbs of ExecuTorch 1.5; docs/formats.md for the meaning.
 */
#ifndef SC_RUNTIME_SCHEMA_H
#define SC_RUNTIME_SCHEMA_H

/* File header: flatbuffer root and identifier, then the extended header. */
enum {
    SC_HEADER_MAGIC_AT = 8,    /* "eh00" */
    SC_HEADER_LENGTH_AT = 12,  /* u32, >= 24 */
    SC_HEADER_PROGRAM_AT = 16, /* u64 bytes of the flatbuffer from file byte 0 */
    SC_HEADER_BASE_AT = 24,    /* u64 where the segments start, 0 = there are none */
    SC_HEADER_DATA_AT = 32,    /* u64 bytes of all segments, when length >= 32 */
    SC_HEADER_BYTES = 32       /* from byte 8, as written today */
};

enum { /* Program */
       SC_PROGRAM_VERSION = 0,
       SC_PROGRAM_PLANS = 1,
       SC_PROGRAM_CONSTANT_BUFFER = 2,
       SC_PROGRAM_DELEGATE_DATA = 3,
       SC_PROGRAM_SEGMENTS = 4,
       SC_PROGRAM_CONSTANT_SEGMENT = 5,
       SC_PROGRAM_MUTABLE_SEGMENTS = 6,
       SC_PROGRAM_NAMED_DATA = 7,
       SC_PROGRAM_N_FIELDS = 8
};

enum { /* ExecutionPlan */
       SC_PLAN_NAME = 0,
       SC_PLAN_CONTAINER = 1, /* ContainerMetadata: two strings, not read */
       SC_PLAN_VALUES = 2,
       SC_PLAN_INPUTS = 3,
       SC_PLAN_OUTPUTS = 4,
       SC_PLAN_CHAINS = 5,
       SC_PLAN_OPERATORS = 6,
       SC_PLAN_DELEGATES = 7,
       SC_PLAN_MEMORY_SIZES = 8, /* i64; item 0 is reserved */
       SC_PLAN_N_FIELDS = 10
};

enum { /* EValue: the union's kind and its table */
       SC_VALUE_KIND = 0,
       SC_VALUE_TABLE = 1
};

enum { /* union KernelTypes */
       SC_KIND_NULL = 1,
       SC_KIND_INT = 2,
       SC_KIND_BOOL = 3,
       SC_KIND_DOUBLE = 4,
       SC_KIND_TENSOR = 5,
       SC_KIND_STRING = 6,
       SC_KIND_INTS = 7, /* items are value indices, i64 */
       SC_KIND_DOUBLES = 8,
       SC_KIND_BOOLS = 9,
       SC_KIND_TENSORS = 10,          /* value indices, i32, all below the list's own */
       SC_KIND_OPTIONAL_TENSORS = 11, /* the same, -1 = None */
       SC_N_KINDS = 12
};
/* Int, Bool, Double, String and the lists have one field, 0: value or items. */
enum { SC_FIELD_ONLY = 0 };

enum { /* Tensor */
       SC_TENSOR_DTYPE = 0,
       SC_TENSOR_STORAGE_OFFSET = 1, /* must be 0 */
       SC_TENSOR_SIZES = 2,
       SC_TENSOR_DIM_ORDER = 3,
       SC_TENSOR_REQUIRES_GRAD = 4,
       SC_TENSOR_DATA = 5, /* index of a constant or initial value; 0 = none */
       SC_TENSOR_ALLOCATION = 6,
       SC_TENSOR_LAYOUT = 7,
       SC_TENSOR_DYNAMISM = 8,
       SC_TENSOR_EXTRA = 9,
       SC_TENSOR_N_FIELDS = 10
};
enum { SC_STATIC = 0, SC_DYNAMIC_BOUND = 1 }; /* TensorShapeDynamism */

enum {                           /* AllocationDetails */
       SC_ALLOCATION_MEMORY = 0, /* 1-based */
       SC_ALLOCATION_OFFSET = 1,
       SC_ALLOCATION_OFFSET_HIGH = 2
};

enum { /* ExtraTensorInfo */
       SC_EXTRA_MUTABLE_INDEX = 0,
       SC_EXTRA_NAME = 1,
       SC_EXTRA_LOCATION = 2, /* 1 = in another file */
       SC_EXTRA_N_FIELDS = 5
};

enum { /* Chain */
       SC_CHAIN_INPUTS = 0,
       SC_CHAIN_OUTPUTS = 1,
       SC_CHAIN_INSTRUCTIONS = 2,
       SC_CHAIN_N_FIELDS = 4
};

enum { /* Instruction: the union's kind and its table */
       SC_INSTRUCTION_KIND = 0,
       SC_INSTRUCTION_TABLE = 1
};

enum { /* union InstructionArguments */
       SC_CALL_KERNEL = 1,
       SC_CALL_DELEGATE = 2,
       SC_CALL_MOVE = 3,
       SC_CALL_JUMP_FALSE = 4,
       SC_CALL_FREE = 5
};

enum {                    /* KernelCall and DelegateCall */
       SC_CALL_INDEX = 0, /* of the operator, of the delegate */
       SC_CALL_ARGS = 1
};
enum { SC_MOVE_FROM = 0, SC_MOVE_TO = 1 };
enum { SC_JUMP_CONDITION = 0, SC_JUMP_TARGET = 1 };
enum { SC_FREE_VALUE = 0 };

enum { SC_OPERATOR_NAME = 0, SC_OPERATOR_OVERLOAD = 1 };

enum { /* BackendDelegate */
       SC_DELEGATE_ID = 0,
       SC_DELEGATE_PROCESSED = 1,
       SC_DELEGATE_SPECS = 2
};
enum { SC_PROCESSED_LOCATION = 0, SC_PROCESSED_INDEX = 1 }; /* 0 inline, 1 segment */
enum { SC_SPEC_KEY = 0, SC_SPEC_VALUE = 1 };

enum { SC_SEGMENT_OFFSET = 0, SC_SEGMENT_SIZE = 1 };         /* DataSegment, u64 */
enum { SC_SUBSEGMENT_INDEX = 0, SC_SUBSEGMENT_OFFSETS = 1 }; /* u32, [u64] */
enum { SC_NAMED_KEY = 0, SC_NAMED_SEGMENT = 1 };

/* A .ptd: FlatTensor of flat_tensor.fbs, identifier "FT01". Its header differs. */
enum {
    SC_DATA_MAGIC_AT = 8,       /* "FH01" */
    SC_DATA_LENGTH_AT = 12,     /* u32, >= 40 */
    SC_DATA_FLAT_AT = 16,       /* u64 where the flatbuffer goes on behind the header */
    SC_DATA_FLAT_BYTES_AT = 24, /* u64 bytes of it from there */
    SC_DATA_BASE_AT = 32,       /* u64 where the segments start, 0 = there are none */
    SC_DATA_SEGMENTS_AT = 40,   /* u64 bytes of all segments */
    SC_DATA_HEADER_BYTES = 48   /* from byte 0 */
};
enum { SC_DATA_VERSION = 0, SC_DATA_SEGMENTS = 1, SC_DATA_NAMED = 2 }; /* FlatTensor */
enum { SC_NAMED_LAYOUT = 2 }; /* of NamedData, in a .ptd only */
enum { SC_LAYOUT_DTYPE = 0, SC_LAYOUT_SIZES = 1, SC_LAYOUT_DIM_ORDER = 2 };

enum { SC_BYTES_DATA = 0 }; /* Buffer.storage, BackendDelegateInlineData.data */

/* Named data "sconce.io": docs/formats.md. All little-endian. */
#define SC_IO_KEY "sconce.io"
#define SC_IO_MAGIC "SCIO"
enum {
    SC_IO_VERSION = 1,
    SC_IO_VERSION_AT = 4,   /* u16 */
    SC_IO_N_INPUTS_AT = 6,  /* u16 */
    SC_IO_N_OUTPUTS_AT = 8, /* u16 */
    SC_IO_RECORDS_AT = 12,
    SC_IO_RECORD_BYTES = 16,
    SC_IO_SCALE_AT = 0, /* in a record: f32 */
    SC_IO_ZERO_POINT_AT = 4,
    SC_IO_NAME_AT = 8,
    SC_IO_LAYOUT_AT = 12
};

#endif
