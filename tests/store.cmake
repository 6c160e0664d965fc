# archive/store and archive/proof.
set(S ${PROJECT_SOURCE_DIR})
wv_test(test_db LABEL unit THREADS
	SOURCES unit/test_db.c support/folder.c ${DB_SOURCES} ${S}/archive/store/db_copy.c
		${S}/archive/store/tail.c ${S}/archive/store/checksum.c ${S}/archive/store/resident.c
	LIBS wv_config PkgConfig::LMDB)
wv_test(test_checksum LABEL unit
	SOURCES unit/test_checksum.c ${S}/archive/store/checksum.c LIBS wv_config)
wv_test(test_verdict LABEL unit
	SOURCES unit/test_verdict.c ${S}/archive/store/verdict.c LIBS wv_config)

# What the store is made of: the tests of the whole room link it all.
set(STORE_SOURCES
	${S}/archive/store/verdict.c ${S}/archive/store/checksum.c ${S}/archive/store/resident.c ${S}/archive/store/tail.c ${DB_SOURCES}
	${S}/archive/store/verdict.c ${S}/archive/store/checksum.c ${S}/archive/store/tail.c ${DB_SOURCES} ${S}/archive/store/db_copy.c
	${S}/archive/store/swap.c
	${S}/archive/store/codec.c ${S}/archive/store/delta.c
	${S}/archive/store/record.c ${S}/archive/store/article.c
	${S}/archive/store/blob.c ${S}/archive/store/pieces.c ${S}/archive/store/base.c ${S}/archive/store/recode.c
	${S}/archive/store/load.c ${S}/archive/store/batch.c
	${S}/archive/store/commit.c ${S}/archive/store/reference.c
	${S}/archive/store/before.c ${S}/archive/store/row.c ${S}/archive/store/store.c ${S}/archive/store/lock.c
	${S}/archive/store/writer.c ${S}/archive/store/register_rows.c
	${S}/archive/store/register_check.c ${S}/archive/store/register.c ${S}/archive/store/revise.c ${S}/archive/store/lookup.c ${S}/archive/store/standing.c
	${S}/archive/store/parts.c
	${S}/archive/store/list.c ${S}/archive/store/history.c
	${S}/archive/proof/merkle.c ${S}/archive/proof/verify.c
	${S}/archive/proof/head_row.c ${S}/archive/proof/head.c ${S}/archive/proof/prove.c
	${S}/archive/proof/anchor.c
	${S}/archive/proof/verify_rows.c ${S}/archive/proof/verify_tree.c ${S}/archive/proof/verify_found.c
	${S}/archive/care/compact_strings.c ${S}/archive/care/compact_captures.c
	${S}/archive/care/compact_rows.c ${S}/archive/care/compact_slices.c ${S}/archive/care/compact.c)
wv_objects(store_objects ${STORE_SOURCES} support/folder.c support/archive.c)
add_library(wv_test_store STATIC ${store_objects})
set_target_properties(wv_test_store PROPERTIES LINKER_LANGUAGE C)
wv_made(wv_test_store store_objects)
target_link_libraries(wv_test_store PUBLIC wv_config
	PRIVATE PkgConfig::LMDB PkgConfig::ZLIB PkgConfig::CRYPTO)
wv_test(test_store LABEL unit SOURCES unit/test_store.c LIBS wv_test_store)

set(DIFF_SOURCES ${S}/archive/store/diff_words.c ${S}/archive/store/diff_marks.c
	${S}/archive/store/diff_pairs.c ${S}/archive/store/diff.c ${S}/archive/store/sequence.c)
wv_test(test_diff LABEL unit SOURCES unit/test_diff.c ${DIFF_SOURCES} LIBS wv_config)
wv_test(test_diff_property LABEL property
	SOURCES property/test_diff_property.c ${DIFF_SOURCES} LIBS wv_config)
wv_test(test_before LABEL unit SOURCES unit/test_before.c LIBS wv_test_store)
if(EXISTS /dev/shm) # hundreds of commits
	set_tests_properties(test_before PROPERTIES ENVIRONMENT TMPDIR=/dev/shm)
endif()
wv_test(test_lookup LABEL unit SOURCES unit/test_lookup.c LIBS wv_test_store)
wv_test(test_parts LABEL unit SOURCES unit/test_parts.c LIBS wv_test_store)
wv_test(test_merkle LABEL property SOURCES property/test_merkle.c LIBS wv_test_store)
wv_test(test_head LABEL unit SOURCES unit/test_head.c LIBS wv_test_store)
wv_test(test_register LABEL unit SOURCES unit/test_register.c LIBS wv_test_store)
wv_test(test_history LABEL unit SOURCES unit/test_history.c LIBS wv_test_store)
wv_test(test_lock LABEL unit
	SOURCES unit/test_lock.c support/folder.c ${S}/archive/store/lock.c LIBS wv_config)
wv_test(test_writer LABEL unit THREADS SOURCES unit/test_writer.c LIBS wv_test_store)

set(RECORD_SOURCES ${S}/archive/store/record.c ${S}/archive/store/row.c ${S}/archive/store/codec.c
	${S}/archive/store/article.c ${S}/archive/store/verdict.c)
wv_test(test_record LABEL property
	SOURCES property/test_record.c ${RECORD_SOURCES} LIBS wv_config PkgConfig::ZLIB)
wv_fuzz(fuzz_record SOURCES fuzz/fuzz_record.c ${RECORD_SOURCES} LIBS wv_config PkgConfig::ZLIB)
wv_test(test_verify LABEL property SOURCES property/test_verify.c LIBS wv_test_store)
add_test(NAME test_verify_many_flips COMMAND test_verify)
wv_one_thread(test_verify_many_flips test_verify)
set_tests_properties(test_verify_many_flips PROPERTIES LABELS "property;slow" TIMEOUT 900
	ENVIRONMENT WV_TEST_FLIPS=2000)
wv_test(test_store_faults LABEL fault THREADS
	SOURCES fault/test_store_faults.c support/alloc.c LIBS wv_test_store)
target_link_options(test_store_faults PRIVATE
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
add_test(NAME test_store_many_kills COMMAND test_store_faults)
set_tests_properties(test_store_many_kills PROPERTIES LABELS "fault;slow" TIMEOUT 3600
	ENVIRONMENT WV_TEST_KILLS=1000)

# Not a test: bench_store FOLDER-OF-PAGES
add_executable(bench_store EXCLUDE_FROM_ALL bench/bench_store.c)
target_link_libraries(bench_store PRIVATE wv_flags wv_test_store)
wv_test(test_wirevault LABEL unit
	SOURCES unit/test_wirevault.c unit/wirevault_user.c ${S}/archive/wirevault.c
	LIBS wv_test_store)
wv_test(test_store_model LABEL property
	SOURCES property/test_store_model.c LIBS wv_test_store)
wv_test(test_tail LABEL unit
	SOURCES unit/test_tail.c support/folder.c ${S}/archive/store/tail.c
	LIBS wv_config PkgConfig::LMDB)

wv_fuzz(fuzz_tail SOURCES fuzz/fuzz_tail.c ${S}/archive/store/tail.c LIBS wv_config)
set(DELTA_SOURCES ${S}/archive/store/delta.c ${S}/archive/store/codec.c)
wv_test(test_delta LABEL property
	SOURCES property/test_delta.c ${DELTA_SOURCES} LIBS wv_config PkgConfig::ZLIB)
wv_fuzz(fuzz_delta SOURCES fuzz/fuzz_delta.c ${DELTA_SOURCES} LIBS wv_config PkgConfig::ZLIB)
wv_test(test_chains LABEL property SOURCES property/test_chains.c LIBS wv_test_store)

# Not a test: bench_proof [LEAVES]
add_executable(bench_proof EXCLUDE_FROM_ALL bench/bench_proof.c)
target_link_libraries(bench_proof PRIVATE wv_flags wv_test_store)
# Not a test: bench_archive FOLDER CORPUS...
add_executable(bench_archive EXCLUDE_FROM_ALL bench/bench_archive.c)
target_link_libraries(bench_archive PRIVATE wv_flags wv_test_store PkgConfig::ZLIB)
wv_test(test_compact LABEL fault THREADS SOURCES fault/test_compact.c
	LIBS wv_test_store PkgConfig::ZLIB)
# Not a test: bench_scale [PAGES]
add_executable(bench_scale EXCLUDE_FROM_ALL bench/bench_scale.c)
target_link_libraries(bench_scale PRIVATE wv_flags wv_test_store)
