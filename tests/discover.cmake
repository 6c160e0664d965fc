# Links, feeds, sitemaps.
set(S ${PROJECT_SOURCE_DIR})
set(discover_url ${S}/config/url_parts.c ${S}/config/url_host.c ${S}/config/url_authority.c
	${S}/config/url_path.c ${S}/config/url.c
	${S}/config/url_join.c ${S}/config/url_spell.c ${WV_TEXT}
	${S}/config/base/digest.c)
set(discover_links_url ${discover_url})
list(REMOVE_ITEM discover_links_url ${WV_TEXT})
set(discover_libs PkgConfig::ICU PkgConfig::CRYPTO)
wv_test(test_tdmrep LABEL unit SOURCES unit/test_tdmrep.c ${S}/crawler/discover/tdmrep.c
	${S}/crawler/plan/robots.c LIBS wv_config)
wv_test(test_related LABEL unit SOURCES unit/test_related.c ${S}/crawler/discover/related.c LIBS wv_config)
wv_test(test_links LABEL unit
	SOURCES unit/test_links.c ${S}/crawler/discover/links.c ${WV_PAGE_CHARSET} ${WV_PAGE_SCAN}
		${WV_PAGE_BASE} ${discover_links_url}
	LIBS ${discover_libs})
# Feeds and sitemaps read the times that pages write, so those come along.
set(discover_xml ${S}/crawler/discover/xml.c ${S}/crawler/discover/normal.c
	${S}/crawler/discover/feed_read.c ${S}/crawler/discover/feed_json.c
	${S}/crawler/discover/feed.c ${S}/crawler/discover/sitemap.c ${S}/crawler/discover/kind.c
	${S}/crawler/page/times_tokens.c
	${S}/crawler/page/times_clock.c
	${S}/crawler/page/times_days.c
	${S}/crawler/page/times_relative.c
	${S}/crawler/page/times_url.c
	${S}/crawler/page/times.c ${S}/crawler/page/dates_lang.c ${S}/config/zone.c
	${S}/config/zone_words.c ${S}/config/base/json.c ${S}/config/base/json_write.c ${S}/config/base/inflate.c
	${S}/crawler/page/encoding.c ${S}/crawler/page/sniff.c
	${S}/crawler/page/multibyte.c ${S}/crawler/page/charset.c
	${WV_PAGE_SCAN} ${WV_PAGE_BASE} ${discover_url})
set(discover_xml_libs ${discover_libs} PkgConfig::XML PkgConfig::JANSSON PkgConfig::ZLIB)
wv_test(test_feed LABEL unit SOURCES unit/test_feed.c ${discover_xml} LIBS ${discover_xml_libs})
wv_test(test_sitemap LABEL unit SOURCES unit/test_sitemap.c ${discover_xml} LIBS ${discover_xml_libs})
wv_fuzz(fuzz_feed SOURCES fuzz/fuzz_feed.c ${discover_xml} LIBS ${discover_xml_libs})
wv_fuzz(fuzz_sitemap SOURCES fuzz/fuzz_sitemap.c ${discover_xml} LIBS ${discover_xml_libs})
if(TARGET wirevault)
	add_test(NAME e2e_discover
		COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/e2e/discover.sh $<TARGET_FILE:wirevault>)
	set_tests_properties(e2e_discover PROPERTIES LABELS e2e TIMEOUT 60)
endif()

# A job: what comes of one page between its answer and its commit.
wv_test(test_job LABEL unit THREADS SOURCES unit/test_job.c support/archive.c support/folder.c
	LIBS wv_crawler wv_archive wv_config)
