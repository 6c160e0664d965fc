# Zone, topic, settings, source.
set(S ${PROJECT_SOURCE_DIR})
wv_test(test_zone LABEL unit
	SOURCES unit/test_zone.c ${S}/config/zone.c ${S}/config/zone_words.c
	LIBS wv_config PkgConfig::ICU)

# URL and domain.
set(url ${S}/config/url_parts.c ${S}/config/url_host.c ${S}/config/url.c ${S}/config/url_join.c
	${S}/config/url_spell.c)
set(url_base ${S}/config/base/status.c ${S}/config/base/bytes.c ${S}/config/base/arena.c
	${S}/config/base/text.c ${S}/config/base/digest.c)
set(url_libs PkgConfig::ICU PkgConfig::CRYPTO)
wv_test(test_url LABEL unit SOURCES unit/test_url.c ${url} ${url_base} LIBS ${url_libs})
wv_test(test_url_conformance LABEL unit
	SOURCES unit/test_url_conformance.c ${url} ${url_base} ${S}/config/base/json.c
	LIBS ${url_libs} PkgConfig::JANSSON)
wv_test(test_domain LABEL unit
	SOURCES unit/test_domain.c ${S}/config/domain.c ${S}/config/base/bytes.c
		${S}/config/base/status.c
	LIBS PkgConfig::PSL)
