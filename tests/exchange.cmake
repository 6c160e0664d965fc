# archive/exchange, and the import and export that stand on it.
set(WARC_SOURCES ${S}/archive/exchange/warc.c ${S}/archive/exchange/warc_stream.c)
wv_test(test_warc LABEL unit SOURCES unit/test_warc.c ${WARC_SOURCES} LIBS wv_config PkgConfig::ZLIB)
wv_test(test_message LABEL unit
	SOURCES unit/test_message.c ${S}/archive/exchange/message.c LIBS wv_config)
wv_test(test_zip LABEL unit
	SOURCES unit/test_zip.c support/folder.c ${S}/archive/exchange/zip.c
		${S}/archive/exchange/output.c ${S}/archive/store/codec.c
	LIBS wv_config PkgConfig::ZLIB)
wv_test(test_exchange_faults LABEL fault
	SOURCES fault/test_exchange_faults.c support/alloc.c ${WARC_SOURCES}
		${S}/archive/exchange/message.c ${S}/archive/exchange/zip_read.c
	LIBS wv_config)
target_link_options(test_exchange_faults PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
wv_fuzz(fuzz_zip SOURCES fuzz/fuzz_zip.c ${S}/archive/exchange/zip_read.c LIBS wv_config)
wv_fuzz(fuzz_warc SOURCES fuzz/fuzz_warc.c ${WARC_SOURCES} ${S}/archive/exchange/message.c
	LIBS wv_config)

# The whole program, in and out; wv_script is whole.cmake's, which found python3.
if(TARGET wirevault AND WV_PYTHON)
	set(runs ${CMAKE_CURRENT_SOURCE_DIR}/e2e/exchange.py ${PROJECT_BINARY_DIR})
	foreach(scenario identity anything crawled merge wacz damage killed full ranges wget warcio)
		wv_script(exchange_${scenario} LABEL e2e COMMAND ${WV_PYTHON} ${runs} ${scenario})
	endforeach()
	# Needs Chromium, and npm for ReplayWeb.page; says why where it is skipped.
	wv_script(exchange_browser LABEL "e2e;slow" COMMAND ${WV_PYTHON} ${runs} browser)
endif()
