#include "archive/search/query.h"

#include "archive/store/verdict.h"
#include "config/base/text.h"

#define DEPTH_MAX  16u
#define TOKENS_MAX 200u

struct parser {
	struct wv_arena *arena;
	struct wv_slice text;
	size_t at;
	unsigned depth, negations;
	bool in_choice; /* some OR was met: fields are refused */
	struct wv_query *query;
	size_t phrases;
};

static const char *const field_names[] = {"source", "category", "lang", "topic", "verdict"};

const char *wv_query_field_name(enum wv_query_field field)
{
	return field_names[field];
}

enum wv_status wv_query_add_field(struct wv_query *query, enum wv_query_field field,
                                  struct wv_slice value, struct wv_err *err)
{
	struct wv_query_values *values = &query->fields[field];
	enum wv_verdict verdict;

	if (field == WV_QUERY_VERDICT && !wv_verdict_parse(value, &verdict) &&
	    !wv_slice_equals(value, WV_LIT("any")))
		return wv_err_set(err, WV_USAGE, "no verdict is called '%.*s'", WV_FMT(value));
	if (values->n == WV_QUERY_VALUES_MAX)
		return wv_err_set(err, WV_USAGE, "more than %u values of '%s'", WV_QUERY_VALUES_MAX,
		                  field_names[field]);
	values->p[values->n++] = value;
	return WV_OK;
}

enum wv_status wv_query_add_cluster(struct wv_query *query, struct wv_slice id, struct wv_err *err)
{
	uint64_t value;

	if (!wv_slice_u64(id, &value))
		return wv_err_set(err, WV_USAGE, "'%.*s' is no capture's ID: cluster:ID", WV_FMT(id));
	if (query->cluster_count == WV_QUERY_VALUES_MAX)
		return wv_err_set(err, WV_USAGE, "more than %u values of 'cluster'", WV_QUERY_VALUES_MAX);
	query->clusters[query->cluster_count++] = value;
	return WV_OK;
}

static struct wv_query_node *node(struct parser *p, enum wv_query_kind kind,
                                  const struct wv_query_node *left,
                                  const struct wv_query_node *right)
{
	struct wv_query_node *n = WV_ARENA_NEW(p->arena, struct wv_query_node);

	if (n) {
		n->kind = kind;
		n->left = left;
		n->right = right;
	}
	return n;
}

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for a query");
}

/* --- phrases --- */

struct gathered {
	struct wv_arena *arena;
	struct wv_slice tokens[TOKENS_MAX];
	enum wv_token_kind kinds[TOKENS_MAX];
	size_t n;
	bool failed;
};

static bool gather(const struct wv_token *token, void *context)
{
	struct gathered *g = context;

	if (g->n == TOKENS_MAX) {
		g->failed = true;
		return false;
	}
	g->tokens[g->n] = wv_arena_copy(g->arena, token->text);
	g->kinds[g->n++] = token->kind;
	return true;
}

static enum wv_status leaf(struct parser *p, enum wv_query_kind kind, const struct wv_slice *tokens,
                           size_t count, struct wv_query_node **out, struct wv_err *err)
{
	struct wv_query_node *n = node(p, kind, NULL, NULL);
	struct wv_slice *copy = WV_ARENA_ARRAY(p->arena, struct wv_slice, count);

	if (!n || !copy)
		return no_memory(err);
	if (p->phrases++ == WV_QUERY_PHRASES_MAX)
		return wv_err_set(err, WV_USAGE, "more than %u words in a query",
		                  WV_QUERY_PHRASES_MAX);
	memcpy(copy, tokens, count * sizeof *copy);
	n->tokens = copy;
	n->token_count = count;
	if (p->negations == 0)
		p->query->wanted[p->query->wanted_count++] = n;
	*out = n;
	return WV_OK;
}

/*
 * A sign alone at the edge of a phrase may be part of a longer run in the text: at the end it is
 * the beginning of a pair; at the beginning it is looked for by itself, somewhere.
 */
static enum wv_status phrase(struct parser *p, struct wv_slice words, bool is_prefix,
                             bool in_title, struct wv_query_node **out, struct wv_err *err)
{
	struct gathered g = {.arena = p->arena};
	struct wv_query_node *rest = NULL, *sign = NULL;
	size_t first = 0;
	enum wv_status st = wv_tokens_each(p->arena, words, gather, &g, err);

	if (st != WV_OK)
		return st;
	if (g.failed)
		return wv_err_set(err, WV_USAGE, "a phrase of more than %u words", TOKENS_MAX);
	if (g.n == 0)
		return wv_err_set(err, WV_USAGE, "nothing to look for in '%.*s'", WV_FMT(words));
	if (is_prefix && g.kinds[g.n - 1] == WV_TOKEN_WORD &&
	    wv_text_count(g.tokens[g.n - 1]) < 2)
		return wv_err_set(err, WV_USAGE, "'%.*s*' is too short a beginning", WV_FMT(words));
	if (g.kinds[0] == WV_TOKEN_SIGN) {
		st = leaf(p, WV_QUERY_SIGN, g.tokens, 1, &sign, err);
		if (st == WV_OK)
			sign->in_title = in_title;
		first = 1;
	}
	if (st == WV_OK && g.n - first == 1 && g.kinds[first] == WV_TOKEN_SIGN) {
		st = leaf(p, WV_QUERY_SIGN, g.tokens + first, 1, &rest, err);
	} else if (st == WV_OK && g.n > first) {
		st = leaf(p, WV_QUERY_PHRASE, g.tokens + first, g.n - first, &rest, err);
		if (st == WV_OK)
			rest->is_prefix = g.kinds[g.n - 1] == WV_TOKEN_SIGN ||
			                  (is_prefix && g.kinds[g.n - 1] == WV_TOKEN_WORD);
	}
	if (st != WV_OK)
		return st;
	if (rest)
		rest->in_title = in_title;
	*out = sign && rest ? node(p, WV_QUERY_AND, sign, rest) : sign ? sign : rest;
	return *out ? WV_OK : no_memory(err);
}

/* --- the grammar --- */

static struct wv_slice left_of(const struct parser *p)
{
	return wv_slice_from(p->text, p->at);
}

static void skip_spaces(struct parser *p)
{
	while (p->at < p->text.n) {
		size_t at = p->at;

		if (!wv_text_is_space(wv_text_next(p->text, &at)))
			return;
		p->at = at;
	}
}

/* Does the word stand here, by itself? Then it is passed. */
static bool take_word(struct parser *p, const char *word)
{
	struct wv_slice left = left_of(p), name = wv_slice_of(word);

	if (!wv_slice_starts(left, name))
		return false;
	if (left.n > name.n && !wv_byte_is_space(left.p[name.n]) && left.p[name.n] != '(' &&
	    left.p[name.n] != '"')
		return false;
	p->at += name.n;
	return true;
}

static bool take_text(struct parser *p, struct wv_slice text)
{
	if (!wv_slice_starts(left_of(p), text))
		return false;
	p->at += text.n;
	return true;
}

/* "...", also with the quotes that word processors make; true if there was one. */
static enum wv_status quoted(struct parser *p, struct wv_slice *words, bool *is_quoted,
                             struct wv_err *err)
{
	static const struct {
		struct wv_slice open, close;
	} quotes[] = {
		{WV_LIT_INIT("\""), WV_LIT_INIT("\"")},
		{WV_LIT_INIT("\u201c"), WV_LIT_INIT("\u201d")},
	};

	*is_quoted = false;
	for (size_t i = 0; i < WV_COUNT(quotes); i++) {
		size_t end;

		if (!take_text(p, quotes[i].open))
			continue;
		end = wv_slice_find(p->text, quotes[i].close, p->at);
		if (end == SIZE_MAX)
			return wv_err_set(err, WV_USAGE, "a quote is not closed in '%.*s'",
			                  WV_FMT(p->text));
		*words = wv_slice_part(p->text, p->at, end - p->at);
		*is_quoted = true;
		p->at = end + quotes[i].close.n;
		return WV_OK;
	}
	return WV_OK;
}

static struct wv_slice bare(struct parser *p)
{
	size_t from = p->at;

	while (p->at < p->text.n) {
		size_t at = p->at;
		uint32_t c = wv_text_next(p->text, &at);

		if (wv_text_is_space(c) || c == '(' || c == ')' || c == '"' || c == '|' ||
		    c == 0x201c)
			break;
		p->at = at;
	}
	return wv_slice_part(p->text, from, p->at - from);
}

#define FIELD_CLUSTER ((int)WV_QUERY_FIELDS) /* in the grammar one of them */

/* "name:" at the beginning of what is left; -1: none of ours. */
static int take_field(struct parser *p, bool *is_title)
{
	*is_title = take_text(p, WV_LIT("title:"));
	if (!*is_title && take_text(p, WV_LIT("cluster:")))
		return FIELD_CLUSTER;
	for (int i = 0; !*is_title && i < (int)WV_QUERY_FIELDS; i++) {
		size_t n = wv_slice_of(field_names[i]).n;
		struct wv_slice left = left_of(p);

		if (left.n > n && left.p[n] == ':' &&
		    wv_slice_starts(left, wv_slice_of(field_names[i]))) {
			p->at += n + 1;
			return i;
		}
	}
	return -1;
}

/* *out stays NULL for a field. */
static enum wv_status term(struct parser *p, struct wv_query_node **out, struct wv_err *err)
{
	bool is_title, is_quoted, is_prefix = false;
	int field = take_field(p, &is_title);
	struct wv_slice words = WV_SLICE_NONE;
	enum wv_status st = quoted(p, &words, &is_quoted, err);

	if (st != WV_OK)
		return st;
	if (!is_quoted) {
		words = bare(p);
		if (words.n == 0)
			return wv_err_set(err, WV_USAGE, "a word is missing in '%.*s'",
			                  WV_FMT(p->text));
	}
	if (field >= 0) {
		if (p->depth || p->negations || p->in_choice)
			return wv_err_set(err, WV_USAGE,
			                  "'%s:' counts for the whole query: not inside ( ), OR "
			                  "or NOT",
			                  field == FIELD_CLUSTER ? "cluster" : field_names[field]);
		if (field == FIELD_CLUSTER)
			return wv_query_add_cluster(p->query, words, err);
		return wv_query_add_field(p->query, (enum wv_query_field)field, words, err);
	}
	if (is_quoted)
		is_prefix = take_text(p, WV_LIT("*"));
	else if (wv_slice_equals(words, WV_LIT("*"))) {
		*out = node(p, WV_QUERY_ALL, NULL, NULL);
		return *out ? WV_OK : no_memory(err);
	} else if (words.p[words.n - 1] == '*') {
		is_prefix = true;
		words.n--;
	}
	return phrase(p, words, is_prefix, is_title, out, err);
}

static enum wv_status choice(struct parser *p, struct wv_query_node **out, struct wv_err *err);

static enum wv_status unary(struct parser *p, struct wv_query_node **out, struct wv_err *err)
{
	bool in_choice = p->in_choice;
	enum wv_status st;

	if (!take_text(p, WV_LIT("(")))
		return term(p, out, err);
	if (++p->depth > DEPTH_MAX)
		return wv_err_set(err, WV_USAGE, "more than %u ( in one another", DEPTH_MAX);
	st = choice(p, out, err);
	p->depth--;
	p->in_choice = in_choice;
	if (st != WV_OK)
		return st;
	skip_spaces(p);
	if (!take_text(p, WV_LIT(")")))
		return wv_err_set(err, WV_USAGE, "a ) is missing in '%.*s'", WV_FMT(p->text));
	return *out ? WV_OK : wv_err_set(err, WV_USAGE, "nothing in ( )");
}

static enum wv_status join(struct parser *p, enum wv_query_kind kind, struct wv_query_node **all,
                           struct wv_query_node *one, struct wv_err *err)
{
	if (one)
		*all = *all ? node(p, kind, *all, one) : one;
	return !one || *all ? WV_OK : no_memory(err);
}

static bool at_or(const struct parser *p)
{
	struct parser look = *p;

	return take_word(&look, "OR") || take_text(&look, WV_LIT("|"));
}

/* What must all be there, and what must not. */
static enum wv_status both(struct parser *p, struct wv_query_node **out, struct wv_err *err)
{
	struct wv_query_node *wanted = NULL, *unwanted = NULL;
	enum wv_status st = WV_OK;

	for (skip_spaces(p); st == WV_OK && p->at < p->text.n; skip_spaces(p)) {
		struct wv_query_node *one = NULL;
		bool is_not;

		if (p->text.p[p->at] == ')' || at_or(p))
			break;
		if (take_word(p, "AND"))
			continue;
		is_not = take_word(p, "NOT") || take_text(p, WV_LIT("-"));
		p->negations += is_not;
		skip_spaces(p);
		st = unary(p, &one, err);
		p->negations -= is_not;
		if (st == WV_OK)
			st = is_not ? join(p, WV_QUERY_OR, &unwanted, one, err)
			            : join(p, WV_QUERY_AND, &wanted, one, err);
	}
	if (st != WV_OK)
		return st;
	if (unwanted && !wanted)
		wanted = node(p, WV_QUERY_ALL, NULL, NULL);
	*out = unwanted ? node(p, WV_QUERY_NOT, wanted, unwanted) : wanted;
	return unwanted && (!wanted || !*out) ? no_memory(err) : WV_OK;
}

static enum wv_status choice(struct parser *p, struct wv_query_node **out, struct wv_err *err)
{
	struct wv_query_node *all = NULL;
	enum wv_status st = both(p, &all, err);

	for (skip_spaces(p); st == WV_OK && at_or(p); skip_spaces(p)) {
		struct wv_query_node *one = NULL;

		if (!all)
			return wv_err_set(err, WV_USAGE, "nothing stands before OR in '%.*s'",
			                  WV_FMT(p->text));
		(void)(take_word(p, "OR") || take_text(p, WV_LIT("|")));
		p->in_choice = true;
		st = both(p, &one, err);
		if (st == WV_OK && !one)
			return wv_err_set(err, WV_USAGE, "nothing stands after OR in '%.*s'",
			                  WV_FMT(p->text));
		if (st == WV_OK)
			st = join(p, WV_QUERY_OR, &all, one, err);
	}
	*out = all;
	return st;
}

enum wv_status wv_query_parse(struct wv_arena *arena, struct wv_slice text, struct wv_query *out,
                              struct wv_err *err)
{
	struct parser p = {.arena = arena, .text = text, .query = out};
	struct wv_query_node *root = NULL;
	enum wv_status st;

	memset(out, 0, sizeof *out);
	if (text.n > WV_QUERY_BYTES_MAX)
		return wv_err_set(err, WV_USAGE, "a query of more than %u bytes",
		                  WV_QUERY_BYTES_MAX);
	if (!wv_text_is_utf8(text))
		return wv_err_set(err, WV_USAGE, "the query is not UTF-8");
	st = choice(&p, &root, err);
	if (st != WV_OK)
		return st;
	skip_spaces(&p);
	if (p.at < text.n)
		return wv_err_set(err, WV_USAGE, "a ) too many in '%.*s'", WV_FMT(text));
	if (!root)
		root = node(&p, WV_QUERY_ALL, NULL, NULL);
	out->root = root;
	return root ? WV_OK : no_memory(err);
}
