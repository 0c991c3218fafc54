# A room is a folder with one target. Its link list is the layer rule: a room's public headers live in
# include/ROOM/, are linked PRIVATE, and so are visible only to the rooms that name it in SEES.
#
#   dragoman_room(NAME [SEES room...] [LIBRARIES target...] [FOLDERS subfolder...])
function(dragoman_room name)
  cmake_parse_arguments(ROOM "" "" "SEES;LIBRARIES;FOLDERS" ${ARGN})
  set(patterns ${name}/*.c)
  foreach(folder IN LISTS ROOM_FOLDERS)
    list(APPEND patterns ${name}/${folder}/*.c)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${name}/include
                                     PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  target_link_libraries(${name} PRIVATE ${ROOM_SEES} ${ROOM_LIBRARIES} Threads::Threads)
  set_property(TARGET ${name} PROPERTY DRAGOMAN_SEES "${ROOM_SEES}")
endfunction()
