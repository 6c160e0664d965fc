#ifndef WV_CONFIG_BASE_STATUS_H
#define WV_CONFIG_BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a call that can fail says, and the words that go with it.
 *
 * A status names what the caller can do about it: retry, skip, mend the input, stop. Expected
 * outcomes (a 404, a robots refusal, a missing key) are values, WV_NO at most, never errors.
 */

#define WV_MUST_USE __attribute__((warn_unused_result))
#define WV_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))

/* Cleanup at the end of the block: the destroyer takes the variable's address and leaves NULL. */
#define WV_AUTO(destroyer) __attribute__((cleanup(destroyer)))

/* Moves ownership out of a WV_AUTO variable. */
#define WV_TAKE(pointer)                                                                           \
	__extension__({                                                                            \
		__typeof__(pointer) wv_taken_ = (pointer);                                         \
		(pointer) = NULL;                                                                  \
		wv_taken_;                                                                         \
	})

#define WV_COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum wv_status {
	WV_OK = 0,
	WV_NO,          /* a plain no: absent, denied, different, end of a walk */
	WV_USAGE,       /* the command line, or a URL that is none */
	WV_BAD_INPUT,   /* foreign bytes that are not what they should be */
	WV_LIMIT,       /* a cap was met: the input is too large, too deep, too many */
	WV_NOMEM,       /* out of memory */
	WV_MISSING,     /* an input file or an archive that is not there */
	WV_DAMAGED,     /* the archive contradicts itself */
	WV_CREATE,      /* cannot create an output */
	WV_IO,          /* reading or writing failed */
	WV_FULL,        /* disk or map full, or below its floor: try later */
	WV_LOCKED,      /* another writer holds the archive: try later */
	WV_BOUND,       /* a bound of the run was reached with work left */
	WV_PERM,        /* not permitted by the file system */
	WV_SETTINGS,    /* the settings file says something impossible */
	WV_UNREACHABLE, /* no answer: DNS, connect, TLS, timeout */
	WV_REFUSED,     /* our own rules refuse: address guard, robots, scheme */
	WV_STOPPED,     /* the stop flag is up */
	WV_CONFLICT,    /* what was read has changed since; look again */
	WV_BUG,         /* our own mistake */
	WV_STATUS_COUNT
};

/*
 * The caller's place for detail: fixed size, no allocation, may be passed as NULL, travels with a
 * job from thread to thread. Left alone on success.
 */
struct wv_err {
	enum wv_status status;
	char text[768];
};

#define WV_ERR_NONE                                                                                \
	{                                                                                          \
		.status = WV_OK                                                                    \
	}

/* Says what and why; lower case, no full stop, names in quotes. Returns `status`. */
enum wv_status wv_err_set(struct wv_err *err, enum wv_status status, const char *format, ...)
	WV_PRINTF(3, 4);

/* As wv_err_set, with ": " and the text of errno value `error_number`; picks WV_PERM for EACCES,
 * EPERM, EROFS, WV_FULL for ENOSPC and EDQUOT, WV_NOMEM for ENOMEM, otherwise `status`. */
enum wv_status wv_err_errno(struct wv_err *err, enum wv_status status, int error_number,
                            const char *format, ...) WV_PRINTF(4, 5);

/* Puts what the caller was doing before what went wrong: "doing: what". Returns `status`. */
enum wv_status wv_err_add(struct wv_err *err, enum wv_status status, const char *format, ...)
	WV_PRINTF(3, 4);

/* A fixed English name: "no", "damaged". Never NULL. */
const char *wv_status_name(enum wv_status status);

/* The process exit code for a status (sysexits as the manual's table has them). */
int wv_status_exit_code(enum wv_status status);

/* Our own mistakes only; stays on in release. Prints where and aborts. */
void wv_assert_failed(const char *condition, const char *file, int line)
	__attribute__((noreturn, cold));
#define WV_ASSERT(condition)                                                                       \
	((condition) ? (void)0 : wv_assert_failed(#condition, __FILE__, __LINE__))
#ifdef WV_SLOW_ASSERTS
#define WV_ASSERT_SLOW(condition) WV_ASSERT(condition)
#else
#define WV_ASSERT_SLOW(condition) ((void)sizeof(condition))
#endif

#endif
