# archive/serve: each module alone, then the real server on a loopback socket.
set(serve ${PROJECT_SOURCE_DIR}/archive/serve)
wv_test(test_target LABEL unit
	SOURCES unit/test_target.c ${serve}/target.c ${base}/arena.c ${base_core})
wv_test(test_fields LABEL unit SOURCES unit/test_fields.c ${serve}/fields.c ${base_core})
wv_test(test_rate LABEL unit
	SOURCES unit/test_rate.c ${serve}/rate.c ${base}/digest.c ${base_core} LIBS PkgConfig::CRYPTO)
wv_test(test_turns LABEL unit THREADS SOURCES unit/test_turns.c ${serve}/turns.c ${base_core})
wv_fuzz(fuzz_request
	SOURCES fuzz/fuzz_request.c ${serve}/target.c ${serve}/fields.c ${base}/arena.c ${base_core})
wv_test(test_http LABEL unit THREADS
	SOURCES unit/test_http.c ${serve}/http.c ${serve}/http_events.c ${serve}/http_work.c ${serve}/http_answer.c
		${serve}/watch.c ${serve}/turns.c
		${serve}/listen.c ${serve}/rate.c ${serve}/fields.c ${serve}/target.c
		${base}/queue.c ${base}/arena.c ${base}/clock.c ${base}/clock_text.c ${base}/digest.c
		${base_core}
	LIBS PkgConfig::MICROHTTPD PkgConfig::CRYPTO)
set(rewrite_sources ${PROJECT_SOURCE_DIR}/crawler/page/rewrite.c
	${PROJECT_SOURCE_DIR}/crawler/page/rewrite_references.c
	${PROJECT_SOURCE_DIR}/crawler/page/rewrite_rules.c
	${PROJECT_SOURCE_DIR}/crawler/page/rewrite_style.c ${WV_PAGE_SCAN} ${WV_PAGE_CHARSET})
wv_test(test_rewrite LABEL unit SOURCES unit/test_rewrite.c ${rewrite_sources}
	LIBS wv_config PkgConfig::ICU)
wv_fuzz(fuzz_rewrite SOURCES fuzz/fuzz_rewrite.c ${rewrite_sources} LIBS wv_config PkgConfig::ICU)
wv_test(test_shelf LABEL unit THREADS SOURCES unit/test_shelf.c ${serve}/shelf.c ${base}/digest.c ${base_core}
	LIBS PkgConfig::CRYPTO)
wv_test(test_gate LABEL unit THREADS SOURCES unit/test_gate.c ${serve}/gate.c ${base}/clock.c ${base}/clock_text.c
	${base_core})
wv_test(test_errands LABEL unit THREADS SOURCES unit/test_errands.c LIBS wv_test_search)
wv_test(test_pattern LABEL unit SOURCES unit/test_pattern.c ${serve}/pattern.c LIBS wv_config)
wv_fuzz(fuzz_pattern SOURCES fuzz/fuzz_pattern.c ${serve}/pattern.c LIBS wv_config)
wv_test(test_memento LABEL unit THREADS SOURCES unit/test_memento.c LIBS wv_archive wv_config m)
wv_test(test_view_times LABEL unit SOURCES unit/test_view_times.c support/markup.c LIBS wv_test_store wv_archive)

# The pages, over an archive made for it.
wv_test(test_view LABEL unit
	SOURCES unit/test_view.c support/markup.c support/archive.c support/folder.c
	LIBS wv_archive wv_config)

# The whole program; wv_script is whole.cmake's, which found python3.
if(TARGET wirevault AND WV_PYTHON)
	set(e2e ${CMAKE_CURRENT_SOURCE_DIR}/e2e)
	wv_script(e2e_static_site LABEL e2e
		COMMAND ${WV_PYTHON} ${e2e}/static_site.py ${PROJECT_BINARY_DIR})
	wv_script(serve_features LABEL e2e
		COMMAND ${WV_PYTHON} ${e2e}/serve_features.py ${PROJECT_BINARY_DIR})
	# Pages as of (T, K) after the archive has grown: the same bytes; links keep the instant. A minute
	# and more under a sanitizer, of what serve_protocols and serve_attacks run there too.
	if(TARGET make_year)
		wv_script(serve_as_of LABEL "e2e;slow"
			COMMAND ${WV_PYTHON} ${e2e}/serve_as_of.py ${PROJECT_BINARY_DIR})
	endif()
	# Clients that mean harm, with another reader beside them.
	wv_script(serve_attacks LABEL e2e
		COMMAND ${WV_PYTHON} ${e2e}/serve_attacks.py ${PROJECT_BINARY_DIR} quick)
	wv_script(serve_attacks_patience LABEL "e2e;slow"
		COMMAND ${WV_PYTHON} ${e2e}/serve_attacks.py ${PROJECT_BINARY_DIR} slow)
	wv_script(serve_attacks_idle LABEL "e2e;slow"
		COMMAND ${WV_PYTHON} ${e2e}/serve_attacks.py ${PROJECT_BINARY_DIR} idle 10000)
	wv_script(serve_attacks_random LABEL "e2e;slow"
		COMMAND ${WV_PYTHON} ${e2e}/serve_attacks.py ${PROJECT_BINARY_DIR} random 50000)
	foreach(scenario reload stop socket nginx)
		wv_script(serve_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/serve_life.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	# Need Chromium, and npm for playwright-core and axe-core; say why where they are skipped.
	foreach(scenario visit looks people)
		wv_script(e2e_browser_${scenario} LABEL "e2e;slow"
			COMMAND ${WV_PYTHON} ${e2e}/browser.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	wv_script(replay_hostile LABEL "e2e;slow"
		COMMAND ${WV_PYTHON} ${e2e}/replay_hostile.py ${PROJECT_BINARY_DIR})
	# Every route, with what was taken down in the archive and without. Minutes under a sanitizer, where a
	# story may take longer to read than a reader waits.
	wv_script(serve_takedowns LABEL "e2e;slow"
		COMMAND ${WV_PYTHON} ${e2e}/serve_takedowns.py ${PROJECT_BINARY_DIR})
	# Bodies of tens of MiB.
	wv_script(serve_large LABEL "e2e;slow"
		COMMAND ${WV_PYTHON} ${e2e}/serve_large.py ${PROJECT_BINARY_DIR})
	wv_script(serve_protocols LABEL e2e
		COMMAND ${WV_PYTHON} ${e2e}/serve_protocols.py ${PROJECT_BINARY_DIR})
endif()
