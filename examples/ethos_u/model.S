/* SPDX-License-Identifier: Apache-2.0 */
/* The .pte as it is, where the linker script says models lie. */
    .section .model, "a"
    .balign 16
    .global sc_model_pte
sc_model_pte:
    .incbin SC_MODEL_PTE
