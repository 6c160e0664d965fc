# archive/search.
set(S ${PROJECT_SOURCE_DIR})
set(SEARCH_SOURCES ${S}/archive/search/token.c ${S}/archive/search/query.c
	${S}/archive/search/sql.c ${S}/archive/search/index.c ${S}/archive/search/chunks.c ${S}/archive/search/texts.c
	${S}/archive/search/follow_late.c ${S}/archive/search/follow_page.c
	${S}/archive/search/follow.c ${S}/archive/search/meta.c ${S}/archive/search/places.c ${S}/archive/search/rank.c ${S}/archive/search/snippet.c
	${S}/archive/search/shown.c ${S}/archive/search/subscription.c ${S}/archive/search/feed.c)
wv_objects(search_objects ${SEARCH_SOURCES})
add_library(wv_test_search STATIC ${search_objects} support/press.c)
wv_made(wv_test_search search_objects)
target_link_libraries(wv_test_search PUBLIC wv_test_store wv_archive PkgConfig::SQLITE m)
wv_test(test_search LABEL unit SOURCES unit/test_search.c LIBS wv_test_search)
wv_test(test_search_follow LABEL unit SOURCES unit/test_search_follow.c LIBS wv_test_search)
wv_test(test_visible LABEL unit SOURCES unit/test_visible.c LIBS wv_test_search)
wv_test(test_around LABEL unit SOURCES unit/test_around.c LIBS wv_test_search)

wv_fuzz(fuzz_query SOURCES fuzz/fuzz_query.c ${S}/archive/search/query.c ${S}/archive/search/token.c
	${S}/archive/store/verdict.c LIBS wv_config)
wv_fuzz(fuzz_told SOURCES fuzz/fuzz_told.c ${S}/archive/search/told.c LIBS wv_config m)

# Not a test: bench_search [ARTICLES]
add_executable(bench_search bench/bench_search.c)
target_link_libraries(bench_search PRIVATE wv_flags wv_test_search)
# Not a test: bench_around DOCS.jsonl [QUERIES [PAIRS]]
add_executable(bench_around EXCLUDE_FROM_ALL bench/bench_around.c)
target_link_libraries(bench_around PRIVATE wv_flags wv_test_search)
add_executable(make_year support/make_year.c)
target_link_libraries(make_year PRIVATE wv_flags wv_test_store)
add_executable(make_large support/make_large.c)
target_link_libraries(make_large PRIVATE wv_flags wv_test_store)
