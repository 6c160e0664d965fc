#include "crawler/plan/robots.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/checked.h"
#include "config/base/limits.h"

#define TOKENS_MAX     62u /* of ours; one bit each, the next bit is "*" */
#define SITEMAPS_MAX   1000u
#define DELAY_MAX_US   WV_US_PER_DAY                /* what is asked beyond a day counts as a day */
#define POOL_CAP_BYTES (8u * WV_LIMIT_ROBOTS_BYTES) /* an octet becomes three when escaped */

/*
 * One rule that binds us; offsets into the pool, whose address may still move. There may be as many
 * as fit into the text, some 75,000, so they are narrow.
 */
struct rule {
	uint32_t pattern, pattern_n; /* normalised; '*' is the wildcard, the final '$' is gone */
	uint32_t text, text_n;       /* "Disallow: /private" */
	uint32_t octets;             /* what "most octets" compares */
	uint32_t line;
	bool allows, is_anchored;
};

struct place {
	size_t at, n;
};

struct wv_robots {
	struct wv_buf pool;
	struct rule *rules; /* longest first, Allow before Disallow */
	size_t count, room;
	struct wv_slice *sitemaps;
	struct place *places; /* of the sitemaps, while the pool still grows */
	size_t place_room;
	struct wv_robots_facts facts;
};

/* ---- normal form of a path, RFC 9309 2.2.2 */

static bool is_unreserved(unsigned char c)
{
	return wv_byte_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool needs_escape(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || wv_slice_find_byte(WV_LIT("\"<>\\^`{|}"), c, 0) != SIZE_MAX;
}

static void add_escape(struct wv_buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	wv_buf_add_byte(out, '%');
	wv_buf_add_byte(out, (unsigned char)digits[c >> 4]);
	wv_buf_add_byte(out, (unsigned char)digits[c & 15]);
}

/*
 * Escapes of unreserved characters are undone, all others are spelled alike, what is not ASCII is
 * escaped. In a URL '*' and '$' are escaped too; so in a pattern, where "%2A" and "%24" stand for
 * the characters themselves, a bare '*' is always the wildcard.
 */
static void add_normal(struct wv_buf *out, struct wv_slice s, bool is_pattern)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];

		if (c == '%' && s.n - i > 2 && wv_byte_hex(s.p[i + 1]) >= 0 &&
		    wv_byte_hex(s.p[i + 2]) >= 0) {
			unsigned char v = (unsigned char)(wv_byte_hex(s.p[i + 1]) * 16 +
							  wv_byte_hex(s.p[i + 2]));

			if (is_unreserved(v))
				wv_buf_add_byte(out, v);
			else
				add_escape(out, v);
			i += 2;
		} else if (c == '%' || c == '$' || (c == '*' && !is_pattern) || needs_escape(c)) {
			add_escape(out, c);
		} else {
			wv_buf_add_byte(out, c);
		}
	}
}

/* Path and query of an absolute URL, or of what starts with "/". */
static struct wv_slice path_of(struct wv_slice url, bool *needs_slash)
{
	size_t at = wv_slice_find(url, WV_LIT("://"), 0);
	size_t end = wv_slice_find_byte(url, '#', 0);
	struct wv_slice s = wv_slice_part(url, 0, end == SIZE_MAX ? url.n : end);

	*needs_slash = false;
	if (s.n > 0 && s.p[0] == '/')
		return s;
	s = wv_slice_from(s, at == SIZE_MAX || at >= s.n ? 0 : at + 3);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '/' || s.p[i] == '?') {
			*needs_slash = s.p[i] == '?';
			return wv_slice_from(s, i);
		}
	}
	*needs_slash = true;
	return WV_SLICE_NONE;
}

/* ---- lines */

enum key { KEY_OTHER, KEY_AGENT, KEY_ALLOW, KEY_DISALLOW, KEY_SITEMAP, KEY_DELAY, KEY_RATE };

/* The misspellings are those that google/robotstxt honours: what the owner meant is plain. */
static const struct {
	const char *name;
	enum key key;
} key_names[] = {
	{"user-agent", KEY_AGENT},  {"useragent", KEY_AGENT},   {"user agent", KEY_AGENT},
	{"allow", KEY_ALLOW},       {"disallow", KEY_DISALLOW}, {"dissallow", KEY_DISALLOW},
	{"dissalow", KEY_DISALLOW}, {"disalow", KEY_DISALLOW},  {"diasllow", KEY_DISALLOW},
	{"disallaw", KEY_DISALLOW}, {"sitemap", KEY_SITEMAP},   {"site-map", KEY_SITEMAP},
	{"crawl-delay", KEY_DELAY}, {"crawldelay", KEY_DELAY},  {"request-rate", KEY_RATE},
};

static enum key key_of(struct wv_slice name)
{
	for (size_t i = 0; i < WV_COUNT(key_names); i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(key_names[i].name)))
			return key_names[i].key;
	return KEY_OTHER;
}

/* "key: value", also "key value" of exactly two words; comments and white space gone. */
static enum key split_line(struct wv_slice line, struct wv_slice *value)
{
	size_t hash = wv_slice_find_byte(line, '#', 0);
	size_t colon;

	line = wv_slice_trim(wv_slice_part(line, 0, hash == SIZE_MAX ? line.n : hash));
	colon = wv_slice_find_byte(line, ':', 0);
	if (colon == SIZE_MAX) {
		for (colon = 0; colon < line.n && !wv_byte_is_space(line.p[colon]); colon++)
			;
		*value = wv_slice_trim(wv_slice_from(line, colon));
		for (size_t i = 0; i < value->n; i++)
			if (wv_byte_is_space(value->p[i]))
				return KEY_OTHER;
		return value->n ? key_of(wv_slice_part(line, 0, colon)) : KEY_OTHER;
	}
	*value = wv_slice_trim(wv_slice_from(line, colon + 1));
	return key_of(wv_slice_trim(wv_slice_part(line, 0, colon)));
}

/* The bits of our tokens that a user-agent line names; bit tokens.n stands for "*". */
static uint64_t agents_of(struct wv_slice value, struct wv_strings tokens)
{
	size_t n = 0;
	uint64_t bits = 0;

	if (value.n > 0 && value.p[0] == '*' && (value.n == 1 || wv_byte_is_space(value.p[1])))
		return UINT64_C(1) << tokens.n;
	while (n < value.n &&
	       (wv_byte_is_alpha(value.p[n]) || value.p[n] == '_' || value.p[n] == '-'))
		n++;
	for (size_t i = 0; i < tokens.n; i++)
		if (n > 0 && wv_slice_equals_nocase(wv_slice_part(value, 0, n), tokens.p[i]))
			bits |= UINT64_C(1) << i;
	return bits;
}

/* Follows which group the lines are in. Lines that are no rules do not split a run of user-agent
 * lines (RFC 9309 2.2.1, 2.2.4). */
struct groups {
	uint64_t current; /* of the user-agent lines above */
	bool had_rule;    /* since them: the next user-agent line starts anew */
	uint64_t seen;
};

static void groups_follow(struct groups *groups, enum key key, uint64_t agents)
{
	if (key == KEY_AGENT) {
		groups->current = groups->had_rule ? agents : groups->current | agents;
		groups->had_rule = false;
		groups->seen |= agents;
	} else if (key == KEY_ALLOW || key == KEY_DISALLOW) {
		groups->had_rule = true;
	}
}

/* ---- what the lines say */

static bool number_of(struct wv_slice *s, int64_t scale_us, int64_t *us)
{
	struct wv_cursor c = wv_cursor(*s);
	uint64_t whole = 0;
	int64_t part = 0, unit = scale_us;
	bool any = wv_cursor_left(&c) && wv_byte_is_digit(*c.p);

	if (any && !wv_cursor_number(&c, &whole))
		whole = UINT64_MAX;
	while (wv_cursor_left(&c) && wv_byte_is_digit(*c.p)) /* what overflowed */
		c.p++;
	if (wv_cursor_left(&c) && *c.p == '.') {
		for (c.p++; wv_cursor_left(&c) && wv_byte_is_digit(*c.p); c.p++, any = true) {
			unit /= 10;
			part += unit * (*c.p - '0');
		}
	}
	if (!any)
		return false;
	*s = wv_slice(c.p, wv_cursor_left(&c));
	*us = whole > (uint64_t)(DELAY_MAX_US / scale_us) ? DELAY_MAX_US
							  : (int64_t)whole * scale_us + part;
	if (*us > DELAY_MAX_US)
		*us = DELAY_MAX_US;
	return true;
}

/* A number of requests or units; one that fits nowhere is a very large one. */
#define COUNT_MAX UINT64_C(1000000000000000000)

static bool cursor_count(struct wv_cursor *c, uint64_t *out)
{
	if (!wv_cursor_left(c) || !wv_byte_is_digit(*c->p))
		return false;
	if (!wv_cursor_number(c, out) || *out > COUNT_MAX)
		*out = COUNT_MAX;
	while (wv_cursor_left(c) && wv_byte_is_digit(*c->p)) /* what overflowed */
		c->p++;
	return true;
}

/* "n/m", "n/ms", "n/mm", "n/mh": n requests in m seconds, minutes, hours. Hours of the day that
 * may follow are ignored: the rate then holds all day, which is the politer reading. */
static bool rate_of(struct wv_slice value, int64_t *us)
{
	struct wv_cursor c = wv_cursor(value);
	uint64_t n, m;
	int64_t unit = WV_US_PER_S;

	if (!cursor_count(&c, &n) || n == 0)
		return false;
	while (wv_cursor_left(&c) && wv_byte_is_space(*c.p))
		c.p++;
	if (wv_cursor_u8(&c) != '/')
		return false;
	while (wv_cursor_left(&c) && wv_byte_is_space(*c.p))
		c.p++;
	if (!cursor_count(&c, &m))
		return false;
	if (wv_cursor_left(&c) && wv_byte_lower(*c.p) == 'm')
		unit = 60 * WV_US_PER_S;
	else if (wv_cursor_left(&c) && wv_byte_lower(*c.p) == 'h')
		unit = 3600 * WV_US_PER_S;
	if (m / n > (uint64_t)(DELAY_MAX_US / unit) ||
	    m > COUNT_MAX / (uint64_t)unit) /* beyond a day, or what is no sense */
		*us = DELAY_MAX_US;
	else
		*us = (int64_t)(m * (uint64_t)unit / n);
	return true;
}

static enum wv_status add_rule(struct wv_robots *robots, bool allows, struct wv_slice value,
			       uint32_t line, struct wv_err *err)
{
	struct rule rule = {.line = line, .allows = allows};

	if (robots->count == robots->room) {
		size_t room = robots->room ? robots->room * 2 : 16;
		struct rule *rules = realloc(robots->rules, room * sizeof *rules);

		if (!rules)
			return wv_err_set(err, WV_NOMEM, "robots.txt: out of memory");
		robots->rules = rules;
		robots->room = room;
	}
	rule.text = (uint32_t)robots->pool.n; /* the pool's cap is far below 2^32 */
	wv_buf_add_string(&robots->pool, allows ? "Allow: " : "Disallow: ");
	wv_buf_add(&robots->pool, value);
	rule.text_n = (uint32_t)(robots->pool.n - rule.text);
	if (value.p[value.n - 1] == '$') {
		rule.is_anchored = true;
		value.n--;
	}
	rule.pattern = (uint32_t)robots->pool.n;
	add_normal(&robots->pool, value, true);
	rule.pattern_n = (uint32_t)(robots->pool.n - rule.pattern);
	rule.octets = rule.pattern_n + (rule.is_anchored ? 1 : 0);
	robots->rules[robots->count++] = rule;
	return wv_buf_finish(&robots->pool, "robots.txt", err);
}

static enum wv_status add_sitemap(struct wv_robots *robots, struct wv_slice value,
				  struct wv_err *err)
{
	size_t n = robots->facts.sitemap_count;

	if (n == SITEMAPS_MAX) {
		robots->facts.sitemaps_dropped++;
		return WV_OK;
	}
	if (n == robots->place_room) {
		size_t room = n ? n * 2 : 8;
		struct place *more = realloc(robots->places, room * sizeof *more);

		if (!more)
			return wv_err_set(err, WV_NOMEM, "robots.txt: out of memory");
		robots->places = more;
		robots->place_room = room;
	}
	robots->places[n] = (struct place){robots->pool.n, value.n};
	wv_buf_add(&robots->pool, value);
	robots->facts.sitemap_count++;
	return wv_buf_finish(&robots->pool, "robots.txt", err);
}

/* Longest first; of equals Allow first, then the earlier line. The first match decides. */
static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	if (x->octets != y->octets)
		return x->octets > y->octets ? -1 : 1;
	if (x->allows != y->allows)
		return x->allows ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

struct wv_slice wv_robots_whole_lines(struct wv_slice text)
{
	while (text.n > 0 && text.p[text.n - 1] != '\n' && text.p[text.n - 1] != '\r')
		text.n--;
	return text;
}

static struct wv_slice without_mark(struct wv_slice text)
{
	return wv_slice_starts(text, WV_LIT("\xEF\xBB\xBF")) ? wv_slice_from(text, 3) : text;
}

bool wv_robots_is_page(struct wv_slice text)
{
	struct wv_slice s = wv_slice_trim(without_mark(text));

	return s.n > 0 && s.p[0] == '<';
}

static struct wv_slice readable(struct wv_slice text, struct wv_robots_facts *facts)
{
	if (text.n > WV_LIMIT_ROBOTS_BYTES) {
		facts->is_cut = true;
		text = wv_robots_whole_lines(wv_slice_part(text, 0, WV_LIMIT_ROBOTS_BYTES));
	}
	text = without_mark(text);
	facts->is_html = wv_robots_is_page(text);
	return facts->is_html ? WV_SLICE_NONE : text;
}

/* The bit of the group that binds us: the first token that has one, else "*", else 0. */
static uint64_t choose_group(struct wv_slice text, struct wv_strings tokens)
{
	struct wv_cursor c = wv_cursor(text);
	struct groups groups = {0};
	struct wv_slice line, value;

	while (wv_cursor_line(&c, &line)) {
		enum key key = split_line(line, &value);

		groups_follow(&groups, key, key == KEY_AGENT ? agents_of(value, tokens) : 0);
	}
	return groups.seen & (~groups.seen + 1); /* lowest bit: tokens in order, "*" last */
}

static enum wv_status read_lines(struct wv_robots *robots, struct wv_slice text,
				 struct wv_strings tokens, uint64_t ours, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(text);
	struct groups groups = {0};
	struct wv_slice line, value;
	uint32_t number = 0;
	enum wv_status st = WV_OK;
	int64_t us;

	while (st == WV_OK && wv_cursor_line(&c, &line)) {
		enum key key = split_line(line, &value);
		bool is_ours;

		number++;
		groups_follow(&groups, key, key == KEY_AGENT ? agents_of(value, tokens) : 0);
		is_ours = (groups.current & ours) != 0;
		if (key == KEY_SITEMAP && value.n > 0)
			st = add_sitemap(robots, value, err);
		else if ((key == KEY_ALLOW || key == KEY_DISALLOW) && is_ours && value.n > 0)
			st = add_rule(robots, key == KEY_ALLOW, value, number, err);
		else if (((key == KEY_DELAY && number_of(&value, WV_US_PER_S, &us)) ||
			  (key == KEY_RATE && rate_of(value, &us))) &&
			 is_ours && us > robots->facts.crawl_delay_us)
			robots->facts.crawl_delay_us = us;
	}
	return st;
}

/* The pool stands still: offsets become slices, rules get their order. */
static enum wv_status settle(struct wv_robots *robots, struct place group, struct wv_err *err)
{
	struct wv_slice pool = wv_buf_slice(&robots->pool);
	size_t n = robots->facts.sitemap_count;

	if (n > 0) {
		robots->sitemaps = calloc(n, sizeof *robots->sitemaps);
		if (!robots->sitemaps)
			return wv_err_set(err, WV_NOMEM, "robots.txt: out of memory");
	}
	for (size_t i = 0; i < n; i++)
		robots->sitemaps[i] =
			wv_slice_part(pool, robots->places[i].at, robots->places[i].n);
	robots->facts.sitemaps = robots->sitemaps;
	robots->facts.group = wv_slice_part(pool, group.at, group.n);
	robots->facts.rule_count = (uint32_t)robots->count;
	if (robots->count > 0)
		qsort(robots->rules, robots->count, sizeof *robots->rules, compare_rules);
	return WV_OK;
}

enum wv_status wv_robots_parse(struct wv_slice text, struct wv_strings tokens,
			       struct wv_robots **out, struct wv_err *err)
{
	WV_AUTO(wv_robots_free) struct wv_robots *robots = calloc(1, sizeof *robots);
	struct place group = {0, 0};
	uint64_t ours;
	enum wv_status st;

	if (!robots)
		return wv_err_set(err, WV_NOMEM, "robots.txt: out of memory");
	wv_buf_init(&robots->pool, POOL_CAP_BYTES);
	robots->facts.crawl_delay_us = -1;
	tokens.n = wv_min_size(tokens.n, TOKENS_MAX);
	text = readable(text, &robots->facts);
	ours = choose_group(text, tokens);
	if (ours != 0) {
		size_t chosen = (size_t)__builtin_ctzll(ours);
		struct wv_slice name = chosen < tokens.n ? tokens.p[chosen] : WV_LIT("*");

		group.n = name.n;
		wv_buf_add(&robots->pool, name);
	}
	st = read_lines(robots, text, tokens, ours, err);
	if (st == WV_OK)
		st = wv_buf_finish(&robots->pool, "robots.txt", err);
	if (st == WV_OK)
		st = settle(robots, group, err);
	if (st != WV_OK)
		return st;
	*out = WV_TAKE(robots);
	return WV_OK;
}

void wv_robots_free(struct wv_robots **robots)
{
	if (!*robots)
		return;
	wv_buf_done(&(*robots)->pool);
	free((*robots)->rules);
	free((*robots)->sitemaps);
	free((*robots)->places);
	free(*robots);
	*robots = NULL;
}

size_t wv_robots_bytes(const struct wv_robots *robots)
{
	return sizeof *robots + robots->pool.room + robots->room * sizeof *robots->rules +
	       robots->facts.sitemap_count * (sizeof *robots->sitemaps + sizeof *robots->places);
}

const struct wv_robots_facts *wv_robots_facts(const struct wv_robots *robots)
{
	return &robots->facts;
}

/* ---- matching */

/*
 * Leftmost-first placement of the pieces between wildcards: if any placement matches, this one
 * does. Each piece is looked for once and linearly, so no pattern costs more than
 * O(pattern + path).
 */
static bool pattern_matches(struct wv_slice pattern, bool is_anchored, struct wv_slice path)
{
	size_t at = 0, start = 0;
	bool is_first = true;

	for (;;) {
		size_t star = wv_slice_find_byte(pattern, '*', start);
		bool is_last = star == SIZE_MAX;
		struct wv_slice piece =
			wv_slice_part(pattern, start, (is_last ? pattern.n : star) - start);

		if (is_first) {
			if (!wv_slice_starts(path, piece))
				return false;
			at = piece.n;
			if (is_last)
				return !is_anchored || at == path.n;
		} else if (is_last && is_anchored) {
			return path.n - at >= piece.n && wv_slice_ends(path, piece);
		} else if (piece.n > 0) {
			at = wv_slice_find(path, piece, at);
			if (at == SIZE_MAX)
				return false;
			at += piece.n;
		}
		if (is_last)
			return true;
		is_first = false;
		start = star + 1;
	}
}

static bool rule_matches(const struct wv_robots *robots, const struct rule *rule,
			 struct wv_slice path)
{
	return pattern_matches(
		wv_slice_part(wv_buf_slice(&robots->pool), rule->pattern, rule->pattern_n),
		rule->is_anchored, path);
}

/* The rules lie longest first, so the first that matches is the longest; or the one whose line
 * comes first, for which all are looked at. */
static const struct rule *choose_rule(const struct wv_robots *robots, struct wv_slice path,
				      bool by_line)
{
	const struct rule *chosen = NULL;

	for (size_t i = 0; i < robots->count; i++) {
		const struct rule *rule = &robots->rules[i];

		if ((chosen && rule->line > chosen->line) || !rule_matches(robots, rule, path))
			continue;
		chosen = rule;
		if (!by_line)
			break;
	}
	return chosen;
}

static struct wv_robots_decision decide(const struct wv_robots *robots, struct wv_slice raw,
					bool needs_slash, bool by_line)
{
	struct wv_robots_decision decision = {.allowed = true};
	const struct rule *rule;
	struct wv_buf path;

	/* The cap is three times what a URL may have; where memory fails, the answer is no. */
	wv_buf_init(&path, 3 * (size_t)WV_LIMIT_URL_BYTES + 1);
	if (needs_slash)
		wv_buf_add_byte(&path, '/');
	add_normal(&path, raw, false);
	if (path.failed != WV_OK) {
		decision.allowed = false;
		decision.rule = WV_LIT("address too long to be judged");
	} else if ((rule = choose_rule(robots, wv_buf_slice(&path), by_line)) != NULL) {
		decision.allowed = rule->allows;
		decision.line = rule->line;
		decision.rule =
			wv_slice_part(wv_buf_slice(&robots->pool), rule->text, rule->text_n);
	}
	wv_buf_done(&path);
	return decision;
}

struct wv_robots_decision wv_robots_check(const struct wv_robots *robots, struct wv_slice url)
{
	bool needs_slash;
	struct wv_slice raw = path_of(url, &needs_slash);

	if (wv_slice_equals(raw, WV_LIT("/robots.txt")) || robots->count == 0)
		return (struct wv_robots_decision){.allowed = true};
	return decide(robots, raw, needs_slash, false);
}

struct wv_robots_decision wv_robots_check_in_order(const struct wv_robots *robots,
						   struct wv_slice url)
{
	bool needs_slash;
	struct wv_slice raw = path_of(url, &needs_slash);

	if (robots->count == 0)
		return (struct wv_robots_decision){.allowed = true};
	return decide(robots, raw, needs_slash, true);
}
