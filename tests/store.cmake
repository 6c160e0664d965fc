# archive/store and archive/proof.
set(S ${PROJECT_SOURCE_DIR})
wv_test(test_db LABEL unit
	SOURCES unit/test_db.c support/folder.c ${S}/archive/store/db.c
	LIBS wv_config PkgConfig::LMDB)
