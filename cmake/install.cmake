# What `cmake --install` puts where, but for facteurd and its schema (api/CMakeLists.txt) and the plugins
# (facteur_plugin in cmake/modules.cmake).
install(TARGETS facteur RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

install(FILES man/facteur.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES man/facteur-rpc.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
install(FILES man/facteurd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

# Where each shell of the distribution looks.
install(FILES completion/facteur.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME facteur)
install(FILES completion/_facteur DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completion/facteur.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

configure_file(systemd/facteurd.service.in ${CMAKE_BINARY_DIR}/facteurd.service @ONLY)
install(FILES systemd/facteurd.socket ${CMAKE_BINARY_DIR}/facteurd.service DESTINATION lib/systemd/user)

install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/architecture.md docs/dependencies.md docs/plugin-guide.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(FILES samples/mailbox.mbox DESTINATION ${CMAKE_INSTALL_DATADIR}/facteur/samples)

# What a plugin is built with, and nothing else of ours (cmake --install --component plugin-sdk: that alone).
install(FILES api/include/facteur/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/facteur COMPONENT plugin-sdk)
if(EXISTS ${PROJECT_SOURCE_DIR}/cmake/facteur-plugin.pc.in)
  configure_file(cmake/facteur-plugin.pc.in ${CMAKE_BINARY_DIR}/facteur-plugin.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/facteur-plugin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT plugin-sdk)
endif()
