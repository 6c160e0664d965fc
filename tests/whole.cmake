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
