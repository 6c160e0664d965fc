#ifndef WV_ARCHIVE_SERVE_SERVICE_INNER_H
#define WV_ARCHIVE_SERVE_SERVICE_INNER_H

#include "archive/search/around.h"
#include "archive/search/index.h"
#include "archive/serve/call.h"
#include "archive/serve/errands.h"
#include "archive/serve/follower.h"
#include "archive/serve/gate.h"
#include "archive/serve/shelf.h"
#include "archive/store/tally.h"

/* Between service.c (its life, and a request's way) and call_kept.c. Not for others. */
#define WV_SERVICE_WORKERS 4u /* more than cores: a dear request leaves the others their turn */

struct wv_service {
	struct wv_service_options options;
	struct wv_http *http;
	bool is_simulated;
	unsigned tongues; /* bits: of the interface */
	struct wv_search *searches[WV_SERVICE_WORKERS]; /* by worker; only read */
	struct wv_around *arounds[WV_SERVICE_WORKERS];  /* of `searches`, or without one */
	unsigned drops[WV_SERVICE_WORKERS];             /* of the index, that its worker has seen */
	struct wv_buf words;                 /* the file of settings' stories.words */
	struct wv_gate *large;        /* for what takes much memory */
	struct wv_shelf *shelf;       /* NULL without HTTP, as are ... */
	struct wv_errands *errands;
	struct wv_follower *follower; /* ... these: then ... */
	struct wv_tally *tally;       /* ... the totals are counted when they are asked for */
};

/* call_kept.c: a worker's index and all that reads it. */
void wv_call_close_search(struct wv_service *service, unsigned worker);
/* Lets go of files that are to be kept no longer. */
void wv_call_tidy_files(const struct wv_call *call);

#endif
