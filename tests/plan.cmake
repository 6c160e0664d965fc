# crawler/plan: what to ask next, of whom, and why not.
set(plan_room ${PROJECT_SOURCE_DIR}/crawler/plan)
set(plan_robots ${plan_room}/robots.c ${plan_room}/robots_policy.c ${plan_room}/politeness.c)
set(plan_sources ${plan_robots} ${plan_room}/visit.c ${plan_room}/market.c
	${plan_room}/pace.c ${plan_room}/schedule.c
	${plan_room}/admission.c ${plan_room}/ledger.c ${plan_room}/ledger_check.c
	${plan_room}/tables.c ${plan_room}/check_row.c ${plan_room}/frontier.c ${plan_room}/frontier_run.c
	${plan_room}/coverage.c ${plan_room}/frontier_coverage.c
	${plan_room}/frontier_robots.c ${plan_room}/frontier_guess.c
	${plan_room}/frontier_record.c ${plan_room}/plan_map.c ${plan_room}/plan_turn.c
	${plan_room}/plan_clock.c ${plan_room}/plan_queue.c ${plan_room}/plan_ahead.c ${plan_room}/plan_scan.c
	${plan_room}/plan_robots.c ${plan_room}/plan_visit.c ${plan_room}/plan_pick.c
	${plan_room}/plan_step.c ${plan_room}/plan_event.c
	${plan_room}/plan.c ${plan_room}/why.c)
wv_objects(plan_objects ${plan_sources} support/folder.c
	${DB_SOURCES} ${PROJECT_SOURCE_DIR}/archive/store/tail.c
	${PROJECT_SOURCE_DIR}/archive/store/checksum.c ${PROJECT_SOURCE_DIR}/archive/store/resident.c
	${PROJECT_SOURCE_DIR}/archive/store/register_rows.c
	${PROJECT_SOURCE_DIR}/archive/store/register.c)
add_library(wv_test_plan STATIC ${plan_objects})
set_target_properties(wv_test_plan PROPERTIES LINKER_LANGUAGE C)
wv_made(wv_test_plan plan_objects)
target_link_libraries(wv_test_plan PUBLIC wv_config m PRIVATE PkgConfig::LMDB)

# Requests, kills, seed. Thousands of commits: in memory where that can be had. Sanitizers take
# ten times as long, so they get fewer.
set(delays 100000 50 1)
if(WV_PROFILE MATCHES "asan")
	set(delays 10000 10 1)
endif()
wv_test(test_plan_delays LABEL property SOURCES property/test_plan_delays.c
	LIBS wv_test_plan ARGS ${delays})
add_test(NAME test_plan_delays_long COMMAND test_plan_delays 1000000 500 2)
set_tests_properties(test_plan_delays_long PROPERTIES LABELS slow TIMEOUT 1800)
add_test(NAME test_plan_delays_crowded COMMAND test_plan_delays 10000 10 3 7)
set_tests_properties(test_plan_delays_crowded PROPERTIES LABELS property TIMEOUT 300)
wv_one_thread(test_plan_delays_crowded test_plan_delays)
wv_one_thread(test_plan_delays_long test_plan_delays)
if(EXISTS /dev/shm)
	set_tests_properties(test_plan_delays test_plan_delays_long test_plan_delays_crowded
		PROPERTIES ENVIRONMENT TMPDIR=/dev/shm)
endif()
wv_test(test_robots LABEL unit SOURCES unit/test_robots.c ${plan_robots} LIBS wv_config m)
wv_fuzz(fuzz_robots SOURCES fuzz/fuzz_robots.c ${plan_robots} LIBS wv_config m)
wv_fuzz(fuzz_plan_rows SOURCES fuzz/fuzz_plan_rows.c LIBS wv_test_plan)
wv_test(test_politeness LABEL unit
	SOURCES unit/test_politeness.c ${plan_room}/politeness.c LIBS wv_config m)
wv_test(test_schedule LABEL unit
	SOURCES unit/test_schedule.c ${plan_room}/pace.c ${plan_room}/schedule.c ${plan_room}/market.c
		${plan_room}/visit.c LIBS wv_config)
wv_test(test_pace LABEL unit SOURCES unit/test_pace.c ${plan_room}/pace.c LIBS wv_config)
wv_test(test_market LABEL unit SOURCES unit/test_market.c ${plan_room}/market.c LIBS wv_config)
wv_test(test_coverage LABEL unit
	SOURCES unit/test_coverage.c ${plan_room}/coverage.c ${plan_room}/visit.c LIBS wv_config m)
wv_test(test_admission LABEL unit
	SOURCES unit/test_admission.c ${plan_room}/admission.c LIBS wv_config)
wv_test(test_plan LABEL unit SOURCES unit/test_plan.c support/plan_rig.c LIBS wv_test_plan)
wv_test(test_plan_starvation LABEL property
	SOURCES property/test_plan_starvation.c support/plan_rig.c LIBS wv_test_plan)
wv_test(test_plan_latency LABEL property
	SOURCES property/test_plan_latency.c support/plan_rig.c LIBS wv_test_plan)
if(EXISTS /dev/shm)
	set_tests_properties(test_plan_starvation test_plan_latency PROPERTIES ENVIRONMENT TMPDIR=/dev/shm)
endif()
wv_test(test_ledger LABEL unit SOURCES unit/test_ledger.c LIBS wv_test_plan)
wv_test(test_tables LABEL unit SOURCES unit/test_tables.c LIBS wv_test_plan)

# Run by hand: bench_frontier [URLS [HOSTS [OPERATIONS]]]
add_executable(bench_frontier bench/bench_frontier.c)
target_link_libraries(bench_frontier PRIVATE wv_flags wv_test_plan)
