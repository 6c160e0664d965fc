/* Why a capture is to be believed: its digest, its leaf and the signed head, how to check them, and
 * who captured it with what. */
#include "archive/proof/head.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"
#include "archive/view/snapshot_parts.h"

static void add_digest(struct snapshot *s, const struct wv_digest *digest)
{
	char hex[WV_DIGEST_HEX_MAX];

	wv_html(s->out, "<code class=\"digest\">");
	wv_html_text(s->out, wv_slice_of(wv_digest_print(digest, hex)));
	wv_html(s->out, "</code>");
}

/* A word of a shell command: the archived address in it is foreign, so it stands in single quotes
 * and has none itself. */
static void add_address_code(struct snapshot *s, const struct wv_address *address)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 64 * 1024};
	struct wv_slice rest;

	wv_address_add(&text, s->visit, address);
	rest = wv_buf_slice(&text);
	wv_html(s->out, "&quot;$SITE&quot;&#39;");
	while (rest.n) {
		size_t quote = wv_slice_find_byte(rest, '\'', 0);

		wv_html_text(s->out, wv_slice_part(rest, 0, quote));
		if (quote == SIZE_MAX)
			break;
		wv_html(s->out, "%27");
		rest = wv_slice_from(rest, quote + 1);
	}
	wv_html(s->out, "&#39;");
}

/* "$SITE" stands for where this is served: the pages do not know. */
static void add_check(struct snapshot *s, const struct wv_address *proof)
{
	const struct wv_address script = {.place = WV_PLACE_CHECK};
	const struct wv_address raw = {.place = WV_PLACE_RAW, .text = s->capture.url,
	                               .when = s->capture.captured};
	unsigned long long id = s->capture.id;

	wv_html(s->out, "<p>");
	wv_say(s->out, s->visit, WV_PHRASE_PROOF_CHECK);
	wv_html(s->out, "</p>\n<pre class=\"commands\" tabindex=\"0\"><code>");
	wv_html(s->out, "curl -so check.sh ");
	add_address_code(s, &script);
	wv_buf_add_format(s->out, " -so %llu.txt ", id);
	add_address_code(s, proof);
	if (s->capture.has_body) {
		wv_buf_add_format(s->out, " -so %llu.body ", id);
		add_address_code(s, &raw);
	}
	wv_buf_add_format(s->out, "\nsh check.sh %llu.txt", id);
	if (s->capture.has_body)
		wv_buf_add_format(s->out, " %llu.body", id);
	wv_html(s->out, "</code></pre>\n");
}

/* `head`: the newest signed one that covers the leaf; NULL: none yet. */
static void add_proof_rows(struct snapshot *s, const struct wv_signed_head *head)
{
	if (s->capture.has_body || s->capture.body_bytes) {
		snapshot_open_row(s, WV_PHRASE_SHA256);
		add_digest(s, &s->capture.body);
		if (!s->capture.has_body) {
			wv_html(s->out, " ");
			wv_say(s->out, s->visit, WV_PHRASE_NOT_KEPT);
		}
		snapshot_close_row(s);
	}
	snapshot_open_row(s, WV_PHRASE_LEAF);
	wv_html_u64(s->out, s->capture.id);
	snapshot_close_row(s);
	snapshot_open_row(s, WV_PHRASE_SIGNED_HEAD);
	if (head) {
		wv_say_instant(s->out, s->visit, head->head.recorded);
		wv_html(s->out, " ");
		wv_say_count(s->out, s->visit, WV_PHRASE_HEAD_COVERS, head->head.size);
		wv_html(s->out, "<br>");
		add_digest(s, &head->head.root);
	} else {
		wv_say(s->out, s->visit, WV_PHRASE_HEAD_NONE);
	}
	snapshot_close_row(s);
}

enum wv_status snapshot_add_proof(struct snapshot *s, struct wv_err *err)
{
	const struct wv_address proof = {.place = WV_PLACE_PROOF, .id = s->capture.id};
	struct wv_signed_head head;
	enum wv_status st = wv_head_newest_signed(s->visit->txn, s->capture.id + 1, &head, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_OK && s->visit->has_known_at &&
	    head.head.recorded.us > s->visit->known_at.us)
		st = WV_NO; /* signed later than K */
	wv_html(s->out, "<section class=\"box\"><h2>");
	wv_say(s->out, s->visit, WV_PHRASE_PROOF);
	wv_html(s->out, "</h2>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_PROOF_ABOUT);
	wv_html(s->out, "</p>\n<dl>\n");
	add_proof_rows(s, st == WV_OK ? &head : NULL);
	wv_html(s->out, "</dl>\n");
	if (st == WV_OK) {
		wv_html(s->out, "<p>");
		wv_frame_link(s->out, s->visit, &proof, WV_PHRASE_PROOF_TEXT);
		wv_html(s->out, "</p>\n");
		if (s->visit->form == WV_FORM_SERVED)
			add_check(s, &proof);
	}
	wv_html(s->out, "</section>\n");
	return WV_OK;
}

/* The User-Agent that was sent: program, version and whom to ask, as the server saw them. */
static struct wv_slice agent_of(const struct wv_capture *capture)
{
	static const struct wv_slice name = WV_LIT_INIT("user-agent:");
	struct wv_cursor c = wv_cursor(capture->request);
	struct wv_slice line;

	while (wv_cursor_line(&c, &line))
		if (wv_slice_starts_nocase(line, name))
			return wv_slice_trim(wv_slice_from(line, name.n));
	return WV_SLICE_NONE;
}

static void add_agent(struct snapshot *s)
{
	struct wv_slice agent = agent_of(&s->capture);
	bool is_imported = s->capture.flags & WV_CAPTURE_IMPORTED;

	snapshot_open_row(s, WV_PHRASE_COLLECTOR_AGENT);
	if (is_imported) {
		wv_say(s->out, s->visit, WV_PHRASE_COLLECTOR_IMPORTED);
		wv_buf_add_string(s->out, agent.n ? " \xc2\xb7 " : "");
	}
	if (agent.n)
		wv_html_foreign(s->out, agent, WV_SLICE_NONE);
	else if (!is_imported)
		wv_html(s->out, "wirevault");
	snapshot_close_row(s);
}

static void add_row(struct snapshot *s, enum wv_phrase name, struct wv_slice text)
{
	snapshot_open_row(s, name);
	wv_html_text(s->out, text);
	snapshot_close_row(s);
}

/* Which rule allowed it: evidence, kept in English. */
static void add_basis(struct snapshot *s)
{
	snapshot_open_row(s, WV_PHRASE_COLLECTOR_ALLOWED);
	wv_html(s->out, "<small lang=\"en\">");
	wv_html_text(s->out, s->capture.basis);
	wv_html(s->out, "</small>");
	snapshot_close_row(s);
}

static void add_size(struct snapshot *s)
{
	char text[WV_TIME_TEXT_MAX];
	struct wv_slice size = wv_slice_of(wv_size_print(s->capture.body_bytes, text));
	size_t number = 0;

	while (number < size.n && (wv_byte_is_digit(size.p[number]) || size.p[number] == '.'))
		number++;
	snapshot_open_row(s, WV_PHRASE_COLLECTOR_SIZE);
	wv_html_text(s->out, wv_slice_part(size, 0, number));
	wv_html(s->out, "\xc2\xa0"); /* settings write it as one word, readers do not */
	wv_html_text(s->out, wv_slice_from(size, number));
	wv_html(s->out, " ");
	wv_html_text(s->out, s->capture.mime);
	snapshot_close_row(s);
}

void snapshot_add_collector(struct snapshot *s)
{
	const struct wv_capture *c = &s->capture;
	char text[WV_TIME_TEXT_MAX];

	wv_html(s->out, "<section class=\"box collector\"><h2>");
	wv_say(s->out, s->visit, WV_PHRASE_COLLECTOR);
	wv_html(s->out, "</h2>\n<dl>\n");
	add_agent(s);
	if (c->duration_us > 0)
		add_row(s, WV_PHRASE_COLLECTOR_TOOK,
		        wv_slice_of(wv_duration_print(c->duration_us, text)));
	snapshot_open_row(s, WV_PHRASE_COLLECTOR_CLOCK);
	wv_say(s->out, s->visit, snapshot_clock(c));
	snapshot_close_row(s);
	snapshot_open_row(s, WV_PHRASE_COLLECTOR_RECORDED);
	wv_say_instant(s->out, s->visit, c->recorded);
	snapshot_close_row(s);
	if (c->basis.n)
		add_basis(s);
	if (c->address.n)
		add_row(s, WV_PHRASE_COLLECTOR_SERVER, c->address);
	if (c->body_bytes)
		add_size(s);
	if (c->extractor) {
		snapshot_open_row(s, WV_PHRASE_COLLECTOR_READ_BY);
		wv_say_count(s->out, s->visit, WV_PHRASE_EXTRACTOR, c->extractor);
		snapshot_close_row(s);
	}
	add_row(s, WV_PHRASE_SHOWN_BY, WV_LIT("wirevault " WV_VERSION));
	wv_html(s->out, "</dl></section>\n");
}
