# Zone, topic, settings, source.
set(S ${PROJECT_SOURCE_DIR})
wv_test(test_zone LABEL unit
	SOURCES unit/test_zone.c ${S}/config/zone.c ${S}/config/zone_words.c
	LIBS wv_config PkgConfig::ICU)
