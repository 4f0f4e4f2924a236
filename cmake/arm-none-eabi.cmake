# SPDX-License-Identifier: Apache-2.0
# Toolchain of bare Arm Cortex-M: only the device libraries are built.
#   cmake -S . -B build-m33 --toolchain cmake/arm-none-eabi.cmake -DSC_CPU=cortex-m33
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(SC_CPU cortex-m33 CACHE STRING "-mcpu= of arm-none-eabi-gcc")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SC_CPU)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_AR arm-none-eabi-ar)
set(CMAKE_RANLIB arm-none-eabi-ranlib)
# Cores without an FPU pass floats in integer registers.
set(SC_FLOAT_ABI hard)
if(SC_CPU MATCHES "^cortex-m(0|0plus|1|3|23)$")
  set(SC_FLOAT_ABI soft)
endif()
# One section a function: the linker takes what a program calls. Not -ffreestanding:
# it would make a call of every memcpy() of four bytes; that nothing but mem* is
# needed from outside is what tools/size.sh checks.
set(CMAKE_ASM_FLAGS_INIT "-mcpu=${SC_CPU} -mthumb -mfloat-abi=${SC_FLOAT_ABI}")
set(CMAKE_C_FLAGS_INIT "-mcpu=${SC_CPU} -mthumb -mfloat-abi=${SC_FLOAT_ABI} \
-ffunction-sections -fdata-sections")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
