# config/base: one test a module, each naming the sources it needs.
set(base ${PROJECT_SOURCE_DIR}/config/base)
set(base_core ${base}/status.c ${base}/bytes.c)
set(WV_TEXT ${base}/text.c ${base}/text_kinds.c ${base}/text_squeeze.c ${base}/text_fold.c)
wv_test(test_status LABEL unit SOURCES unit/test_status.c ${base_core})
wv_test(test_bytes LABEL unit SOURCES unit/test_bytes.c ${base_core})
wv_test(test_arena LABEL unit SOURCES unit/test_arena.c ${base}/arena.c ${base_core})
wv_test(test_clock LABEL unit
	SOURCES unit/test_clock.c ${base}/clock.c ${base}/clock_text.c ${base_core})
wv_test(test_folder LABEL unit SOURCES unit/test_folder.c support/folder.c ${base}/folder.c ${base_core})
wv_test(test_slots LABEL unit SOURCES unit/test_slots.c ${base}/slots.c ${base_core})
wv_test(test_file LABEL unit SOURCES unit/test_file.c support/folder.c ${base}/file.c ${base_core})
wv_test(test_queue LABEL unit THREADS SOURCES unit/test_queue.c ${base}/queue.c ${base_core})
wv_test(test_log LABEL unit SOURCES unit/test_log.c ${base}/log.c ${base_core})
wv_test(test_digest LABEL unit
	SOURCES unit/test_digest.c ${base}/digest.c ${base_core} LIBS PkgConfig::CRYPTO)
wv_test(test_child LABEL unit
	SOURCES unit/test_child.c ${base}/child.c ${base}/clock.c ${base}/clock_text.c ${base_core})
wv_test(test_inflate LABEL unit
	SOURCES unit/test_inflate.c ${base}/inflate.c ${base_core} LIBS PkgConfig::ZLIB)
wv_test(prop_inflate LABEL property
	SOURCES property/prop_inflate.c ${base}/inflate.c ${base_core} LIBS PkgConfig::ZLIB)
wv_fuzz(fuzz_inflate
	SOURCES fuzz/fuzz_inflate.c ${base}/inflate.c ${base_core} LIBS PkgConfig::ZLIB)

# Text and JSON.
wv_test(test_text LABEL unit
	SOURCES unit/test_text.c ${WV_TEXT} ${base}/arena.c ${base_core} LIBS PkgConfig::ICU)
set(json_sources ${base}/json.c ${base}/json_line.c ${base}/json_write.c ${WV_TEXT} ${base}/arena.c ${base}/digest.c ${base_core})
set(json_libs PkgConfig::ICU PkgConfig::JANSSON PkgConfig::CRYPTO)
wv_test(test_json LABEL unit SOURCES unit/test_json.c ${json_sources} LIBS ${json_libs})
wv_test(prop_text LABEL property
	SOURCES property/prop_text.c ${WV_TEXT} ${base}/arena.c ${base_core} LIBS PkgConfig::ICU)
wv_fuzz(fuzz_json SOURCES fuzz/fuzz_json.c ${json_sources} LIBS ${json_libs})
