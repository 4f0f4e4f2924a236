/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts retired guest instructions: a plugin of QEMU's code generator.
 *
 *   qemu-system-arm ... -plugin
 * count.so,out=FILE,mark=0x1000,mark=0x1010[,pcs=FILE][,strict=1]
 *
 * out: one line "MARK COUNT" whenever the instruction at the address of mark
 * number MARK (0, 1, ...) is about to run: how many instructions ran before it.
 * The last line is "end COUNT".
 * strict: when the guest accessed an address that isn't a multiple of the access'
 * size, there is a line "unaligned COUNT 0xADDRESS", of the first such instruction.
 * pcs: one line "0xADDRESS COUNT" for each instruction that ran, sorted by
 * address, for profiles by function (tools/qemu_plugin/README.md).
 *
 * An instruction counts when it is executed, also when its condition fails. The
 * guest's time isn't modelled, so equal input gives equal counts.
 *
 * QEMU's plugin interface, version 1; distributions package no header, so what is
 * used is declared here. Source: https://www.qemu.org/docs/master/devel/tcg-plugins.html
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- QEMU ------------------------------------------------------------------ */

typedef uint64_t PluginId;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { NO_REGISTERS = 0 };     /* QEMU_PLUGIN_CB_NO_REGS */
enum { INLINE_ADD_U64 = 0 };   /* QEMU_PLUGIN_INLINE_ADD_U64 */
enum { READS_AND_WRITES = 3 }; /* QEMU_PLUGIN_MEM_RW */
typedef uint32_t MemoryInfo;   /* qemu_plugin_meminfo_t */

typedef void (*TranslateFn)(PluginId id, struct qemu_plugin_tb *block);
typedef void (*ExecuteFn)(unsigned int vcpu, void *user);
typedef void (*AccessFn)(unsigned int vcpu, MemoryInfo info, uint64_t address, void *user);
typedef void (*ExitFn)(PluginId id, void *user);

void qemu_plugin_register_vcpu_tb_trans_cb(PluginId id, TranslateFn fn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, ExecuteFn fn,
                                            int flags, void *user);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op,
                                                void *number, uint64_t add);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, AccessFn fn, int flags,
                                      int which, void *user);
unsigned int qemu_plugin_mem_size_shift(MemoryInfo info);
void qemu_plugin_register_atexit_cb(PluginId id, ExitFn fn, void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block,
                                                 size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* Called by QEMU. */
EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(PluginId id, const void *info, int argc, char **argv);

/* ---- counting -------------------------------------------------------------- */

enum { MAX_MARKS = 32, MAX_PAGES = 4096, PAGE_SLOTS = 2048 };

/* Counts of PAGE_SLOTS possible instructions, one each two bytes. */
typedef struct Page {
    uint64_t base;
    uint64_t counts[PAGE_SLOTS];
} Page;

static FILE *out_file, *pcs_file;
static uint64_t marks[MAX_MARKS];
static size_t n_marks;
static uint64_t total;
static Page *pages[MAX_PAGES];
static size_t n_pages;
static bool strict;
static uint64_t n_unaligned, first_unaligned;

static void mark_reached(unsigned int vcpu, void *user) {
    (void)vcpu;
    fprintf(out_file, "%zu %" PRIu64 "\n", (size_t)((uint64_t *)user - marks), total);
}

static void memory_accessed(unsigned int vcpu, MemoryInfo info, uint64_t address,
                            void *user) {
    (void)vcpu;
    uint64_t size = UINT64_C(1) << qemu_plugin_mem_size_shift(info);
    if (address % size && n_unaligned++ == 0) {
        first_unaligned = (uintptr_t)user;
    }
}

/* NULL when there is no memory for it. */
static uint64_t *pc_count(uint64_t address) {
    uint64_t base = address - address % (2 * PAGE_SLOTS);
    size_t i = 0;
    while (i < n_pages && pages[i]->base != base) {
        i++;
    }
    if (i == n_pages) {
        Page *page = n_pages < MAX_PAGES ? calloc(1, sizeof *page) : NULL;
        if (!page) {
            return NULL;
        }
        page->base = base;
        pages[n_pages++] = page;
    }
    return &pages[i]->counts[(address - base) / 2];
}

static void block_translated(PluginId id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        for (size_t m = 0; m < n_marks; m++) {
            if (marks[m] == address) {
                qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_reached, NO_REGISTERS,
                                                       &marks[m]);
            }
        }
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, &total, 1);
        if (strict) {
            qemu_plugin_register_vcpu_mem_cb(insn, memory_accessed, NO_REGISTERS,
                                             READS_AND_WRITES, (void *)(uintptr_t)address);
        }
        uint64_t *count = pcs_file ? pc_count(address) : NULL;
        if (count) {
            qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, count, 1);
        }
    }
}

/* ---- the end --------------------------------------------------------------- */

static int page_compare(const void *a, const void *b) {
    const Page *x = *(Page *const *)a, *y = *(Page *const *)b;
    return x->base < y->base ? -1 : x->base > y->base;
}

static void pcs_write(void) {
    qsort(pages, n_pages, sizeof pages[0], page_compare);
    for (size_t i = 0; i < n_pages; i++) {
        for (size_t k = 0; k < PAGE_SLOTS; k++) {
            if (pages[i]->counts[k]) {
                fprintf(pcs_file, "0x%" PRIx64 " %" PRIu64 "\n", pages[i]->base + 2 * k,
                        pages[i]->counts[k]);
            }
        }
    }
    fclose(pcs_file);
}

static void at_exit(PluginId id, void *user) {
    (void)id, (void)user;
    if (n_unaligned) {
        fprintf(out_file, "unaligned %" PRIu64 " 0x%" PRIx64 "\n", n_unaligned,
                first_unaligned);
    }
    fprintf(out_file, "end %" PRIu64 "\n", total);
    fclose(out_file);
    if (pcs_file) {
        pcs_write();
    }
}

/* ---- arguments ------------------------------------------------------------- */

/* The text behind "key=", NULL when the argument has another key. */
static const char *value_of(const char *argument, const char *key) {
    size_t n = strlen(key);
    return strncmp(argument, key, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

static bool argument_take(const char *argument) {
    const char *value;
    if ((value = value_of(argument, "out"))) {
        out_file = fopen(value, "w");
        return out_file != NULL;
    }
    if ((value = value_of(argument, "pcs"))) {
        pcs_file = fopen(value, "w");
        return pcs_file != NULL;
    }
    if ((value = value_of(argument, "strict"))) {
        strict = strcmp(value, "1") == 0;
        return strict;
    }
    if ((value = value_of(argument, "mark")) && n_marks < MAX_MARKS) {
        char *end;
        /* bit 0 of a function's address says Thumb */
        marks[n_marks++] = strtoull(value, &end, 0) & ~UINT64_C(1);
        return end != value && !*end;
    }
    return false;
}

int qemu_plugin_install(PluginId id, const void *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!argument_take(argv[i])) {
            fprintf(stderr, "count: error: bad argument '%s'\n", argv[i]);
            return -1;
        }
    }
    if (!out_file) {
        fprintf(stderr, "count: error: out=FILE is missing\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
