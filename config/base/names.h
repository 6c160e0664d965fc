#ifndef WV_CONFIG_BASE_NAMES_H
#define WV_CONFIG_BASE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What the world's territories, the cities that time zones are named after, currencies, months and
 * days of the week are called, in the languages that news is written in. Source: Unicode CLDR, as
 * the ICU on this machine carries it.
 */
enum wv_name_kind {
	WV_NAME_TERRITORY, /* code "JP"; also continents and regions, "150" */
	WV_NAME_CITY,      /* code "Asia/Tokyo" */
	WV_NAME_CURRENCY,  /* code "JPY" */
	WV_NAME_MONTH,     /* code "1" to "12" */
	WV_NAME_WEEKDAY,   /* code "1" (Sunday) to "7" */
};

struct wv_name {
	enum wv_name_kind kind;
	const char *code;     /* valid for the call */
	const char *language; /* "en", "zh_Hant" */
	struct wv_slice text; /* UTF-8, as CLDR spells it; valid for the call */
};

typedef enum wv_status (*wv_name_fn)(void *context, const struct wv_name *name, struct wv_err *err);

/*
 * Each name once a language, in a fixed order: kind, language, code. Stops at the first failure of
 * `each`. A language that this ICU does not know is passed over. Some 100 ms of work: keep what you
 * need. Any thread. WV_NOMEM, WV_BUG (ICU without its data).
 */
WV_MUST_USE enum wv_status wv_names_each(wv_name_fn each, void *context, struct wv_err *err);

/*
 * A language as readers of another call it: "zh-Hans" in "ja" is 簡体中国語. In `arena`; empty where
 * the tag (BCP 47) is none or has no name. Any thread.
 */
struct wv_arena;
struct wv_slice wv_names_language(struct wv_arena *arena, struct wv_slice tag, const char *in);

#endif
