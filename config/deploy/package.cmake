# What `cmake --install` and `cpack -G DEB` put on a machine: the program, its manual pages and
# completions as the command tables give them, the public header, a pkg-config file, the examples
# and the cron and systemd files. Included at the end of the root listing, after the targets.

set(documents ${PROJECT_BINARY_DIR}/documents)
add_custom_command(OUTPUT ${documents}/stamp
	COMMAND sh ${PROJECT_SOURCE_DIR}/config/deploy/documents.sh $<TARGET_FILE:wirevault> ${documents}
	DEPENDS wirevault ${PROJECT_SOURCE_DIR}/config/deploy/documents.sh
	COMMENT "Manual pages and completions from the command tables" VERBATIM)
add_custom_target(documents ALL DEPENDS ${documents}/stamp)
# All that is installed, and no test: who built only this can go on with `cmake --install`.
add_custom_target(installable DEPENDS wirevault libwirevault documents)

configure_file(${PROJECT_SOURCE_DIR}/config/deploy/wirevault.pc.in
	${PROJECT_BINARY_DIR}/wirevault.pc @ONLY)

install(TARGETS wirevault RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS libwirevault LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${documents}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${documents}/wirevault.bash RENAME wirevault
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${documents}/_wirevault DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${documents}/wirevault.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${PROJECT_BINARY_DIR}/wirevault.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES ${PROJECT_SOURCE_DIR}/archive/wirevault.h
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/config/wirevault.yaml.5
	${PROJECT_SOURCE_DIR}/archive/wirevault-archive.5
	DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/examples ${PROJECT_SOURCE_DIR}/config/deploy
	DESTINATION ${CMAKE_INSTALL_DOCDIR}
	PATTERN "*.cmake" EXCLUDE PATTERN "*.in" EXCLUDE PATTERN "documents.sh" EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wirevault)
set(CPACK_PACKAGE_CONTACT "wirevault maintainers <wirevault@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The shared libraries do not bring the certificates that TLS is verified with.
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "cron | systemd")
include(CPack)
