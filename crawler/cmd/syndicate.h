#ifndef WV_CRAWLER_CMD_SYNDICATE_H
#define WV_CRAWLER_CMD_SYNDICATE_H

#include "archive/search/feed.h"
#include "archive/search/subscription.h"
#include "crawler/cmd/find.h"

/* A feed as the programs of readers take it. Pure but for the append. */

/* Atom 1.0, RFC 4287. */
void wv_syndicate_atom(struct wv_buf *out, const struct wv_find *find,
                       const struct wv_subscription *subscription, const struct wv_feed *feed);
/* JSON Feed 1.1; what is ours is under "_wirevault". */
void wv_syndicate_json(struct wv_buf *out, const struct wv_find *find,
                       const struct wv_subscription *subscription, const struct wv_feed *feed);

#endif
