#include "config/settings_sources.h"

#include <stdlib.h>

#include "config/base/clock.h"

#define READER(name) WV_SETTINGS_READER(name)

READER(agent)
{
	struct wv_settings *settings = field;
	struct wv_strings more;
	struct wv_slice *tokens;
	size_t n = 0;

	settings->agent_tokens = (struct wv_strings){NULL, 0};
	wv_settings_read_section(check, key, value, field);
	more = settings->agent_tokens;
	tokens = wv_settings_zero(check, more.n + 1, sizeof(*tokens));
	if (!tokens)
		return;
	tokens[n++] = settings->agent_name;
	for (size_t i = 0; i < more.n; i++)
		if (!wv_slice_equals_nocase(more.p[i], settings->agent_name))
			tokens[n++] = more.p[i];
	settings->agent_tokens = (struct wv_strings){tokens, n};
}

READER(delay)
{
	int64_t us = -1;

	wv_settings_read_duration(check, key, value, &us);
	if (us < 0)
		return;
	*(int64_t *)field = us;
	if (us == 0)
		wv_settings_warn(check->faults, value->line,
				 "%.*s%s: '0s' leaves no pause between two requests to a host",
				 WV_FMT(check->where), key->name);
}

READER(url_or_none)
{
	if (value->kind == WV_YAML_TEXT && wv_slice_equals(value->text, WV_LIT("none")))
		*(struct wv_slice *)field = WV_SLICE_NONE;
	else
		wv_settings_read_web_url(check, key, value, field);
}

/* A name of something of ours: one short line. */
static bool check_name(struct wv_settings_check *check, const struct wv_settings_key *key,
		       const struct wv_yaml *member)
{
	bool is_good = member->key.n > 0 && member->key.n <= 100;

	for (size_t i = 0; i < member->key.n; i++)
		is_good &= member->key.p[i] >= 0x20 && member->key.p[i] != 0x7F;
	if (!is_good)
		wv_settings_complain(check, key, member, "'%.*s' is no name of 1 to 100 bytes",
				     WV_SETTINGS_SHOWN(member->key));
	return is_good;
}

READER(topics)
{
	struct wv_settings *settings = field;
	struct wv_topic_settings *topics;
	struct wv_slice outside = check->where;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_MAP))
		return;
	topics = wv_settings_zero(check, value->n + 1, sizeof(*topics));
	if (!topics)
		return;
	for (const struct wv_yaml *member = value->first; member; member = member->next) {
		struct wv_topic_settings *topic = &topics[n];

		if (!check_name(check, key, member) ||
		    !wv_settings_take_kind(check, key, member, WV_YAML_MAP))
			continue;
		topic->name = member->key;
		check->where = wv_arena_format(check->arena,
					       "topic '%.*s': ", WV_SETTINGS_SHOWN(member->key));
		wv_settings_read_keys(check, key->section, member, topic);
		if (topic->any.n == 0 && check->is_whole && !wv_yaml_get(member, WV_LIT("any")))
			wv_settings_fault(check->faults, member->key_line,
					  "%.*sany is missing: words of which a text has one",
					  WV_FMT(check->where));
		check->where = outside;
		n++;
	}
	settings->topics = topics;
	settings->topic_count = n;
}

READER(source_topics)
{
	const struct wv_settings *settings = check->settings;
	struct wv_strings *names = field;
	const char **known;

	wv_settings_read_strings(check, key, value, field);
	known = wv_settings_zero(check, settings->topic_count + 1, sizeof(*known));
	if (!known || value->kind != WV_YAML_LIST || names->n == 0)
		return;
	for (size_t i = 0; i < settings->topic_count; i++) {
		known[i] = wv_arena_string(check->arena, settings->topics[i].name);
		if (!known[i]) {
			check->faults->is_out_of_memory = true;
			return;
		}
	}
	for (const struct wv_yaml *item = value->first; item; item = item->next) {
		const char *nearest;
		size_t t = 0;

		if (item->kind != WV_YAML_TEXT || item->text.n == 0)
			continue; /* reported */
		while (t < settings->topic_count &&
		       !wv_slice_equals(settings->topics[t].name, item->text))
			t++;
		if (t < settings->topic_count)
			continue;
		nearest = wv_settings_nearest(item->text, known, settings->topic_count);
		wv_settings_complain(check, key, item, "no topic is named '%.*s'%s%s%s",
				     WV_SETTINGS_SHOWN(item->text),
				     nearest ? " (did you mean '" : "", nearest ? nearest : "",
				     nearest ? "'?)" : "");
	}
}

READER(hooks)
{
	struct wv_settings *settings = field;
	struct wv_hook_settings *hooks;
	struct wv_slice outside = check->where;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_MAP))
		return;
	hooks = wv_settings_zero(check, value->n + 1, sizeof(*hooks));
	if (!hooks)
		return;
	for (const struct wv_yaml *member = value->first; member; member = member->next) {
		if (!check_name(check, key, member))
			continue;
		check->where = wv_arena_format(check->arena, "hook '%.*s' in ",
					       WV_SETTINGS_SHOWN(member->key));
		hooks[n].name = member->key;
		wv_settings_read_strings(check, key, member, &hooks[n].command);
		check->where = outside;
		if (hooks[n].command.n == 0 &&
		    (member->kind == WV_YAML_LIST || wv_yaml_is_empty(member)))
			wv_settings_complain(check, key, member, "'%.*s' has no command",
					     WV_SETTINGS_SHOWN(member->key));
		n++;
	}
	settings->hooks = hooks;
	settings->hook_count = n;
}

READER(hook_name)
{
	const struct wv_settings *settings = check->settings;
	struct wv_slice name;

	if (!wv_settings_take_line(check, key, value, 100, &name))
		return;
	if (wv_slice_equals(name, WV_LIT("none"))) {
		*(struct wv_slice *)field = WV_SLICE_NONE;
		return;
	}
	for (size_t i = 0; i < settings->hook_count; i++) {
		if (wv_slice_equals(settings->hooks[i].name, name)) {
			*(struct wv_slice *)field = name;
			return;
		}
	}
	wv_settings_complain(check, key, value, "no hook is named '%.*s'", WV_SETTINGS_SHOWN(name));
}

static void read_auto(struct wv_settings_check *check, const struct wv_settings_key *key,
		      const struct wv_yaml *value, enum wv_auto *mode, struct wv_strings *list)
{
	struct wv_slice text;

	if (value->kind == WV_YAML_LIST) {
		wv_settings_read_web_urls(check, key, value, list);
		*mode = WV_AUTO_LIST;
	} else if (!wv_settings_take_text(check, key, value, &text)) {
		return;
	} else if (wv_slice_equals(text, WV_LIT("auto"))) {
		*mode = WV_AUTO_ON;
	} else if (wv_slice_equals(text, WV_LIT("off"))) {
		*mode = WV_AUTO_OFF;
	} else {
		wv_settings_complain(check, key, value, "'%.*s' is not auto, off or a list of URLs",
				     WV_SETTINGS_SHOWN(text));
	}
}

READER(feeds)
{
	struct wv_source *source = field;

	read_auto(check, key, value, &source->feeds_mode, &source->feeds);
}

READER(sitemaps)
{
	struct wv_source *source = field;

	read_auto(check, key, value, &source->sitemaps_mode, &source->sitemaps);
}

READER(market)
{
	struct wv_market *market = field;

	*market = (struct wv_market){.open_us = 5 * 60 * WV_US_PER_S,
				     .closed_us = 2 * 3600 * WV_US_PER_S};
	wv_settings_read_section(check, key, value, market);
	market->is_set = market->exchange.n > 0;
	if (!market->is_set && check->is_whole && value->kind != WV_YAML_LIST &&
	    !wv_yaml_get(value, WV_LIT("exchange")) && (value->n > 0 || wv_yaml_is_empty(value)))
		wv_settings_complain(check, key, value, "exchange is missing");
}

READER(related)
{
	struct wv_source *source = field;

	source->related_is_set = true;
	source->related_hops = 1;
	source->related_score = 0.5;
	source->related_pages = 200;
	wv_settings_read_section(check, key, value, field);
}

READER(source_proxy)
{
	struct wv_source *source = field;

	wv_settings_read_proxy(check, key, value, &source->proxy);
	source->proxy_is_none = value->kind == WV_YAML_TEXT && value->text.n > 0 &&
				wv_slice_equals(value->text, WV_LIT("none"));
}

static bool lists_something(const struct wv_yaml *map, struct wv_slice key)
{
	const struct wv_yaml *value = wv_yaml_get(map, key);

	if (!value || wv_yaml_is_empty(value))
		return false;
	return value->kind == WV_YAML_LIST ? value->n > 0
					   : !wv_slice_equals(value->text, WV_LIT("auto")) &&
						     !wv_slice_equals(value->text, WV_LIT("off"));
}

/* What no single key can tell. */
static void check_source(struct wv_settings_check *check, const struct wv_yaml *map,
			 const struct wv_source *source)
{
	const struct wv_yaml *politeness = wv_yaml_get(map, WV_LIT("politeness"));
	const struct wv_yaml *market = wv_yaml_get(map, WV_LIT("market"));
	const struct wv_yaml *revisit = wv_yaml_get(map, WV_LIT("revisit"));
	const struct wv_yaml *member = politeness ? politeness->first : NULL;

	for (; member; member = member->next) {
		const struct wv_yaml *flat = wv_yaml_get(map, member->key);

		if (politeness->kind == WV_YAML_MAP && flat)
			wv_settings_fault(
				check->faults, flat->key_line,
				"%.*s%.*s is given twice (also in its politeness, line %u)",
				WV_FMT(check->where), WV_SETTINGS_SHOWN(member->key),
				member->key_line);
	}
	if (market && wv_yaml_get(map, WV_LIT("every")))
		wv_settings_fault(check->faults, market->key_line,
				  "%.*smarket stands instead of every, not beside it",
				  WV_FMT(check->where));
	if (revisit && source->revisit_first_us > source->revisit_last_us)
		wv_settings_fault(check->faults, revisit->key_line,
				  "%.*srevisit.first is longer than revisit.last",
				  WV_FMT(check->where));
	if (source->tls_insecure)
		wv_settings_warn(check->faults, map->line,
				 "%.*stls: insecure believes any certificate",
				 WV_FMT(check->where));
	if (source->related_is_set && source->topics.n == 0)
		wv_settings_warn(check->faults, map->line,
				 "%.*srelated does nothing without topics", WV_FMT(check->where));
	if (!check->is_whole)
		return;
	if (!wv_yaml_get(map, WV_LIT("name")))
		wv_settings_fault(check->faults, map->line, "%.*sname is missing",
				  WV_FMT(check->where));
	/* Where something was listed, its own faults say why nothing is left. */
	if (!lists_something(map, WV_LIT("seeds")) && !lists_something(map, WV_LIT("feeds")) &&
	    !lists_something(map, WV_LIT("sitemaps")))
		wv_settings_fault(check->faults, map->line,
				  "%.*sno seed, no feed and no sitemap is listed",
				  WV_FMT(check->where));
}

static void read_source(struct wv_settings_check *check, const struct wv_settings_key *key,
			const struct wv_yaml *item, size_t place, struct wv_source *source)
{
	const struct wv_yaml *name = wv_yaml_get(item, WV_LIT("name"));
	struct wv_slice outside = check->where;

	*source = wv_settings_default_source();
	source->politeness = check->settings->politeness;
	source->retention = check->settings->retention;
	source->retention.bytes = -1;
	source->line = item->line;
	if (name && name->kind == WV_YAML_TEXT && name->text.n > 0)
		check->where = wv_arena_format(check->arena,
					       "source '%.*s': ", WV_SETTINGS_SHOWN(name->text));
	else
		check->where = wv_arena_format(check->arena, "source %zu: ", place);
	wv_settings_read_keys(check, key->section, item, source);
	check_source(check, item, source);
	check->where = outside;
}

static int by_name(const void *a, const void *b)
{
	const struct wv_source *left = *(const struct wv_source *const *)a;
	const struct wv_source *right = *(const struct wv_source *const *)b;
	int order = wv_slice_compare(left->name, right->name);

	if (order == 0)
		order = left->line < right->line ? -1 : left->line > right->line;
	return order;
}

static void check_source_names(struct wv_settings_check *check, const struct wv_source *sources,
			       size_t n)
{
	const struct wv_source **sorted = wv_settings_zero(check, n + 1, sizeof(*sorted));

	if (!sorted)
		return;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &sources[i];
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	for (size_t i = 1; i < n; i++)
		if (sorted[i]->name.n > 0 && wv_slice_equals(sorted[i - 1]->name, sorted[i]->name))
			wv_settings_fault(
				check->faults, sorted[i]->line,
				"source '%.*s': the name is taken by the source in line %u",
				WV_SETTINGS_SHOWN(sorted[i]->name), sorted[i - 1]->line);
}

READER(sources)
{
	struct wv_settings *settings = field;
	struct wv_source *sources;
	size_t n = 0, place = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_LIST))
		return;
	sources = wv_settings_zero(check, value->n + 1, sizeof(*sources));
	if (!sources)
		return;
	for (const struct wv_yaml *item = value->first; item; item = item->next) {
		place++;
		if (item->is_reported)
			continue;
		if (item->kind != WV_YAML_MAP)
			wv_settings_complain(check, key, item, "source %zu: expected a map", place);
		else
			read_source(check, key, item, place, &sources[n++]);
	}
	check_source_names(check, sources, n);
	settings->sources = sources;
	settings->source_count = n;
}
