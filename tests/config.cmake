# Zone, topic, settings, source.
set(S ${PROJECT_SOURCE_DIR})
wv_test(test_zone LABEL unit THREADS
	SOURCES unit/test_zone.c ${S}/config/zone.c ${S}/config/zone_words.c
	LIBS wv_config PkgConfig::ICU)

# URL and domain.
set(url ${S}/config/url_parts.c ${S}/config/url_host.c ${S}/config/url_authority.c
	${S}/config/url_path.c ${S}/config/url.c ${S}/config/url_join.c
	${S}/config/url_spell.c)
set(url_base ${S}/config/base/status.c ${S}/config/base/bytes.c ${S}/config/base/arena.c
	${WV_TEXT} ${S}/config/base/digest.c)
set(url_libs PkgConfig::ICU PkgConfig::CRYPTO)
wv_test(test_url LABEL unit SOURCES unit/test_url.c ${url} ${url_base} LIBS ${url_libs})
wv_test(test_url_conformance LABEL unit
	SOURCES unit/test_url_conformance.c ${url} ${url_base} ${S}/config/base/json.c
		${S}/config/base/json_write.c
	LIBS ${url_libs} PkgConfig::JANSSON)
wv_test(test_domain LABEL unit
	SOURCES unit/test_domain.c ${S}/config/domain.c ${S}/config/base/bytes.c
		${S}/config/base/status.c
	LIBS PkgConfig::PSL)
wv_test(prop_url LABEL property
	SOURCES property/prop_url.c ${url} ${url_base} ${S}/config/domain.c
	LIBS ${url_libs} PkgConfig::PSL)
wv_fuzz(fuzz_url SOURCES fuzz/fuzz_url.c ${url} ${url_base} ${S}/config/domain.c
	LIBS ${url_libs} PkgConfig::PSL)
# Topic, source, settings.
set(settings ${S}/config/settings.c ${S}/config/settings_template.c
	${S}/config/settings_suggest.c ${S}/config/settings_faults.c ${S}/config/settings_yaml.c
	${S}/config/settings_values.c ${S}/config/settings_lists.c ${S}/config/settings_sources.c
	${S}/config/settings_read.c ${S}/config/settings_keys.c ${S}/config/settings_address.c ${S}/config/settings_default.c ${S}/config/source.c ${S}/config/topic.c ${S}/config/zone.c
	${S}/config/zone_words.c ${S}/config/domain.c ${S}/config/base/clock.c
	${S}/config/base/clock_text.c)
set(settings_libs ${url_libs} PkgConfig::PSL PkgConfig::YAML)
wv_test(test_topic LABEL unit
	SOURCES unit/test_topic.c ${S}/config/topic.c ${url_base} LIBS ${url_libs})
wv_test(test_source LABEL unit
	SOURCES unit/test_source.c ${S}/config/source.c ${S}/config/domain.c ${url} ${url_base}
	LIBS ${url_libs} PkgConfig::PSL)
# Measured by hand; built with the tests so that it keeps compiling.
add_executable(bench_url bench/bench_url.c)
target_link_libraries(bench_url PRIVATE wv_config)
wv_test(test_settings LABEL unit
	SOURCES unit/test_settings.c ${settings} ${url} ${url_base} LIBS ${settings_libs})
if(TARGET wirevault)
	add_test(NAME e2e_url COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/e2e/url.sh $<TARGET_FILE:wirevault>)
	set_tests_properties(e2e_url PROPERTIES LABELS e2e TIMEOUT 60)
endif()
wv_test(prop_settings LABEL property
	SOURCES property/prop_settings.c ${settings} ${url} ${url_base} LIBS ${settings_libs})
wv_fuzz(fuzz_settings SOURCES fuzz/fuzz_settings.c ${settings} ${url} ${url_base}
	LIBS ${settings_libs})
wv_test(test_config_command LABEL unit
	SOURCES unit/test_config_command.c ${S}/crawler/cmd/config.c ${S}/crawler/cmd/command.c
		${S}/crawler/cmd/help.c ${S}/crawler/cmd/common_options.c ${S}/crawler/cmd/memory_fault.c
	LIBS wv_config)
# Red until `verify` stands in the table of commands.
add_test(NAME deploy_units COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/deploy_units.sh
	${PROJECT_SOURCE_DIR} $<TARGET_FILE:wirevault>)
set_tests_properties(deploy_units PROPERTIES LABELS "e2e" TIMEOUT 60)
