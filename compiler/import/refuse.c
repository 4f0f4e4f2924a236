/* SPDX-License-Identifier: Apache-2.0 */
/* What to say about targets that can't be imported: what it is, why, the way out. */
#include <string.h>

#include "compiler/import/import.h"

const char sc_import_advice_decompose[] =
    "save the decomposed program: torch.export.save(ep.run_decompositions({}), "
    "'model.pt2')";

typedef struct TargetRow {
    const char *prefix;
    const char *what, *why, *todo;
} TargetRow;

static const char dynamic_size[] = "it computes with a size that is known only at run time";

static const char data_size[] = "the size of its result depends on data";
static const char advice_mask[] =
    "keep the size fixed: torch.where() with a mask, or torch.topk() with a constant k";
static const char random_numbers[] = "it draws random numbers";
static const char advice_eval[] = "call model.eval() before torch.export.export()";
static const char advice_random[] = "make the numbers an input of the model";

/* Prefixes of the target as torch writes it; the first that fits. */
static const TargetRow targets[] = {
    {"torch.ops.higher_order.associative_scan", "associative_scan()",
     "it combines in an order that the file leaves open",
     "write it with scan(), or as torch.cumsum() or torch.cumprod()"},
    {"torch.ops.higher_order.while_loop_stack_output",
     "while_loop() with all its intermediate values",
     "how many there are is known only at run time", "write it with scan()"},
    {"torch.ops.higher_order.wrap_with_set_grad_enabled",
     "a region under torch.no_grad() or torch.enable_grad()", "it is a sub-graph",
     sc_import_advice_decompose},
    {"torch.ops.higher_order.wrap_with_autocast", "a region under torch.autocast()",
     "it is a sub-graph", sc_import_advice_decompose},
    {"torch.ops.higher_order.", "a higher-order operator", "it calls sub-graphs",
     sc_import_advice_decompose},
    {"torch.ops.export.access_subclass_inner_tensor", "a tensor subclass as weight",
     "torchao's quantize_() makes them; their payload is pickled",
     "quantize with PT2E (prepare_pt2e, convert_pt2e), or call "
     "torchao.utils.unwrap_tensor_subclass(model) before export"},
    {"torch.ops.aten.sym_", "a dynamic size", dynamic_size, sc_pt2_advice_dynamic},
    {"torch.ops.aten.item", "Tensor.item()", "a number that depends on data",
     "keep it a tensor"},
    {"torch.ops.aten._local_scalar_dense", "Tensor.item()", "a number that depends on data",
     "keep it a tensor"},
    {"torch.ops.aten.nonzero", "torch.nonzero()", data_size, advice_mask},
    {"torch.ops.aten.masked_select", "torch.masked_select()", data_size, advice_mask},
    {"torch.ops.aten._unique", "torch.unique()", data_size, advice_mask},
    {"torch.ops.aten._native_batch_norm_legit_functional",
     "batch normalisation in training mode", "it changes running statistics", advice_eval},
    {"torch.ops.aten.native_dropout", "dropout in training mode", random_numbers,
     advice_eval},
    {"torch.ops.aten.bernoulli", "torch.bernoulli()", random_numbers, advice_random},
    {"torch.ops.aten.normal", "torch.normal()", random_numbers, advice_random},
    {"torch.ops.aten.uniform", "Tensor.uniform_()", random_numbers, advice_random},
    {"torch.ops.aten.rand", "torch.rand() or torch.randn()", random_numbers, advice_random},
    {"torch.sym_", "a dynamic size", dynamic_size, sc_pt2_advice_dynamic},
    {"_operator.", "a dynamic size", dynamic_size, sc_pt2_advice_dynamic},
    {"math.", "a dynamic size", dynamic_size, sc_pt2_advice_dynamic},
    {"#", "an extension's operator", "its meaning isn't in the file",
     "rewrite it with torch.* operators"},
};

ScStatus sc_import_refuse_target(ScImport *im, const char *target) {
    ScArena *arena = im->sc->arena;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const TargetRow *row = &targets[i];
        if (strncmp(target, row->prefix, strlen(row->prefix)) == 0) {
            return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                           sc_arena_fmt(arena, "%s can't be imported", row->what), row->why,
                           row->todo);
        }
    }
    static const char ops[] = "torch.ops.";
    const char *name =
        strncmp(target, ops, sizeof ops - 1) == 0 ? target + sizeof ops - 1 : target;
    const char *close = sc_ops_suggest(arena, im->ops, name);
    bool aten = strncmp(name, "aten.", 5) == 0;
    return sc_fail(
        im->sc, SC_E_UNSUPPORTED, im->where,
        sc_arena_fmt(arena, "unknown operator %s", sc_pt2_printable(arena, name)),
        *close ? sc_arena_fmt(arena, "the nearest that are known: %s", close)
               : "no operator of a similar name is known",
        aten ? "decompose it: torch.export.save(ep.run_decompositions(), "
               "'model.pt2'); `sconce ops` lists what can be imported"
             : "rewrite it with torch.* operators; `sconce ops` lists what can "
               "be imported");
}
