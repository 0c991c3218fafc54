# Puts a text file into a target as C data. Included by the build it declares the rule; run as a script (cmake -P) it
# writes the C file.
#
#   dragoman_embed_text(TARGET FILE SYMBOL)     const char SYMBOL[], zero-terminated, and const size_t SYMBOL_size
function(dragoman_embed_text target file symbol)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DFILE=${file} -DSYMBOL=${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
    COMMENT "Embedding ${symbol}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${FILE} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE ${OUTPUT} "/* Made by cmake/embed_text.cmake. */\n#include <stddef.h>\n\n"
                       "extern const char ${SYMBOL}[];\nextern const size_t ${SYMBOL}_size;\n"
                       "const char ${SYMBOL}[] = {${bytes}0x00};\nconst size_t ${SYMBOL}_size = sizeof(${SYMBOL}) - 1;\n")
endif()
