# Warnings are errors, hardening is the default, sanitizers are a cache entry (see CMakePresets.json).
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
                    -Wno-missing-field-initializers -Werror)
add_compile_definitions(_GNU_SOURCE)
add_compile_options(-fstack-protector-strong -fno-omit-frame-pointer)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Our names are ours alone: libraries that libraries bring along use some of them too.
set(CMAKE_C_VISIBILITY_PRESET hidden)

if(DRAGOMAN_SANITIZE)
  add_compile_options(-fsanitize=${DRAGOMAN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DRAGOMAN_SANITIZE})
  add_compile_definitions(DRAGOMAN_SANITIZED)
  # The tests are some 600 programs: where this linker is there, linking them takes minutes less.
  find_program(DRAGOMAN_MOLD mold)
  if(DRAGOMAN_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
else()
  if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    # The same programs wherever they are built.
    add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
  endif()
  add_compile_options(-fstack-clash-protection)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # Debian 12's clang wants a second flag that says it will go away
    add_compile_options(-ftrivial-auto-var-init=zero)
  endif()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
    add_compile_options(-fcf-protection)
  endif()
endif()

# The rooms are many small files: programs that are to be fast are optimised as a whole, which takes 3 % off an exchange.
if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT DRAGOMAN_SANITIZE)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT DRAGOMAN_WHOLE_PROGRAM OUTPUT DRAGOMAN_WHOLE_PROGRAM_REASON LANGUAGES C)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${DRAGOMAN_WHOLE_PROGRAM})
endif()
