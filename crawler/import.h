#ifndef WV_CRAWLER_IMPORT_H
#define WV_CRAWLER_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/store.h"
#include "config/settings.h"
#include "config/zone.h"

struct wv_job_topics;
struct wv_topic_set;

/*
 * Captures made elsewhere, brought into an archive: from WARC files, and from other archives of
 * ours. They go the way of a crawl's pages (job.h): charset, article, verdict, batch, log; with
 * their own instants as `captured`, and this archive's clock as `recorded`.
 *
 * Stored once: a capture of this URL and instant with this status, header block and body that the
 * archive has already is counted and left alone. Each capture commits whole, in groups; whatever
 * ends an import, what was committed stays and the next import of the same file goes on from it.
 *
 * One thread reads and prepares, the store's writer commits. The caller holds the writer's lock.
 */
struct wv_import_counts {
	uint64_t records;    /* WARC records, or captures of the other archive, looked at */
	uint64_t captures;   /* new ones, durable */
	uint64_t articles;   /* of them */
	uint64_t there;      /* in the archive already */
	uint64_t passed;     /* records that hold no capture: warcinfo, request, metadata, ... */
	uint64_t bodyless;   /* revisits of a body that is not in the archive */
	uint64_t faults;     /* records that could not be taken */
	uint64_t at_bytes, all_bytes; /* of the file, or captures of the other archive */
};

struct wv_import_options {
	const struct wv_settings *settings;
	const struct wv_zone *const *zones; /* beside settings->sources; NULL where there are none */
	const struct wv_topic_set *topics;  /* of the settings; NULL: none */
	const struct wv_job_topics *source_topics; /* as wv_job_read_topics gives them */
	const struct wv_clock *clock;
	struct wv_store *store;             /* writable; log and copies follow it */
	enum wv_extract_when extract;
	struct wv_slice source;             /* name for all; empty: the settings' source in whose
	                                       scope the URL lies, or the other archive's */
	bool drops_wire;                    /* keep decoded bodies only */
	/* Called as things happen, never from another thread; may be NULL. */
	void (*fault)(void *context, uint64_t at, const char *why);
	void (*progress)(void *context, const struct wv_import_counts *counts);
	bool (*is_stopped)(void *context);
	void *context;
};

/*
 * One WARC file, plain or gzip; "-" is standard input. `counts` begins zeroed and is kept up to
 * date. WV_OK also with faults; WV_MISSING, WV_PERM, WV_IO for the file; WV_BAD_INPUT: nothing in
 * it is a WARC record; WV_STOPPED; what stops the archive: WV_FULL, WV_IO, WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_import_warc(const struct wv_import_options *options,
                                          const char *path, struct wv_import_counts *counts,
                                          struct wv_err *err);

/*
 * Another archive, read only and never locked. When it was recorded there is told in the basis.
 * Articles are read anew; with extract later or off, those that need no site model of the other
 * archive are taken as they are. Statuses as above; WV_USAGE: it is this archive, or one with the
 * other kind of clock (also of a WARC that says so).
 */
WV_MUST_USE enum wv_status wv_import_archive(const struct wv_import_options *options,
                                             const char *dir, struct wv_import_counts *counts,
                                             struct wv_err *err);

#endif
