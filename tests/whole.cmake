# The whole program: the newsroom that it is tried on, end-to-end runs, and checks of the tree.

# wirevault with a clock that can be turned, and publishers on loopback. Not installed.
add_executable(wirevault-newsroom
	newsroom/story.c
	newsroom/words.c
	newsroom/page.c
	newsroom/article.c
	newsroom/listing.c
	newsroom/desk.c
	newsroom/trap.c
	newsroom/origin.c
	newsroom/main.c
)
target_compile_definitions(wirevault-newsroom PRIVATE
	NEWSROOM_STORIES="${CMAKE_CURRENT_SOURCE_DIR}/newsroom/stories")
target_link_libraries(wirevault-newsroom PRIVATE wv_crawler wv_archive wv_config wv_flags
	PkgConfig::MICROHTTPD PkgConfig::ZLIB PkgConfig::ICU)
set_target_properties(wirevault-newsroom PROPERTIES
	RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

set(newsroom ${CMAKE_CURRENT_SOURCE_DIR}/newsroom)
wv_test(test_newsroom LABEL unit
	SOURCES unit/test_newsroom.c ${newsroom}/story.c ${newsroom}/words.c ${newsroom}/page.c
		${newsroom}/article.c ${newsroom}/listing.c ${newsroom}/desk.c ${newsroom}/trap.c
	LIBS wv_config PkgConfig::ZLIB PkgConfig::ICU)

# Label tree: what looks at the sources, or at what is installed, and runs none of our code; once is
# enough, so the sanitizers leave it out.
# Checks of the tree and end-to-end runs are scripts; 77 means skipped, with the reason printed.
# tests/run.sh installs python3; the quickstart, which builds the newsroom only, does without.
find_program(WV_PYTHON NAMES python3)
if(NOT WV_PYTHON)
	message(STATUS "no python3: without the end-to-end runs and the checks of the tree")
	return()
endif()
function(wv_script name)
	# Kept as given: a label may be a list.
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "COMMAND")
	add_test(NAME ${name} COMMAND ${arg_COMMAND})
	if(NOT arg_TIMEOUT)
		set(arg_TIMEOUT 300)
	endif()
	set_tests_properties(${name} PROPERTIES
		LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
set(whole ${CMAKE_CURRENT_SOURCE_DIR}/whole)
set(e2e ${CMAKE_CURRENT_SOURCE_DIR}/e2e)

wv_script(prop_past_10000 LABEL slow TIMEOUT 900 COMMAND $<TARGET_FILE:prop_past> 10000)
wv_one_thread(prop_past_10000 prop_past)
wv_script(boxes LABEL "unit;tree" COMMAND ${WV_PYTHON} ${whole}/boxes.py ${PROJECT_SOURCE_DIR})
wv_script(layers LABEL "unit;tree" COMMAND ${WV_PYTHON} ${whole}/layers.py ${PROJECT_SOURCE_DIR})
wv_script(layers_finds_plants LABEL "unit;tree"
	COMMAND ${WV_PYTHON} ${whole}/layers.py --self-test ${PROJECT_SOURCE_DIR})
wv_script(headers_alone LABEL "unit;tree" COMMAND ${WV_PYTHON} ${whole}/headers.py ${PROJECT_SOURCE_DIR})
wv_script(exports LABEL "unit;tree"
	COMMAND ${WV_PYTHON} ${whole}/exports.py ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
if(WV_PROFILE STREQUAL "release")
	# Sanitizers and asserts bring variables of their own.
	wv_script(globals LABEL "unit;tree" COMMAND ${WV_PYTHON} ${whole}/globals.py ${PROJECT_BINARY_DIR})
	wv_script(circles LABEL "unit;tree" COMMAND ${WV_PYTHON} ${whole}/circles.py ${PROJECT_BINARY_DIR})
	get_property(single GLOBAL PROPERTY WV_ONE_THREAD)
	wv_script(threads LABEL "unit;tree" COMMAND ${WV_PYTHON} ${whole}/threads.py
		${CMAKE_CURRENT_BINARY_DIR} ${single})
endif()

if(TARGET wirevault)
	wv_script(manual LABEL e2e COMMAND ${WV_PYTHON} ${whole}/manual.py $<TARGET_FILE:wirevault>)
	wv_one_thread(manual)
	wv_script(readme LABEL "e2e;tree"
		COMMAND ${WV_PYTHON} ${whole}/readme.py ${PROJECT_SOURCE_DIR} $<TARGET_FILE:wirevault>)
	wv_script(install LABEL "e2e;tree" TIMEOUT 600
		COMMAND sh ${whole}/install.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
	wv_script(e2e_origin LABEL e2e COMMAND ${WV_PYTHON} ${e2e}/origin.py ${PROJECT_BINARY_DIR} all)
	add_executable(kill_run fault/kill_run.c)
	target_link_libraries(kill_run PRIVATE wv_crawler wv_archive wv_config wv_flags)
	foreach(what kills failures)
		wv_script(fault_run_${what} LABEL fault COMMAND
			${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/fault/kill_run.py ${PROJECT_BINARY_DIR} ${what} few)
		# Every failing step takes minutes, every kill half of one.
		if(WV_LONG_TESTS OR what STREQUAL "kills")
			wv_script(fault_run_${what}_all LABEL slow TIMEOUT 3600 COMMAND
				${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/fault/kill_run.py ${PROJECT_BINARY_DIR} ${what} all)
		endif()
	endforeach()
	wv_script(old_archives LABEL golden TIMEOUT 600 COMMAND ${WV_PYTHON}
		${CMAKE_CURRENT_SOURCE_DIR}/golden/old_archives.py ${PROJECT_BINARY_DIR})
	wv_one_thread(old_archives) # what reads them has one
	foreach(scenario three_turns unchanged copies_kept copies_found codes broken_settings locked killed interrupted
			own_clock)
		wv_script(e2e_${scenario} LABEL e2e TIMEOUT 600
			COMMAND ${WV_PYTHON} ${e2e}/newsroom.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	wv_script(e2e_hostile LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/hostile.py ${PROJECT_BINARY_DIR} all)
	wv_script(e2e_hostile_each LABEL slow TIMEOUT 1800
		COMMAND ${WV_PYTHON} ${e2e}/hostile.py ${PROJECT_BINARY_DIR} each)
	foreach(scenario from_anywhere of_the_archive)
		wv_script(related_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/related.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	wv_one_thread(related_from_anywhere)
	wv_script(fault_kill_crawl LABEL fault
		COMMAND ${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/fault/kill_crawl.py ${PROJECT_BINARY_DIR} 3)
	wv_script(fault_kill_crawl_20 LABEL slow TIMEOUT 900
		COMMAND ${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/fault/kill_crawl.py ${PROJECT_BINARY_DIR} 20)
	foreach(scenario words settings hosts pages permissions full damage at_work records)
		wv_script(bad_input_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/bad_input.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	foreach(scenario snapped noarchive noarchive_kept related morning own_ways refusals wishes
			traps requisites dry_run server_log market tdmrep)
		wv_script(manners_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/manners.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	foreach(scenario robots_kinds feeds guesses validators six)
		wv_script(asking_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/asking.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	wv_script(e2e_inherited LABEL e2e COMMAND ${WV_PYTHON} ${e2e}/inherited.py ${PROJECT_BINARY_DIR})
	foreach(scenario proof heads anchors bundle exact)
		wv_script(e2e_proof_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/proof.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	foreach(scenario differences stories)
		wv_script(e2e_changes_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/changes.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	wv_script(fault_kill_search LABEL slow TIMEOUT 1800 COMMAND
		${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/fault/kill_search.py ${PROJECT_BINARY_DIR} 5)
	wv_script(as_of LABEL "property;slow" TIMEOUT 600 COMMAND
		${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/property/as_of.py ${PROJECT_BINARY_DIR} 150)
	if(WV_LONG_TESTS)
		wv_script(as_of_10000 LABEL slow TIMEOUT 7200 COMMAND
			${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/property/as_of.py ${PROJECT_BINARY_DIR} 10000)
	endif()
	wv_script(e2e_subscriptions LABEL e2e
		COMMAND ${WV_PYTHON} ${e2e}/subscriptions.py ${PROJECT_BINARY_DIR})
	wv_script(e2e_again LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/again.py ${PROJECT_BINARY_DIR})
	wv_script(e2e_parts LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/parts.py ${PROJECT_BINARY_DIR})
	wv_script(e2e_quickstart LABEL e2e TIMEOUT 600
		COMMAND sh ${e2e}/quickstart.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
	foreach(scenario hot restored targets stopped full_disk damaged)
		wv_script(e2e_backup_${scenario} LABEL e2e
			COMMAND ${WV_PYTHON} ${e2e}/backup.py ${PROJECT_BINARY_DIR} ${scenario})
	endforeach()
	add_library(fault_io SHARED fault/fault_io.c)
	target_link_libraries(fault_io PRIVATE wv_flags ${CMAKE_DL_LIBS})
	# Preloaded; sanitizers want to be first there themselves.
	if(NOT WV_PROFILE MATCHES "asan|tsan|fuzz")
		set(io_faults ${WV_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/fault/io_faults.py
			${PROJECT_BINARY_DIR})
		foreach(row "kills;24;1000" "failures;24;400" "memory;24;1000"
				"power;30;1000")
			list(GET row 0 what)
			list(GET row 1 few)
			list(GET row 2 many)
			wv_script(fault_io_${what} LABEL fault COMMAND ${io_faults} ${what} ${few})
			if(WV_LONG_TESTS)
				wv_script(fault_io_${what}_${many} LABEL slow TIMEOUT 7200
					COMMAND ${io_faults} ${what} ${many})
			endif()
		endforeach()
	endif()
	# care.py: a line a scenario.
	wv_script(e2e_care_levels LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/care.py ${PROJECT_BINARY_DIR} levels)
	wv_script(e2e_care_pruned LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/care.py ${PROJECT_BINARY_DIR} pruned)
	wv_script(e2e_care_status LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/care.py ${PROJECT_BINARY_DIR} status)
	wv_script(e2e_gone LABEL e2e
		COMMAND ${WV_PYTHON} ${e2e}/gone.py ${PROJECT_BINARY_DIR})
	wv_script(e2e_care_erased LABEL e2e TIMEOUT 600
		COMMAND ${WV_PYTHON} ${e2e}/care.py ${PROJECT_BINARY_DIR} erased)
	wv_script(e2e_cron LABEL slow TIMEOUT 600
		COMMAND sh ${e2e}/cron.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
	wv_script(e2e_fresh_root LABEL slow TIMEOUT 3600
		COMMAND sh ${e2e}/fresh_root.sh ${PROJECT_SOURCE_DIR})
endif()
