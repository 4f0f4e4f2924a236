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

static const char advice_branch[] =
    "decide in Python before export, or compute both branches and use torch.where()";
static const char control_flow[] = "control flow in the graph isn't supported";
static const char dynamic_size[] = "it computes with a size that is known only at run time";

/* Prefixes of the target as torch writes it; the first that fits. */
static const TargetRow targets[] = {
    {"torch.ops.higher_order.cond", "torch.cond()", control_flow, advice_branch},
    {"torch.ops.higher_order.while_loop", "while_loop()", control_flow,
     "unroll the loop, or run one step per call and keep what it carries in buffers"},
    {"torch.ops.higher_order.scan", "scan()", control_flow,
     "unroll the loop, or run one step per call and keep what it carries in buffers"},
    {"torch.ops.higher_order.wrap_with_set_grad_enabled",
     "a region under torch.no_grad() or torch.enable_grad()", "it is a sub-graph",
     sc_import_advice_decompose},
    {"torch.ops.higher_order.wrap_with_autocast", "a region under torch.autocast()",
     "it is a sub-graph", sc_import_advice_decompose},
    {"torch.ops.higher_order.", "a higher-order operator", "it calls sub-graphs",
     sc_import_advice_decompose},
    {"torch.ops.export.access_subclass_inner_tensor", "a weight is a tensor subclass",
     "torchao's quantize_() makes them; their payload is pickled",
     "quantize with PT2E (prepare_pt2e, convert_pt2e), or call "
     "torchao.utils.unwrap_tensor_subclass(model) before export"},
    {"torch.ops.aten.sym_size", "a dynamic size", dynamic_size, sc_pt2_advice_dynamic},
    {"torch.ops.aten.sym_", "a dynamic size", dynamic_size, sc_pt2_advice_dynamic},
    {"torch.ops.aten.item", "Tensor.item()", "a number that depends on data",
     "keep it a tensor"},
    {"torch.ops.aten._local_scalar_dense", "Tensor.item()", "a number that depends on data",
     "keep it a tensor"},
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
