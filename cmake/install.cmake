# What `cmake --install` puts where, but for facteurd and its schema (api/CMakeLists.txt) and the plugins
# (facteur_plugin in cmake/modules.cmake).
# `cmake --install --prefix` may name another place than the build did: what holds the place is filled in then.
function(facteur_configure_for_prefix from to component)
  install(CODE "
    set(CMAKE_INSTALL_BINDIR \"${CMAKE_INSTALL_BINDIR}\")
    set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
    set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
    set(PROJECT_VERSION \"${PROJECT_VERSION}\")
    get_filename_component(FACTEUR_PREFIX \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
    configure_file(\"${CMAKE_SOURCE_DIR}/${from}\" \"${CMAKE_BINARY_DIR}/${to}\" @ONLY)
  " COMPONENT ${component})
endfunction()

install(TARGETS facteur RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

install(FILES man/facteur.1 man/facteur-bridge.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES man/facteur-rpc.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
install(FILES man/facteurd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

# Where each shell of the distribution looks.
install(FILES completion/facteur.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME facteur)
install(FILES completion/facteur-bridge.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME facteur-bridge)
install(FILES completion/_facteur completion/_facteur-bridge DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completion/facteur.fish completion/facteur-bridge.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# The desk's menu has the web application, with the icon that browsers show of it.
install(FILES data/facteur-mailto.desktop data/facteur-web.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES clients/web/public/icons/facteur.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
foreach(size 192 512)
    install(FILES clients/web/public/icons/facteur-${size}.png DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/${size}x${size}/apps RENAME facteur.png)
endforeach()

facteur_configure_for_prefix(systemd/facteurd.service.in facteurd.service Unspecified)
facteur_configure_for_prefix(systemd/facteur-bridge.service.in facteur-bridge.service Unspecified)
install(FILES systemd/facteurd.socket ${CMAKE_BINARY_DIR}/facteurd.service ${CMAKE_BINARY_DIR}/facteur-bridge.service DESTINATION lib/systemd/user)

install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Below docs/, as here: the links in README.md and between the pages hold.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
# The web application, where it was built (clients/web); facteur-bridge finds it there, seen from its own place.
install(DIRECTORY ${CMAKE_BINARY_DIR}/web DESTINATION ${CMAKE_INSTALL_DATADIR}/facteur OPTIONAL PATTERN meta.json EXCLUDE)
# Read by facteurd (core/discover/table.h).
install(FILES data/providers.json data/oauth.json DESTINATION ${CMAKE_INSTALL_DATADIR}/facteur)
install(FILES samples/mailbox.mbox DESTINATION ${CMAKE_INSTALL_DATADIR}/facteur/samples)

# What a plugin is built with, and nothing else of ours (cmake --install --component plugin-sdk: that alone).
install(FILES api/include/facteur/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/facteur COMPONENT plugin-sdk)
if(EXISTS ${PROJECT_SOURCE_DIR}/cmake/facteur-plugin.pc.in)
  facteur_configure_for_prefix(cmake/facteur-plugin.pc.in facteur-plugin.pc plugin-sdk)
  install(FILES ${CMAKE_BINARY_DIR}/facteur-plugin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT plugin-sdk)
endif()

# The client library (clients/lib/CMakeLists.txt) alone: --component client-sdk.
facteur_configure_for_prefix(cmake/facteur-client.pc.in facteur-client.pc client-sdk)
install(FILES ${CMAKE_BINARY_DIR}/facteur-client.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client-sdk)
