# Charset, scan and tree.
set(WV_PAGE_BASE
	${PROJECT_SOURCE_DIR}/config/base/status.c
	${PROJECT_SOURCE_DIR}/config/base/bytes.c
	${PROJECT_SOURCE_DIR}/config/base/arena.c
	${PROJECT_SOURCE_DIR}/config/base/clock.c
	${PROJECT_SOURCE_DIR}/config/base/clock_text.c)
set(WV_PAGE_SCAN
	${PROJECT_SOURCE_DIR}/crawler/page/markup.c
	${PROJECT_SOURCE_DIR}/crawler/page/markup_text.c
	${PROJECT_SOURCE_DIR}/crawler/page/entities.c
	${PROJECT_SOURCE_DIR}/crawler/page/token.c
	${PROJECT_SOURCE_DIR}/crawler/page/nesting.c
	${PROJECT_SOURCE_DIR}/crawler/page/embedded.c
	${PROJECT_SOURCE_DIR}/crawler/page/plain.c
	${PROJECT_SOURCE_DIR}/crawler/page/compact.c
	${PROJECT_SOURCE_DIR}/crawler/page/scan.c
	${PROJECT_SOURCE_DIR}/crawler/page/scan_found.c
	${PROJECT_SOURCE_DIR}/crawler/page/scan_skip.c)
set(WV_PAGE_CHARSET
	${WV_TEXT}
	${PROJECT_SOURCE_DIR}/crawler/page/encoding.c
	${PROJECT_SOURCE_DIR}/crawler/page/sniff.c
	${PROJECT_SOURCE_DIR}/crawler/page/multibyte.c
	${PROJECT_SOURCE_DIR}/crawler/page/charset.c
	${PROJECT_SOURCE_DIR}/crawler/page/charset_query.c)
wv_objects(page_objects ${WV_PAGE_CHARSET} ${WV_PAGE_SCAN} ${PROJECT_SOURCE_DIR}/crawler/page/html.c
	${WV_PAGE_BASE})
add_executable(bench_page bench/bench_page.c ${page_objects})
wv_made(bench_page page_objects)
target_link_libraries(bench_page PRIVATE wv_flags PkgConfig::GUMBO PkgConfig::ICU)
wv_test(test_page_laws LABEL property
	SOURCES property/test_page_laws.c ${WV_PAGE_SCAN} ${PROJECT_SOURCE_DIR}/crawler/page/html.c
		${WV_PAGE_CHARSET} ${WV_PAGE_BASE}
	LIBS PkgConfig::GUMBO PkgConfig::ICU)

# Dates, words, blocks to the article.
set(WV_PAGE_TIMES
	${PROJECT_SOURCE_DIR}/config/zone.c
	${PROJECT_SOURCE_DIR}/config/zone_words.c
	${PROJECT_SOURCE_DIR}/crawler/page/dates_lang.c
	${PROJECT_SOURCE_DIR}/crawler/page/times_tokens.c
	${PROJECT_SOURCE_DIR}/crawler/page/times_clock.c
	${PROJECT_SOURCE_DIR}/crawler/page/times_days.c
	${PROJECT_SOURCE_DIR}/crawler/page/times_relative.c
	${PROJECT_SOURCE_DIR}/crawler/page/times_url.c
	${PROJECT_SOURCE_DIR}/crawler/page/times.c)
wv_test(test_times LABEL unit
	SOURCES unit/test_times.c ${WV_PAGE_TIMES} ${WV_TEXT} ${WV_PAGE_BASE}
	LIBS PkgConfig::ICU)
wv_test(test_charset LABEL unit
	SOURCES unit/test_charset.c ${WV_PAGE_CHARSET} ${WV_PAGE_BASE}
		${PROJECT_SOURCE_DIR}/config/base/digest.c
	LIBS PkgConfig::ICU PkgConfig::CRYPTO)
set(WV_PAGE_ARTICLE
	${PROJECT_SOURCE_DIR}/crawler/page/words.c
	${PROJECT_SOURCE_DIR}/crawler/page/blocks_names.c
	${PROJECT_SOURCE_DIR}/crawler/page/blocks_text.c
	${PROJECT_SOURCE_DIR}/crawler/page/blocks_teasers.c
	${PROJECT_SOURCE_DIR}/crawler/page/blocks_lists.c
	${PROJECT_SOURCE_DIR}/crawler/page/blocks.c
	${PROJECT_SOURCE_DIR}/crawler/page/next_story.c
	${PROJECT_SOURCE_DIR}/crawler/page/candidate.c
	${PROJECT_SOURCE_DIR}/crawler/page/prune_names.c
	${PROJECT_SOURCE_DIR}/crawler/page/prune_links.c
	${PROJECT_SOURCE_DIR}/crawler/page/prune_phrases.c
	${PROJECT_SOURCE_DIR}/crawler/page/prune_repeats.c
	${PROJECT_SOURCE_DIR}/crawler/page/prune_ends.c
	${PROJECT_SOURCE_DIR}/crawler/page/prune.c
	${PROJECT_SOURCE_DIR}/crawler/page/boilerplate.c
	${PROJECT_SOURCE_DIR}/crawler/page/jsonld.c
	${PROJECT_SOURCE_DIR}/crawler/page/next_part.c
	${PROJECT_SOURCE_DIR}/crawler/page/meta.c
	${PROJECT_SOURCE_DIR}/crawler/page/meta_origin.c
	${PROJECT_SOURCE_DIR}/crawler/page/meta_title.c
	${PROJECT_SOURCE_DIR}/crawler/page/meta_links.c
	${PROJECT_SOURCE_DIR}/crawler/page/meta_times.c
	${PROJECT_SOURCE_DIR}/crawler/page/people.c
	${PROJECT_SOURCE_DIR}/crawler/page/credit.c
	${PROJECT_SOURCE_DIR}/crawler/page/shell.c
	${PROJECT_SOURCE_DIR}/crawler/page/live.c
	${PROJECT_SOURCE_DIR}/crawler/page/verdict.c
	${PROJECT_SOURCE_DIR}/crawler/page/extract.c
	${PROJECT_SOURCE_DIR}/crawler/page/html.c
	${PROJECT_SOURCE_DIR}/archive/store/verdict.c
	${PROJECT_SOURCE_DIR}/config/base/json.c
	${PROJECT_SOURCE_DIR}/config/base/json_write.c
	${PROJECT_SOURCE_DIR}/config/url_parts.c
	${PROJECT_SOURCE_DIR}/config/url_host.c
	${PROJECT_SOURCE_DIR}/config/url_authority.c
	${PROJECT_SOURCE_DIR}/config/url_path.c
	${PROJECT_SOURCE_DIR}/config/url.c
	${PROJECT_SOURCE_DIR}/config/url_join.c
	${PROJECT_SOURCE_DIR}/config/url_spell.c
	${PROJECT_SOURCE_DIR}/config/base/digest.c
	${WV_PAGE_TIMES} ${WV_PAGE_SCAN} ${WV_PAGE_CHARSET} ${WV_PAGE_BASE})
set(WV_PAGE_LIBS PkgConfig::GUMBO PkgConfig::ICU PkgConfig::JANSSON PkgConfig::CRYPTO)
wv_test(golden_extract LABEL golden SOURCES golden/golden_extract.c ${WV_PAGE_ARTICLE}
	LIBS ${WV_PAGE_LIBS})
add_custom_target(refresh-golden-pages COMMAND golden_extract --refresh)
wv_fuzz(fuzz_extract SOURCES fuzz/fuzz_extract.c ${WV_PAGE_ARTICLE} LIBS ${WV_PAGE_LIBS})
wv_objects(article_objects ${WV_PAGE_ARTICLE})
add_executable(bench_extract bench/bench_extract.c ${article_objects})
wv_made(bench_extract article_objects)
target_link_libraries(bench_extract PRIVATE wv_flags ${WV_PAGE_LIBS})
wv_test(test_next_part LABEL unit
	SOURCES unit/test_next_part.c ${PROJECT_SOURCE_DIR}/crawler/page/next_part.c
	LIBS wv_config)
wv_test(test_policy LABEL unit
	SOURCES unit/test_policy.c ${PROJECT_SOURCE_DIR}/crawler/page/policy.c LIBS wv_config)
wv_test(test_html LABEL unit
	SOURCES unit/test_html.c ${WV_PAGE_SCAN} ${PROJECT_SOURCE_DIR}/crawler/page/html.c
		${WV_PAGE_BASE}
	LIBS PkgConfig::GUMBO)
wv_test(test_scan LABEL unit SOURCES unit/test_scan.c ${WV_PAGE_SCAN} ${WV_PAGE_BASE})
wv_test(test_extract_parts LABEL unit SOURCES unit/test_extract_parts.c ${WV_PAGE_ARTICLE}
	LIBS ${WV_PAGE_LIBS})
wv_test(test_people LABEL unit SOURCES unit/test_people.c ${WV_PAGE_ARTICLE} LIBS ${WV_PAGE_LIBS})
wv_test(test_next_story LABEL unit SOURCES unit/test_next_story.c ${WV_PAGE_ARTICLE}
	LIBS ${WV_PAGE_LIBS})
wv_test(test_prune LABEL unit SOURCES unit/test_prune.c ${WV_PAGE_ARTICLE} LIBS ${WV_PAGE_LIBS})

# Learned boilerplate.
add_executable(bench_sites EXCLUDE_FROM_ALL bench/bench_sites.c)
target_link_libraries(bench_sites PRIVATE wv_crawler wv_archive wv_config wv_flags)
wv_fuzz(fuzz_charset SOURCES fuzz/fuzz_charset.c ${WV_PAGE_CHARSET} ${WV_PAGE_BASE} LIBS PkgConfig::ICU)
wv_fuzz(fuzz_scan SOURCES fuzz/fuzz_scan.c ${WV_PAGE_SCAN} ${WV_PAGE_BASE})
wv_fuzz(fuzz_html SOURCES fuzz/fuzz_html.c ${WV_PAGE_SCAN} ${WV_PAGE_CHARSET}
		${PROJECT_SOURCE_DIR}/crawler/page/html.c ${WV_PAGE_BASE}
	LIBS PkgConfig::GUMBO PkgConfig::ICU)
wv_test(test_sites LABEL unit
	SOURCES unit/test_sites.c ${PROJECT_SOURCE_DIR}/crawler/page/sites.c
		${PROJECT_SOURCE_DIR}/crawler/page/boilerplate.c
	LIBS wv_test_store)
