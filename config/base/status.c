#include "config/base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int exit_code;
} statuses[WV_STATUS_COUNT] = {
	[WV_OK] = {"ok", 0},
	[WV_NO] = {"no", 1},
	[WV_USAGE] = {"usage", 64},
	[WV_BAD_INPUT] = {"bad input", 1},
	[WV_LIMIT] = {"limit", 1},
	[WV_NOMEM] = {"out of memory", 75},
	[WV_MISSING] = {"missing", 66},
	[WV_DAMAGED] = {"damaged", 65},
	[WV_CREATE] = {"cannot create", 73},
	[WV_IO] = {"input/output", 74},
	[WV_FULL] = {"full", 75},
	[WV_LOCKED] = {"locked", 75},
	[WV_BOUND] = {"bound reached", 75},
	[WV_PERM] = {"not permitted", 77},
	[WV_SETTINGS] = {"settings", 78},
	[WV_UNREACHABLE] = {"unreachable", 69},
	[WV_REFUSED] = {"refused", 1},
	[WV_STOPPED] = {"stopped", 130},
	[WV_CONFLICT] = {"conflict", 75},
	[WV_BUG] = {"bug", 70},
};

static enum wv_status set_text(struct wv_err *err, enum wv_status status, const char *format,
                               va_list args) WV_PRINTF(3, 0);

static enum wv_status set_text(struct wv_err *err, enum wv_status status, const char *format,
                               va_list args)
{
	if (err) {
		err->status = status;
		if (vsnprintf(err->text, sizeof(err->text), format, args) < 0)
			err->text[0] = '\0';
	}
	return status;
}

enum wv_status wv_err_set(struct wv_err *err, enum wv_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_text(err, status, format, args);
	va_end(args);
	return status;
}

enum wv_status wv_err_errno(struct wv_err *err, enum wv_status status, int error_number,
                            const char *format, ...)
{
	va_list args;
	char text[128];
	size_t n;

	switch (error_number) {
	case EACCES:
	case EPERM:
	case EROFS:
		status = WV_PERM;
		break;
	case ENOSPC:
	case EDQUOT:
		status = WV_FULL;
		break;
	case ENOMEM:
		status = WV_NOMEM;
		break;
	default:
		break;
	}
	va_start(args, format);
	set_text(err, status, format, args);
	va_end(args);
	if (!err)
		return status;
	n = strlen(err->text);
	/* The GNU variant: thread-safe, and it may return a constant instead of filling `text`. */
	snprintf(err->text + n, sizeof(err->text) - n, ": %s",
	         strerror_r(error_number, text, sizeof(text)));
	return status;
}

enum wv_status wv_err_add(struct wv_err *err, enum wv_status status, const char *format, ...)
{
	va_list args;
	char what[sizeof(err->text)];
	char doing[256];

	if (!err)
		return status;
	va_start(args, format);
	if (vsnprintf(doing, sizeof(doing), format, args) < 0)
		doing[0] = '\0';
	va_end(args);
	memcpy(what, err->text, sizeof(what));
	what[sizeof(what) - 1] = '\0';
	err->status = status;
	snprintf(err->text, sizeof(err->text), "%s: %.*s", doing,
	         (int)(sizeof(err->text) - sizeof(doing) - 3), what);
	return status;
}

const char *wv_status_name(enum wv_status status)
{
	if ((unsigned)status >= WV_STATUS_COUNT)
		return "unknown";
	return statuses[status].name;
}

int wv_status_exit_code(enum wv_status status)
{
	if ((unsigned)status >= WV_STATUS_COUNT)
		return 70;
	return statuses[status].exit_code;
}

void wv_assert_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "wirevault: our bug: %s:%d: '%s' does not hold\n", file, line, condition);
	abort();
}
