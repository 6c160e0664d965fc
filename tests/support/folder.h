#ifndef WV_TESTS_SUPPORT_FOLDER_H
#define WV_TESTS_SUPPORT_FOLDER_H

/* A folder of a test's own under the system's temporary one; removing takes all that is in it. */
struct wv_test_folder {
	char path[256];
};

void wv_test_folder_make(struct wv_test_folder *folder);
void wv_test_folder_remove(struct wv_test_folder *folder); /* also a WV_AUTO handler */

#endif
