#ifndef WV_ARCHIVE_CARE_RETENTION_H
#define WV_ARCHIVE_CARE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/register.h"
#include "archive/store/store.h"
#include "config/source.h"

/*
 * Pruning: which bodies have outlived their retention, and their going. A body goes, with the
 * encoded bytes that gave it, when every capture that has it may lose it:
 *
 *   age    the capture is older
 *   count  its page has so many other bodies that were seen later
 *   size   the oldest, until what is stored is small enough
 *
 * and none of them is held, nor is it the newest good body of its page, for that is what the page
 * says. Captures, articles, digests and the log stay; who asks for the bytes is told when and by
 * what rule they went. What is built on a body that goes is stored anew before.
 *
 * Whoever calls holds the writer's lock. Memory does not grow with the archive: the bodies that
 * stay are remembered in a Bloom filter of at most WV_RETENTION_FILTER_BYTES, by which a body in
 * some thousand stays until the next time.
 */
#define WV_RETENTION_FILTER_BYTES (64u * 1024u * 1024u)

struct wv_retention_rule {
	struct wv_slice source; /* name */
	struct wv_retention keep;
};
struct wv_pruned { /* of one source */
	struct wv_slice source; /* empty: none */
	uint64_t captures;      /* that lose their body */
	uint64_t bodies, bytes; /* stored */
};
struct wv_prune {
	struct wv_retention keep; /* of sources without a rule; `bytes` of the whole archive */
	const struct wv_retention_rule *rules;
	size_t rule_count;
	struct wv_time now;
	bool dry_run;
	/* Each capture that loses its body; may be NULL. Slices live for the call. */
	void (*each)(const struct wv_capture *capture, struct wv_slice page_key, const char *rule,
	             uint64_t bytes, void *context);
	bool (*go_on)(void *context); /* false stops between transactions: WV_STOPPED */
	void *context;
};
struct wv_prune_result {
	struct wv_pruned *sources; /* in the arena; those with something to go */
	size_t source_count;
	struct wv_pruned all;
	uint64_t recoded;      /* strings stored anew, since they were built on what went */
	uint64_t stored_bytes; /* of all that is stored, after it */
	bool is_too_large;     /* `size` could not be kept: the rest may not go */
};
WV_MUST_USE enum wv_status wv_prune_run(struct wv_store *store, struct wv_arena *arena,
                                        const struct wv_prune *prune,
                                        struct wv_prune_result *out, struct wv_err *err);

#endif
