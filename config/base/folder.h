#ifndef WV_CONFIG_BASE_FOLDER_H
#define WV_CONFIG_BASE_FOLDER_H

#include "config/base/status.h"

/* Makes the names in a folder durable: files that were created, renamed or removed in it. Some
 * file systems refuse that (EINVAL, EROFS): nothing more can be done there. WV_IO. */
WV_MUST_USE enum wv_status wv_folder_sync(const char *dir, struct wv_err *err);

#endif
