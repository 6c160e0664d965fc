# archive/care: it uses all rooms to its left, so its tests link the archive as a whole.
set(CARE_LIBS wv_archive wv_config)
wv_test(test_erase LABEL property
	SOURCES property/test_erase.c support/folder.c support/archive.c LIBS ${CARE_LIBS})
wv_test(test_retention LABEL property
	SOURCES property/test_retention.c support/folder.c support/archive.c LIBS ${CARE_LIBS})
wv_test(test_retention_parts LABEL unit
	SOURCES unit/test_retention_parts.c support/folder.c support/archive.c LIBS ${CARE_LIBS})
wv_test(test_takedown LABEL unit SOURCES unit/test_takedown.c support/folder.c support/archive.c LIBS ${CARE_LIBS})
wv_test(test_backup LABEL unit THREADS SOURCES unit/test_backup.c support/folder.c support/archive.c
	LIBS ${CARE_LIBS})
