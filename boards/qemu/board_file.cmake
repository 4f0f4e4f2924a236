# SPDX-License-Identifier: Apache-2.0
# Writes OUT: lines `key value` with the symbols of ELF that the host needs.
execute_process(COMMAND ${NM} ${ELF} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
set(text "machine ${MACHINE}\n")
if(STRICT)
  string(APPEND text "strict 1\n")
endif()
foreach(name job_start job_end mark_verify mark_load mark_loaded mark_run mark_ran
             mark_call mark_called)
  if(NOT symbols MATCHES "([0-9a-fA-F]+) [A-Za-z] sc_${name}\n")
    message(FATAL_ERROR "${ELF} has no symbol sc_${name}")
  endif()
  string(APPEND text "${name} 0x${CMAKE_MATCH_1}\n")
endforeach()
file(WRITE ${OUT} "${text}")
