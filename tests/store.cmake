# archive/store and archive/proof.
set(S ${PROJECT_SOURCE_DIR})
wv_test(test_db LABEL unit
	SOURCES unit/test_db.c support/folder.c ${S}/archive/store/db.c
		${S}/archive/store/checksum.c
	LIBS wv_config PkgConfig::LMDB)
wv_test(test_checksum LABEL unit
	SOURCES unit/test_checksum.c ${S}/archive/store/checksum.c LIBS wv_config)
wv_test(test_verdict LABEL unit
	SOURCES unit/test_verdict.c ${S}/archive/store/verdict.c LIBS wv_config)
