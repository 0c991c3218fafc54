# Puts numbered SQL files into a target as C data, so that a program carries the schema it was built for. Included by
# the build it declares the rule; run as a script (cmake -P) it writes the C file.
#
#   dragoman_embed_migrations(TARGET ENGINE FOLDER...)  the folders have 0001_name.sql, 0002_name.sql, ... without gaps
function(dragoman_embed_migrations target engine)
  list(TRANSFORM ARGN APPEND /*.sql)
  file(GLOB files CONFIGURE_DEPENDS ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${engine}_migrations.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${files}" -DENGINE=${engine} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding the migrations for ${engine}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  list(SORT FILES COMPARE FILE_BASENAME)
  set(arrays "")
  set(rows "")
  set(expected 0)
  foreach(file IN LISTS FILES)
    math(EXPR expected "${expected} + 1")
    get_filename_component(name ${file} NAME_WE)
    if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
      message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql")
    endif()
    math(EXPR number "1${CMAKE_MATCH_1} - 10000")
    if(NOT number EQUAL expected)
      message(FATAL_ERROR "${file}: expected migration number ${expected}")
    endif()
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const char sql_${number}[] = {${bytes}0x00};\n")
    string(APPEND rows "    {${number}, \"${name}\", sql_${number}},\n")
  endforeach()
  file(WRITE ${OUTPUT} "/* Made by cmake/embed.cmake from the SQL files of the schema. */\n"
                       "#include \"migration_history.h\"\n\n${arrays}\n"
                       "const struct migration ${ENGINE}_migrations[] = {\n${rows}};\n"
                       "const size_t ${ENGINE}_migration_count = ${expected};\n")
endif()
