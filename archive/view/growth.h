#ifndef WV_ARCHIVE_VIEW_GROWTH_H
#define WV_ARCHIVE_VIEW_GROWTH_H

#include "archive/copies/spread.h"
#include "archive/view/visit.h"

/* How a text spread, for the page of its cluster: pages that carry it, hour by hour from the first,
 * and who joined when. Nothing of a spread of one page. */
void wv_growth_add(struct wv_buf *out, const struct wv_visit *visit,
                   const struct wv_spread *spread);

#endif
