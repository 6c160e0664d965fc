#include "config/settings_keys.h"

#include <inttypes.h>

#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/topic.h"
#include "config/url.h"

#define READER(name) WV_SETTINGS_READER(name)

/* Reads every entry of a list by `read`; those that fail were reported and are left out. */
static void read_list(struct wv_settings_check *check, const struct wv_settings_key *key,
		      const struct wv_yaml *value, struct wv_strings *field,
		      void (*read)(struct wv_settings_check *check,
				   const struct wv_settings_key *key, const struct wv_yaml *value,
				   void *field))
{
	struct wv_slice *strings;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_LIST))
		return;
	strings = wv_settings_zero(check, value->n + 1, sizeof(*strings));
	if (!strings)
		return;
	for (const struct wv_yaml *item = value->first; item; item = item->next) {
		strings[n] = WV_SLICE_NONE;
		read(check, key, item, &strings[n]);
		n += strings[n].n > 0;
	}
	*field = (struct wv_strings){strings, n};
}

READER(tokens)
{
	read_list(check, key, value, field, wv_settings_read_token);
}

READER(strings)
{
	read_list(check, key, value, field, wv_settings_read_text);
}

READER(patterns)
{
	read_list(check, key, value, field, wv_settings_read_text);
}

READER(web_urls)
{
	read_list(check, key, value, field, wv_settings_read_web_url);
}

/* BCP 47 by shape: "en", "zh-Hant-TW". */
static void read_language(struct wv_settings_check *check, const struct wv_settings_key *key,
			  const struct wv_yaml *value, void *field)
{
	struct wv_slice text;
	size_t run = 0;
	bool is_good = true;

	if (!wv_settings_take_line(check, key, value, 35, &text))
		return;
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && wv_byte_is_alnum(text.p[i])) {
			run++;
			continue;
		}
		is_good &= (i == text.n || text.p[i] == '-') && run > 0 && run <= 8;
		run = 0;
	}
	if (is_good && wv_byte_is_alpha(text.p[0]) && text.n > 1)
		*(struct wv_slice *)field = text;
	else
		wv_settings_complain(check, key, value, "'%.*s' is no language tag (en, zh-Hant)",
				     WV_SETTINGS_SHOWN(text));
}

READER(languages)
{
	read_list(check, key, value, field, read_language);
}

READER(ports)
{
	struct wv_network *network = field;
	uint16_t *ports;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_LIST))
		return;
	ports = wv_settings_zero(check, value->n + 1, sizeof(*ports));
	if (!ports)
		return;
	for (const struct wv_yaml *item = value->first; item; item = item->next) {
		struct wv_slice text;
		uint64_t number;

		if (wv_settings_take_text(check, key, item, &text) &&
		    wv_settings_take_number(check, key, item, text, "", &number))
			ports[n++] = (uint16_t)number;
	}
	network->ports = ports;
	network->port_count = n;
}

READER(addresses)
{
	struct wv_network *network = field;
	struct wv_address_block *blocks;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_LIST))
		return;
	blocks = wv_settings_zero(check, value->n + 1, sizeof(*blocks));
	if (!blocks)
		return;
	for (const struct wv_yaml *item = value->first; item; item = item->next) {
		struct wv_slice text;
		struct wv_err err = WV_ERR_NONE;

		if (!wv_settings_take_line(check, key, item, WV_SETTINGS_LINE_BYTES, &text))
			continue;
		if (wv_address_block_parse(text, &blocks[n], &err) == WV_OK)
			n++;
		else
			wv_settings_complain(check, key, item, "%s", err.text);
	}
	network->allow_private = blocks;
	network->allow_private_count = n;
}

/* A host name as the URL parser spells it. */
static bool take_host(struct wv_settings_check *check, const struct wv_settings_key *key,
		      const struct wv_yaml *member, struct wv_slice *host)
{
	struct wv_slice text = wv_arena_format(check->arena, "http://%.*s/",
					       WV_FMT(wv_slice_part(member->key, 0, 255)));
	struct wv_url url;

	if (text.n > 0 && wv_url_parse(check->arena, text, NULL, &url, NULL) == WV_OK &&
	    url.port == 0 && url.username.n == 0 && wv_slice_equals(url.path, WV_LIT("/"))) {
		*host = url.host;
		return true;
	}
	wv_settings_complain(check, key, member, "'%.*s' is no host name",
			     WV_SETTINGS_SHOWN(member->key));
	return false;
}

READER(resolve)
{
	struct wv_network *network = field;
	struct wv_resolve_entry *entries;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_MAP))
		return;
	entries = wv_settings_zero(check, value->n + 1, sizeof(*entries));
	if (!entries)
		return;
	for (const struct wv_yaml *member = value->first; member; member = member->next) {
		struct wv_address_block address;
		struct wv_slice text;

		if (!take_host(check, key, member, &entries[n].host) ||
		    !wv_settings_take_line(check, key, member, WV_SETTINGS_LINE_BYTES, &text))
			continue;
		if (wv_slice_find_byte(text, '/', 0) != SIZE_MAX ||
		    wv_address_block_parse(text, &address, NULL) != WV_OK) {
			wv_settings_complain(check, key, member, "'%.*s' is no address",
					     WV_SETTINGS_SHOWN(text));
			continue;
		}
		entries[n++].address = text;
	}
	network->resolve = entries;
	network->resolve_count = n;
}

/* RFC 9110, 5.6.2. */
static bool is_field_name(struct wv_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!wv_byte_is_alnum(name.p[i]) &&
		    wv_slice_find_byte(WV_LIT("!#$%&'*+-.^_`|~"), name.p[i], 0) == SIZE_MAX)
			return false;
	return name.n > 0 && name.n <= 100;
}

/* What the crawler must say itself, or the archive would be told a lie. */
static bool is_own_field(struct wv_slice name)
{
	static const char *const own[] = {
		"Host",
		"Content-Length",
		"Transfer-Encoding",
		"Connection",
		"User-Agent",
		"Accept-Encoding",
		"If-None-Match",
		"If-Modified-Since",
		"Range",
		"TE",
		"Upgrade",
		"Expect",
	};

	for (size_t i = 0; i < WV_COUNT(own); i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(own[i])))
			return true;
	return false;
}

READER(headers)
{
	struct wv_source *source = field;
	struct wv_header_field *headers;
	size_t n = 0;

	if (!wv_settings_take_kind(check, key, value, WV_YAML_MAP))
		return;
	headers = wv_settings_zero(check, value->n + 1, sizeof(*headers));
	if (!headers)
		return;
	for (const struct wv_yaml *member = value->first; member; member = member->next) {
		struct wv_slice text;

		if (!is_field_name(member->key))
			wv_settings_complain(check, key, member, "'%.*s' is no header name",
					     WV_SETTINGS_SHOWN(member->key));
		else if (is_own_field(member->key))
			wv_settings_complain(check, key, member,
					     "'%.*s' is the crawler's own to send",
					     WV_SETTINGS_SHOWN(member->key));
		else if (wv_settings_take_line(check, key, member, WV_SETTINGS_LINE_BYTES, &text))
			headers[n++] = (struct wv_header_field){member->key, wv_slice_trim(text)};
	}
	source->headers = headers;
	source->header_count = n;
}

static void read_topic_word(struct wv_settings_check *check, const struct wv_settings_key *key,
			    const struct wv_yaml *value, void *field)
{
	struct wv_slice text;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;

	/* {TSLA} without quotes is a map to YAML. */
	if (value->kind == WV_YAML_MAP && value->n == 1) {
		wv_settings_complain(check, key, value, "a ticker needs quotes: \"{%.*s}\"",
				     WV_SETTINGS_SHOWN(value->first->key));
		return;
	}
	if (!wv_settings_take_line(check, key, value, WV_SETTINGS_LINE_BYTES, &text))
		return;
	st = wv_topic_word_check(text, &err);
	if (st == WV_OK)
		*(struct wv_slice *)field = text;
	else if (st == WV_NOMEM)
		check->faults->is_out_of_memory = true;
	else
		wv_settings_complain(check, key, value, "%s", err.text);
}

READER(topic_words)
{
	read_list(check, key, value, field, read_topic_word);
}
