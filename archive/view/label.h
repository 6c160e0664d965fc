#ifndef WV_ARCHIVE_VIEW_LABEL_H
#define WV_ARCHIVE_VIEW_LABEL_H

#include "archive/copies/attribution.h"
#include "archive/store/capture.h"
#include "archive/view/phrase.h"

/* What people read where the archive has a name of its own: verdicts, reasons, kinds. Pure. */

enum wv_phrase wv_label_verdict(enum wv_verdict verdict);
/* What a capture is, in a sentence: by its verdict, or as a redirect, an image, an error. */
enum wv_phrase wv_label_what(const struct wv_capture *capture);
enum wv_phrase wv_label_claim(enum wv_claim_kind kind);
/* By the names of article records; false: a name of another release, to be shown as it is. */
bool wv_label_reason(struct wv_slice reason, enum wv_phrase *out);
/* Where on a page something was found; names of HTML and of vocabularies stay as they are. */
bool wv_label_found(struct wv_slice found, enum wv_phrase *out);
bool wv_label_category_basis(struct wv_slice basis, enum wv_phrase *out);

#endif
