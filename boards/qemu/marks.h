/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Empty functions that a counter outside (tools/qemu_plugin) recognises by their
 * addresses. Calling one costs two or three instructions.
 */
#ifndef SC_BOARDS_QEMU_MARKS_H
#define SC_BOARDS_QEMU_MARKS_H

void sc_mark_verify(void); /* sc_verify() begins; it ends at sc_mark_load */
void sc_mark_load(void);   /* sc_open(), sc_need(), sc_need_scratch(), sc_init() begin */
void sc_mark_loaded(void);
void sc_mark_run(void); /* sc_run() begins */
void sc_mark_ran(void);
void sc_mark_call(void); /* profiled run: the next instruction begins */
void sc_mark_called(void);

#endif
