# archive/copies.
set(S ${PROJECT_SOURCE_DIR})
set(FINGERPRINT_SOURCES ${S}/archive/copies/fingerprint_tokens.c
	${S}/archive/copies/fingerprint_record.c ${S}/archive/copies/fingerprint.c)
wv_test(test_fingerprint LABEL unit
	SOURCES unit/test_fingerprint.c ${FINGERPRINT_SOURCES} LIBS wv_config)
wv_test(test_relation LABEL unit
	SOURCES unit/test_relation.c ${S}/archive/copies/relation.c LIBS wv_config)
wv_test(test_attribution LABEL unit
	SOURCES unit/test_attribution.c ${S}/archive/copies/attribution_names.c
		${S}/archive/copies/attribution_cut.c ${S}/archive/copies/attribution.c LIBS wv_config)
set(COPIES_STORE ${DB_SOURCES} ${S}/archive/store/tail.c ${S}/archive/store/checksum.c
	${S}/archive/store/resident.c support/folder.c)
set(DOCUMENTS_SOURCES ${S}/archive/copies/documents_rows.c
	${S}/archive/copies/documents_overlaps.c ${S}/archive/copies/documents.c)
set(RUNS_SOURCES ${S}/archive/copies/runs_rows.c ${S}/archive/copies/runs_lookup.c
	${S}/archive/copies/runs_merge.c ${S}/archive/copies/runs.c)
set(COPIES_SOURCES
	${FINGERPRINT_SOURCES} ${S}/archive/copies/relation.c ${RUNS_SOURCES}
	${DOCUMENTS_SOURCES} ${S}/archive/copies/facts.c ${S}/archive/copies/component.c
	${S}/archive/copies/cluster.c ${S}/archive/copies/withdraw.c
	${COPIES_STORE})
wv_test(test_runs LABEL unit
	SOURCES unit/test_runs.c ${RUNS_SOURCES} ${COPIES_STORE}
	LIBS wv_config PkgConfig::LMDB)
wv_test(test_documents LABEL unit SOURCES unit/test_documents.c ${DOCUMENTS_SOURCES}
		${FINGERPRINT_SOURCES} ${S}/archive/copies/relation.c ${COPIES_STORE}
	LIBS wv_config PkgConfig::LMDB)
wv_test(test_facts LABEL unit SOURCES unit/test_facts.c ${S}/archive/copies/facts.c ${COPIES_STORE}
	LIBS wv_config PkgConfig::LMDB)
wv_test(test_cluster LABEL unit SOURCES unit/test_cluster.c ${COPIES_SOURCES}
	LIBS wv_config PkgConfig::LMDB)
wv_test(prop_cluster LABEL property
	SOURCES property/prop_cluster.c ${COPIES_SOURCES} LIBS wv_config PkgConfig::LMDB)
wv_test(prop_cluster_work LABEL property
	SOURCES property/prop_cluster_work.c ${COPIES_SOURCES} LIBS wv_config PkgConfig::LMDB)
wv_test(test_copies_check LABEL unit
	SOURCES unit/test_copies_check.c support/archive.c support/folder.c LIBS wv_archive wv_config)
wv_test(test_copies_past LABEL unit SOURCES unit/test_copies_past.c support/archive.c
	support/folder.c LIBS wv_archive wv_config)
wv_test(prop_past LABEL property
	SOURCES property/prop_past.c support/archive.c support/folder.c LIBS wv_archive wv_config)
wv_fuzz(fuzz_fingerprint
	SOURCES fuzz/fuzz_fingerprint.c ${FINGERPRINT_SOURCES}
		${S}/archive/copies/relation.c
	LIBS wv_config)

# Stories: what texts mention, and which report one event.
set(STORY_SOURCES
	${S}/archive/copies/units.c ${S}/archive/copies/lexicon.c ${S}/archive/copies/learned.c
	${S}/archive/copies/quantity.c ${S}/archive/copies/sound.c ${S}/archive/copies/mention.c)
wv_test(test_mention LABEL unit
	SOURCES unit/test_mention.c ${STORY_SOURCES} LIBS wv_config m)
wv_test(test_lexicon LABEL unit
	SOURCES unit/test_lexicon.c ${S}/archive/copies/units.c ${S}/archive/copies/lexicon.c LIBS wv_config m)
wv_test(test_learned LABEL unit SOURCES unit/test_learned.c ${S}/archive/copies/units.c
		${S}/archive/copies/lexicon.c ${S}/archive/copies/learned.c LIBS wv_config m)
wv_test(prop_story LABEL property
	SOURCES property/prop_story.c ${STORY_SOURCES} ${S}/archive/copies/story_kept.c
		${S}/archive/copies/story_weight.c ${S}/archive/copies/story_score.c
		${S}/archive/copies/story_candidates.c ${S}/archive/copies/story.c
	LIBS wv_config m)
# Not a test: bench_copies FOLDER [DOCUMENTS [KEYS [STRETCHES]]]
add_executable(bench_copies EXCLUDE_FROM_ALL bench/bench_copies.c)
target_link_libraries(bench_copies PRIVATE wv_flags wv_archive wv_config)
# Not a test: bench_clusters FOLDER [TEXTS]
add_executable(bench_clusters EXCLUDE_FROM_ALL bench/bench_clusters.c)
target_link_libraries(bench_clusters PRIVATE wv_flags wv_archive wv_config)
