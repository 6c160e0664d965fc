# crawler/fetch: the guard, header reading, and the fetcher against a scripted origin.
set(fetch_room ${PROJECT_SOURCE_DIR}/crawler/fetch)
set(fetch_base ${PROJECT_SOURCE_DIR}/config/base)
set(fetch_core ${fetch_base}/bytes.c ${fetch_base}/status.c)
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl)
set(fetch_sources ${fetch_room}/guard.c ${fetch_room}/headers.c ${fetch_room}/request.c
	${fetch_room}/budget.c ${fetch_room}/decode.c ${fetch_room}/transfer.c
	${fetch_room}/conclude.c ${fetch_room}/fetch.c
	${fetch_base}/inflate.c ${fetch_base}/arena.c ${fetch_base}/clock.c
	${fetch_base}/clock_text.c ${fetch_core})
set(origin_sources support/origin.c support/getaddrinfo.c)

wv_test(test_fetch LABEL unit THREADS
	SOURCES unit/test_fetch.c ${origin_sources} ${fetch_base}/queue.c ${fetch_sources}
	LIBS CURL::libcurl PkgConfig::ZLIB PkgConfig::SSL PkgConfig::CRYPTO)
wv_test(test_guard LABEL unit
	SOURCES unit/test_guard.c ${fetch_room}/guard.c LIBS wv_config)
wv_test(test_headers LABEL unit
	SOURCES unit/test_headers.c ${fetch_room}/headers.c ${fetch_room}/decode.c
		${fetch_base}/inflate.c ${fetch_core}
	LIBS PkgConfig::ZLIB)
wv_fuzz(fuzz_headers
	SOURCES fuzz/fuzz_headers.c ${fetch_room}/headers.c ${fetch_room}/guard.c ${fetch_core})
wv_test(test_fetch_servers LABEL e2e
	SOURCES e2e/test_fetch_servers.c ${fetch_sources} LIBS CURL::libcurl PkgConfig::ZLIB)
set_tests_properties(test_fetch_servers PROPERTIES SKIP_RETURN_CODE 77)
wv_test(fault_fetch LABEL fault THREADS
	SOURCES fault/fault_fetch.c support/origin.c ${fetch_sources}
	LIBS CURL::libcurl PkgConfig::ZLIB PkgConfig::SSL PkgConfig::CRYPTO)
target_link_options(fault_fetch PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc)
# Run by hand: bench_fetch URLS
wv_objects(fetch_objects ${fetch_sources})
add_executable(bench_fetch bench/bench_fetch.c ${fetch_objects})
wv_made(bench_fetch fetch_objects)
target_link_libraries(bench_fetch PRIVATE wv_flags CURL::libcurl PkgConfig::ZLIB)
