#include "archive/store/register.h"

#include "archive/store/row_parts.h"
#include "config/base/limits.h"

/*
 * WV_TABLE_FACTS, by the first byte of the key:
 *
 *   't' number           the fact, as drawn above its encoder
 *   'p' page key, number -> nothing: facts about the page and its captures
 *   'r' number           -> u64 be: the fact that released it
 *   'e' leaf             -> u64 be: the fact that erased it
 *   'g' class, digest    -> u64 be: the fact that pruned these bytes
 *
 * Numbers are u64, big endian: below 2^56, so that the rows of a page sort before those of any
 * page whose key begins with its own.
 */
#define KEY_FACT    't'
#define KEY_PAGE    'p'
#define KEY_RELEASE 'r'
#define KEY_ERASED  'e'
#define KEY_PRUNED  'g'
#define KEY_MAX     (1 + WV_LIMIT_PAGE_KEY_BYTES + 8)
#define ROW_CAP     (WV_LIMIT_PAGE_KEY_BYTES + WV_LIMIT_URL_BYTES + WV_REASON_MAX + 256u)

enum {
	BIT_CAPTURE = 1,
	BIT_UNTIL = 2,
	BIT_RANGE = 4,
	BIT_ALL = 7
};

static const char *const names[WV_ACT_COUNT] = {"", "hide", "block", "erase", "hold", "release",
                                                "prune"};
static const char *const done_names[WV_ACT_COUNT] = {"",     "hidden",   "blocked", "erased",
                                                     "held", "released", "pruned"};

const char *wv_act_name(enum wv_act act)
{
	return (unsigned)act < WV_ACT_COUNT ? names[act] : "";
}

const char *wv_act_done(enum wv_act act)
{
	return (unsigned)act < WV_ACT_COUNT ? done_names[act] : "";
}

static struct wv_slice number_key(char kind, uint64_t number, unsigned char key[9])
{
	key[0] = (unsigned char)kind;
	wv_store_u64_be(key + 1, number);
	return wv_slice(key, 9);
}

static struct wv_slice page_key_of(struct wv_slice page, uint64_t number,
                                   unsigned char key[KEY_MAX])
{
	WV_ASSERT(page.n <= WV_LIMIT_PAGE_KEY_BYTES);
	key[0] = KEY_PAGE;
	if (page.n)
		memcpy(key + 1, page.p, page.n);
	wv_store_u64_be(key + 1 + page.n, number);
	return wv_slice(key, page.n + 9);
}

static struct wv_slice pruned_key(unsigned char kind, const struct wv_digest *digest,
                                  unsigned char key[2 + WV_DIGEST_BYTES])
{
	key[0] = KEY_PRUNED;
	key[1] = kind;
	memcpy(key + 2, digest->b, WV_DIGEST_BYTES);
	return wv_slice(key, 2 + WV_DIGEST_BYTES);
}

/* --- the fact ---
 *
 *   u8 version | u8 act | u8 bits (0 of a capture, 1 until, 2 first and last, 3..7 zero)
 *   u64 recorded | [u64 until] | [varint capture] | varint releases
 *   varint captures, bodies, bytes | [u64 first | u64 last]
 *   block page key | block URL | block reason
 */
static void encode(const struct wv_fact *fact, struct wv_buf *out)
{
	bool has_until = !wv_time_is_none(fact->until);
	bool has_range = !wv_time_is_none(fact->first) && !wv_time_is_none(fact->last);

	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)fact->act);
	wv_buf_add_byte(out, (unsigned char)((fact->is_of_capture ? BIT_CAPTURE : 0) |
	                                     (has_until ? BIT_UNTIL : 0) |
	                                     (has_range ? BIT_RANGE : 0)));
	wv_buf_add_u64(out, (uint64_t)fact->recorded.us);
	if (has_until)
		wv_buf_add_u64(out, (uint64_t)fact->until.us);
	if (fact->is_of_capture)
		wv_buf_add_varint(out, fact->capture);
	wv_buf_add_varint(out, fact->releases);
	wv_buf_add_varint(out, fact->captures);
	wv_buf_add_varint(out, fact->bodies);
	wv_buf_add_varint(out, fact->bytes);
	if (has_range) {
		wv_buf_add_u64(out, (uint64_t)fact->first.us);
		wv_buf_add_u64(out, (uint64_t)fact->last.us);
	}
	wv_buf_add_block(out, fact->page_key);
	wv_buf_add_block(out, fact->url);
	wv_buf_add_block(out, fact->reason);
}

static bool decode(struct wv_slice value, struct wv_fact *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_fact fact = {
		.until = WV_TIME_NONE, .first = WV_TIME_NONE, .last = WV_TIME_NONE};
	uint8_t bits, act;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	act = wv_cursor_u8(&c);
	bits = wv_row_bits(&c, BIT_ALL);
	fact.act = (enum wv_act)act;
	fact.recorded.us = (int64_t)wv_cursor_u64(&c);
	if (bits & BIT_UNTIL)
		fact.until.us = (int64_t)wv_cursor_u64(&c);
	fact.is_of_capture = bits & BIT_CAPTURE;
	if (fact.is_of_capture)
		fact.capture = wv_cursor_varint(&c);
	fact.releases = wv_cursor_varint(&c);
	fact.captures = wv_cursor_varint(&c);
	fact.bodies = wv_cursor_varint(&c);
	fact.bytes = wv_cursor_varint(&c);
	if (bits & BIT_RANGE) {
		fact.first.us = (int64_t)wv_cursor_u64(&c);
		fact.last.us = (int64_t)wv_cursor_u64(&c);
	}
	fact.page_key = wv_cursor_block(&c);
	fact.url = wv_cursor_block(&c);
	fact.reason = wv_cursor_block(&c);
	if (!wv_row_ended(&c) || act == 0 || act >= WV_ACT_COUNT ||
	    fact.page_key.n > WV_LIMIT_PAGE_KEY_BYTES)
		return false;
	*out = fact;
	return true;
}

static enum wv_status damaged(uint64_t number, struct wv_err *err)
{
	return wv_err_set(err, WV_DAMAGED, "fact %llu of the register does not decode",
	                  (unsigned long long)number);
}

static enum wv_status read_u64(struct wv_txn *txn, struct wv_slice key, uint64_t *out,
                               struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FACTS, key, &value, err);

	if (st != WV_OK)
		return st;
	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "a row of the register does not decode");
	*out = wv_load_u64_be(value.p);
	return WV_OK;
}

static enum wv_status put_u64(struct wv_txn *txn, struct wv_slice key, uint64_t number,
                              struct wv_err *err)
{
	unsigned char value[8];

	wv_store_u64_be(value, number);
	return wv_txn_put(txn, WV_TABLE_FACTS, key, wv_slice(value, sizeof value), err);
}

/* --- writing --- */

static enum wv_status next_number(struct wv_txn *txn, uint64_t *number, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	unsigned char bytes[9];
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_FACTS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, number_key(KEY_FACT, UINT64_MAX, bytes), &key,
		                         &value, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	*number = st == WV_OK && key.n == 9 && key.p[0] == KEY_FACT ? wv_load_u64_be(key.p + 1) + 1
	                                                            : 1;
	return WV_OK;
}

enum wv_status wv_register_add(struct wv_txn *txn, struct wv_fact *fact, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	unsigned char key[KEY_MAX];
	uint64_t number = 0;
	enum wv_status st;

	if (fact->reason.n > WV_REASON_MAX)
		return wv_err_set(err, WV_LIMIT, "a reason of %zu bytes is too long (at most %u)",
		                  fact->reason.n, WV_REASON_MAX);
	st = next_number(txn, &number, err);
	if (st != WV_OK)
		return st;
	wv_buf_init(&row, ROW_CAP);
	encode(fact, &row);
	st = wv_buf_finish(&row, "fact of the register", err);
	if (st == WV_OK)
		st = wv_txn_put_new(txn, WV_TABLE_FACTS, number_key(KEY_FACT, number, key),
		                    wv_buf_slice(&row), err);
	if (st == WV_OK && fact->page_key.n)
		st = wv_txn_put_new(txn, WV_TABLE_FACTS, page_key_of(fact->page_key, number, key),
		                    WV_SLICE_NONE, err);
	if (st == WV_OK && fact->act == WV_ACT_RELEASE)
		st = put_u64(txn, number_key(KEY_RELEASE, fact->releases, key), number, err);
	if (st == WV_OK)
		fact->number = number;
	return st;
}

enum wv_status wv_register_note_erased(struct wv_txn *txn, uint64_t capture, uint64_t number,
                                       struct wv_err *err)
{
	unsigned char key[9];

	return put_u64(txn, number_key(KEY_ERASED, capture, key), number, err);
}

enum wv_status wv_register_note_pruned(struct wv_txn *txn, unsigned char kind,
                                       const struct wv_digest *digest, uint64_t number,
                                       struct wv_err *err)
{
	unsigned char key[2 + WV_DIGEST_BYTES];

	return put_u64(txn, pruned_key(kind, digest, key), number, err);
}

/* --- reading --- */

static enum wv_status look_up_release(struct wv_txn *txn, struct wv_fact *fact, struct wv_err *err)
{
	unsigned char key[9];
	enum wv_status st = read_u64(txn, number_key(KEY_RELEASE, fact->number, key),
	                             &fact->released_by, err);

	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_register_each(struct wv_txn *txn, uint64_t after, wv_fact_visit visit,
                                void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	unsigned char bytes[9];
	enum wv_status st;

	if (after == UINT64_MAX)
		return WV_OK;
	st = wv_walk_begin(txn, WV_TABLE_FACTS, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, number_key(KEY_FACT, after + 1, bytes), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_fact fact;

		if (key.n != 9 || key.p[0] != KEY_FACT)
			return WV_OK;
		if (!decode(value, &fact))
			return damaged(wv_load_u64_be(key.p + 1), err);
		fact.number = wv_load_u64_be(key.p + 1);
		st = look_up_release(txn, &fact, err);
		if (st == WV_OK)
			st = visit(&fact, context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

/* Without copies: slices die with the transaction. */
static enum wv_status look(struct wv_txn *txn, uint64_t number, struct wv_fact *out,
                           struct wv_err *err)
{
	unsigned char key[9];
	struct wv_slice value;
	struct wv_fact fact;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FACTS, number_key(KEY_FACT, number, key),
	                               &value, err);

	if (st != WV_OK)
		return st;
	if (!decode(value, &fact))
		return damaged(number, err);
	fact.number = number;
	st = look_up_release(txn, &fact, err);
	if (st == WV_OK)
		*out = fact;
	return st;
}

static enum wv_status own(struct wv_arena *arena, struct wv_fact *fact, struct wv_err *err)
{
	struct wv_slice *const texts[] = {&fact->page_key, &fact->url, &fact->reason};

	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		struct wv_slice copy = wv_arena_copy(arena, *texts[i]);

		if (copy.n != texts[i]->n)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		*texts[i] = copy;
	}
	return WV_OK;
}

enum wv_status wv_register_get(struct wv_txn *txn, struct wv_arena *arena, uint64_t number,
                               struct wv_fact *out, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = look(txn, number, &fact, err);

	if (st == WV_OK)
		st = own(arena, &fact, err);
	if (st == WV_OK)
		*out = fact;
	return st;
}

/* The facts about a page that were not released: `visit` gets each. */
static enum wv_status each_of_page(struct wv_txn *txn, struct wv_slice page, wv_fact_visit visit,
                                   void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[KEY_MAX];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_FACTS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, page_key_of(page, 0, bytes), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_fact fact;

		if (key.n != page.n + 9 || key.p[0] != KEY_PAGE ||
		    memcmp(key.p + 1, page.p, page.n) != 0)
			return WV_OK;
		st = look(txn, wv_load_u64_be(key.p + 1 + page.n), &fact, err);
		if (st == WV_NO)
			st = wv_err_set(err, WV_DAMAGED, "the register lists a fact it lacks");
		if (st == WV_OK && fact.act != WV_ACT_RELEASE && fact.released_by == 0)
			st = visit(&fact, context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_register_is_empty(struct wv_txn *txn, bool *out, struct wv_err *err)
{
	uint64_t rows = 0;
	enum wv_status st = wv_txn_count(txn, WV_TABLE_FACTS, &rows, err);

	*out = rows == 0;
	return st;
}

struct gathered {
	struct wv_arena *arena;
	struct wv_register_page page;
	size_t room;
};

static enum wv_status gather(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct gathered *g = context;

	if (g->page.count == g->room) {
		size_t room = g->room ? 2 * g->room : 4;
		struct wv_fact *more = WV_ARENA_ARRAY(g->arena, struct wv_fact, room);

		if (!more)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		if (g->page.count)
			memcpy(more, g->page.facts, g->page.count * sizeof *more);
		g->page.facts = more;
		g->room = room;
	}
	g->page.facts[g->page.count] = *fact;
	return own(g->arena, &g->page.facts[g->page.count++], err);
}

enum wv_status wv_register_of_page(struct wv_txn *txn, struct wv_arena *arena,
                                   struct wv_slice page_key, struct wv_register_page *out,
                                   struct wv_err *err)
{
	struct gathered g = {.arena = arena};
	bool empty = false;
	enum wv_status st = wv_register_is_empty(txn, &empty, err);

	if (st == WV_OK && !empty && page_key.n)
		st = each_of_page(txn, page_key, gather, &g, err);
	if (st == WV_OK)
		*out = g.page;
	return st;
}

bool wv_fact_is_over(const struct wv_fact *fact, struct wv_time now)
{
	return !wv_time_is_none(fact->until) && now.us >= fact->until.us;
}

static bool covers(const struct wv_fact *fact, uint64_t capture, struct wv_time now)
{
	return (!fact->is_of_capture || fact->capture == capture) && !wv_fact_is_over(fact, now);
}

const struct wv_fact *wv_register_refusal(const struct wv_register_page *page, uint64_t capture,
                                          struct wv_time now)
{
	const struct wv_fact *gravest = NULL;

	for (size_t i = 0; i < page->count; i++) {
		const struct wv_fact *fact = &page->facts[i];

		if (fact->act <= WV_ACT_ERASE && covers(fact, capture, now) &&
		    (!gravest || fact->act > gravest->act))
			gravest = fact;
	}
	return gravest;
}

const struct wv_fact *wv_register_hold(const struct wv_register_page *page, uint64_t capture,
                                       struct wv_time now)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->facts[i].act == WV_ACT_HOLD && covers(&page->facts[i], capture, now))
			return &page->facts[i];
	return NULL;
}

enum wv_status wv_register_shows(struct wv_txn *txn, struct wv_arena *arena,
                                 struct wv_slice page_key, uint64_t capture, struct wv_time now,
                                 struct wv_fact *why, struct wv_err *err)
{
	struct wv_register_page page = {0};
	const struct wv_fact *refusal;
	enum wv_status st = wv_register_of_page(txn, arena, page_key, &page, err);

	if (st != WV_OK)
		return st;
	refusal = wv_register_refusal(&page, capture, now);
	if (!refusal)
		return WV_OK;
	if (why)
		*why = *refusal;
	return WV_NO;
}

struct ban {
	struct wv_time now;
	struct wv_fact fact;
	bool is_banned;
};

static enum wv_status look_for_ban(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct ban *ban = context;

	(void)err;
	if ((fact->act == WV_ACT_BLOCK || fact->act == WV_ACT_ERASE) && !fact->is_of_capture &&
	    !wv_fact_is_over(fact, ban->now)) {
		ban->is_banned = true;
		ban->fact = *fact;
		ban->fact.page_key = ban->fact.url = ban->fact.reason = WV_SLICE_NONE;
	}
	return WV_OK;
}

enum wv_status wv_register_fetches(struct wv_txn *txn, struct wv_slice page_key, struct wv_time now,
                                   struct wv_fact *why, struct wv_err *err)
{
	struct ban ban = {.now = now};
	bool empty = false;
	enum wv_status st = wv_register_is_empty(txn, &empty, err);

	if (st == WV_OK && !empty)
		st = each_of_page(txn, page_key, look_for_ban, &ban, err);
	if (st != WV_OK || !ban.is_banned)
		return st;
	if (why)
		*why = ban.fact;
	return WV_NO;
}

static enum wv_status get_by(struct wv_txn *txn, struct wv_arena *arena, struct wv_slice key,
                             struct wv_fact *out, struct wv_err *err)
{
	uint64_t number = 0;
	enum wv_status st = read_u64(txn, key, &number, err);

	if (st != WV_OK)
		return st;
	st = wv_register_get(txn, arena, number, out, err);
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "the register lists a fact it lacks") : st;
}

enum wv_status wv_register_erased(struct wv_txn *txn, struct wv_arena *arena, uint64_t capture,
                                  struct wv_fact *out, struct wv_err *err)
{
	unsigned char key[9];

	return get_by(txn, arena, number_key(KEY_ERASED, capture, key), out, err);
}

enum wv_status wv_register_pruned(struct wv_txn *txn, struct wv_arena *arena, unsigned char kind,
                                  const struct wv_digest *digest, struct wv_fact *out,
                                  struct wv_err *err)
{
	unsigned char key[2 + WV_DIGEST_BYTES];

	return get_by(txn, arena, pruned_key(kind, digest, key), out, err);
}

/* --- words --- */

void wv_fact_print(const struct wv_fact *fact, struct wv_buf *out)
{
	char text[WV_TIME_TEXT_MAX];
	const struct wv_time second = {fact->recorded.us / WV_US_PER_S * WV_US_PER_S};

	wv_buf_add_format(out, "%s on %s (register %llu)", wv_act_done(fact->act),
	                  wv_time_print(second, text), (unsigned long long)fact->number);
	if (!wv_time_is_none(fact->until))
		wv_buf_add_format(out, " until %s", wv_time_print(fact->until, text));
	wv_buf_add_format(out, ": %.*s", WV_FMT(fact->reason));
}

/* --- verify --- */

/* Each fact is found by its page, and by what it released. */
static enum wv_status check_fact(struct wv_txn *txn, uint64_t number, struct wv_slice value,
                                 struct wv_err *err)
{
	unsigned char key[KEY_MAX];
	struct wv_slice there;
	struct wv_fact fact;
	uint64_t by = 0;
	enum wv_status st = WV_OK;

	if (!decode(value, &fact))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (fact.page_key.n)
		st = wv_txn_get(txn, WV_TABLE_FACTS, page_key_of(fact.page_key, number, key), &there,
		                err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "is not listed under its page");
	if (st != WV_OK || fact.act != WV_ACT_RELEASE)
		return st;
	st = read_u64(txn, number_key(KEY_RELEASE, fact.releases, key), &by, err);
	if (st == WV_NO || (st == WV_OK && by != number))
		return wv_err_set(err, WV_DAMAGED, "does not end what it releases");
	return st;
}

static enum wv_status check_named(struct wv_txn *txn, uint64_t number, struct wv_slice page,
                                  enum wv_act act, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = look(txn, number, &fact, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "names a fact that is not there");
	if (st == WV_OK && (act ? fact.act != act : !wv_slice_equals(fact.page_key, page)))
		return wv_err_set(err, WV_DAMAGED, "names a fact about something else");
	return st;
}

enum wv_status wv_register_check_row(struct wv_txn *txn, struct wv_slice key,
                                     struct wv_slice value, struct wv_err *err)
{
	unsigned char kind = key.n ? key.p[0] : 0;
	bool is_number = kind == KEY_PRUNED ? key.n == 2 + WV_DIGEST_BYTES && value.n == 8
	                                    : key.n == 9 && value.n == 8;

	if (kind == KEY_FACT && key.n == 9)
		return check_fact(txn, wv_load_u64_be(key.p + 1), value, err);
	if (kind == KEY_PAGE && key.n > 9 && value.n == 0)
		return check_named(txn, wv_load_u64_be(key.p + key.n - 8),
		                   wv_slice_part(key, 1, key.n - 9), 0, err);
	if (kind == KEY_RELEASE && is_number)
		return check_named(txn, wv_load_u64_be(value.p), WV_SLICE_NONE, WV_ACT_RELEASE, err);
	if (kind == KEY_ERASED && is_number)
		return check_named(txn, wv_load_u64_be(value.p), WV_SLICE_NONE, WV_ACT_ERASE, err);
	if (kind == KEY_PRUNED && is_number)
		return check_named(txn, wv_load_u64_be(value.p), WV_SLICE_NONE, WV_ACT_PRUNE, err);
	return wv_err_set(err, WV_DAMAGED, "does not decode");
}

enum wv_status wv_register_check_erased(struct wv_txn *txn, uint64_t capture, struct wv_err *err)
{
	unsigned char key[9];
	uint64_t number = 0;
	enum wv_status st = read_u64(txn, number_key(KEY_ERASED, capture, key), &number, err);

	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "is erased, and no fact says why") : st;
}
