#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wv_settings_file *file = NULL;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st =
		wv_settings_parse(wv_slice(data, size), "fuzz", NULL, NULL, &file, &err);

	/* Settings or a fault with words, nothing else. */
	WV_ASSERT(st == WV_OK ? file != NULL : st == WV_SETTINGS && !file && err.text[0] != '\0');
	wv_settings_free(&file);
	return 0;
}
