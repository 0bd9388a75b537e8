# facteur_module(NAME DEPS...): the static library fct_NAME of every .c file in this folder (fuzz targets aside).
# Headers are named from core/, as in #include "store/store.h".
function(facteur_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list(FILTER sources EXCLUDE REGEX "/fuzz_[^/]*\\.c$")
  if(NOT sources)
    add_library(fct_${name} INTERFACE)
    target_link_libraries(fct_${name} INTERFACE ${ARGN})
    return()
  endif()
  add_library(fct_${name} STATIC ${sources})
  target_include_directories(fct_${name} PUBLIC ${PROJECT_SOURCE_DIR}/core ${PROJECT_SOURCE_DIR}/api/include)
  target_compile_definitions(fct_${name} PUBLIC FCT_CORE)
  target_link_libraries(fct_${name} PUBLIC ${ARGN})
endfunction()

# facteur_plugin(NAME): plugins/NAME/*.c as build/plugins/NAME.so, which sees the plugin header, plugins/shared, and nothing
# else.
function(facteur_plugin name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/fuzz_[^/]*\\.c$")
  # (Objects of their own: the unit tests of a plugin's parts are linked with them too.)
  add_library(plugin_${name}_objects OBJECT ${sources})
  target_include_directories(plugin_${name}_objects PRIVATE ${PROJECT_SOURCE_DIR}/api/include)
  target_link_libraries(plugin_${name}_objects PUBLIC plugin_shared)
  add_library(plugin_${name} MODULE)
  target_link_libraries(plugin_${name} PRIVATE plugin_${name}_objects)
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
                        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  install(TARGETS plugin_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/facteur/plugins)
endfunction()
