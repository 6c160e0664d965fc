/*
 * Whatever is done to a settings file, reading it ends in settings or in at least one fault that
 * names the file, never in both and never in a crash. Also the three texts that list the keys
 * (table, template, manual page) and the examples agree with one another.
 */
#include "config/settings.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/base/limits.h"
#include "config/settings_keys.h"

static uint64_t seed = 20240605;

static uint32_t draw(size_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((seed >> 33) % below);
}

struct told {
	size_t n;
	bool is_odd;
};

static void look(void *context, const char *line)
{
	struct told *told = context;
	struct wv_slice text = wv_slice_of(line);

	told->n++;
	told->is_odd |= !wv_slice_starts(text, WV_LIT("f:")) || text.n < 5;
	for (size_t i = 0; i < text.n; i++)
		told->is_odd |= text.p[i] < 0x20;
}

static void try_text(struct wv_slice yaml)
{
	struct wv_settings_file *file = NULL;
	struct wv_err err = WV_ERR_NONE;
	struct told told = {0};
	enum wv_status st = wv_settings_parse(yaml, "f", look, &told, &file, &err);
	bool is_right = st == WV_OK
				? file && told.n == 0 && err.text[0] == '\0'
				: st == WV_SETTINGS && !file && told.n > 0 && err.text[0] != '\0';

	wv_settings_free(&file);
	if (!is_right || told.is_odd)
		fail_msg("status %s, %zu faults, '%s' of:\n%.*s", wv_status_name(st), told.n,
			 err.text, WV_FMT(yaml));
}

/* The template with every setting in force: "#key" becomes "key", "# words" stay. */
static void put_all_in_force(struct wv_buf *out)
{
	struct wv_cursor c = wv_cursor(wv_settings_template());
	struct wv_slice line;

	while (wv_cursor_line(&c, &line)) {
		size_t at = 0;

		while (at < line.n && line.p[at] == ' ')
			at++;
		wv_buf_add(out, wv_slice_part(line, 0, at));
		if (at + 1 < line.n && line.p[at] == '#' && line.p[at + 1] != ' ')
			at++;
		wv_buf_add(out, wv_slice_from(line, at));
		wv_buf_add_byte(out, '\n');
	}
}

static void mutate(struct wv_buf *text)
{
	static const char *const pieces[] = {
		"{",  "}",       "[",       "]",        ": ",    "- ",    "\n", "\t",  "#",  "&a ",
		"*a", "!!t ",    "|\n",     ">\n",      "---\n", "...\n", "'",  "\"",  "\\", "\xFF",
		"? ", "none",    "~",       "99999999", "-1",    "1.5",   "0s", "5s",  "{}", "[]",
		"%",  "sources", "delay: ", "<<: *a\n", "\xE8",  "\x00",  "5",  "any", "@",  "`",
	};
	size_t at = draw(text->n + 1), n;
	const char *piece = pieces[draw(WV_COUNT(pieces))];
	struct wv_slice added = wv_slice_of(piece);

	switch (draw(5)) {
	case 0: /* put something in */
		if (!wv_buf_room(text, added.n))
			return;
		memmove(text->p + at + added.n, text->p + at, text->n - at);
		memcpy(text->p + at, added.p, added.n);
		text->n += added.n;
		break;
	case 1: /* take something out */
		n = draw(20) < text->n - at ? draw(20) : 0;
		n = n < text->n - at ? n : text->n - at;
		memmove(text->p + at, text->p + at + n, text->n - at - n);
		text->n -= n;
		break;
	case 2: /* another byte */
		if (at < text->n)
			text->p[at] = (unsigned char)draw(256);
		break;
	case 3: /* write over it */
		if (added.n <= text->n - at)
			memcpy(text->p + at, added.p, added.n);
		break;
	default: /* cut */
		if (draw(20) == 0)
			text->n = at;
		break;
	}
}

static void test_mutations(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf whole = {.cap = WV_MIB};

	(void)state;
	put_all_in_force(&whole);
	for (int round = 0; round < 4000; round++) {
		WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_MIB};

		wv_buf_add(&text, round % 2 ? wv_settings_template() : wv_buf_slice(&whole));
		for (uint32_t i = draw(12) + 1; i > 0; i--)
			mutate(&text);
		try_text(wv_buf_slice(&text));
	}
}

/* Every beginning of the file. */
static void test_beginnings(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf whole = {.cap = WV_MIB};

	(void)state;
	put_all_in_force(&whole);
	for (size_t n = 0; n <= whole.n; n += 3)
		try_text(wv_slice_part(wv_buf_slice(&whole), 0, n));
}

static void read_file(const char *path, struct wv_buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		fail_msg("cannot open %s", path);
	do {
		unsigned char *at = wv_buf_room(out, 65536);

		assert_non_null(at);
		n = fread(at, 1, 65536, f);
		out->n += n;
	} while (n > 0);
	assert_int_equal(fclose(f), 0);
}

static void say(void *context, const char *line)
{
	(void)context;
	print_error("%s\n", line);
}

static void test_template(void **state)
{
	WV_AUTO(wv_settings_free)
	struct wv_settings_file *as_it_is = NULL,
				*built_in = NULL, *in_force = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf whole = {.cap = WV_MIB};
	struct wv_settings *a, *b;

	(void)state;
	assert_int_equal(
		wv_settings_parse(wv_settings_template(), "template", say, NULL, &as_it_is, NULL),
		WV_OK);
	put_all_in_force(&whole);
	assert_int_equal(
		wv_settings_parse(wv_buf_slice(&whole), "in force", say, NULL, &in_force, NULL),
		WV_OK);
	assert_int_equal(wv_settings_get(in_force)->source_count, 2);
	/* As it is, it says the defaults. */
	assert_int_equal(wv_settings_new_default(&built_in, NULL), WV_OK);
	a = wv_settings_edit(as_it_is);
	b = wv_settings_edit(built_in);
	/* By member: what lies between them is nobody's. */
	assert_int_equal(a->politeness.delay_us, b->politeness.delay_us);
	assert_true(a->politeness.delay_factor == b->politeness.delay_factor);
	assert_int_equal(a->politeness.connections_per_host, b->politeness.connections_per_host);
	assert_int_equal(a->politeness.hosts_by, b->politeness.hosts_by);
	assert_int_equal(a->politeness.bandwidth_bytes_per_s, b->politeness.bandwidth_bytes_per_s);
	assert_int_equal(a->politeness.max_pages_per_host, b->politeness.max_pages_per_host);
	assert_int_equal(a->politeness.robots_forbidden_denies, b->politeness.robots_forbidden_denies);
	assert_int_equal(a->run.max_pages, b->run.max_pages);
	assert_int_equal(a->run.max_time_us, b->run.max_time_us);
	assert_int_equal(a->run.connections, b->run.connections);
	assert_int_equal(a->run.extract, b->run.extract);
	assert_int_equal(a->run.disk_floor_bytes, b->run.disk_floor_bytes);
	assert_int_equal(a->run.nice, b->run.nice);
	assert_true(wv_slice_equals(a->run.report, b->run.report));
	assert_true(wv_slice_equals(a->run.metrics, b->run.metrics));
	assert_true(!a->politeness.quiet_hours.is_set && !b->politeness.quiet_hours.is_set);
	assert_int_equal(a->retention.age_us, b->retention.age_us);
	assert_int_equal(a->retention.count, b->retention.count);
	assert_int_equal(a->retention.bytes, b->retention.bytes);
	assert_int_equal(a->network.timeout_us, b->network.timeout_us);
	assert_int_equal(a->network.retries, b->network.retries);
	assert_int_equal(a->network.max_body_bytes, b->network.max_body_bytes);
	assert_int_equal(a->network.port_count, b->network.port_count);
	assert_memory_equal(a->network.ports, b->network.ports, 2 * sizeof(*a->network.ports));
	assert_true(wv_slice_equals(a->archive, b->archive));
	assert_true(wv_slice_equals(a->agent_name, b->agent_name));
	assert_int_equal(a->agent_tokens.n, b->agent_tokens.n);
	assert_true(a->serve.robots == b->serve.robots);
	assert_int_equal(a->source_count, 0);
	assert_int_equal(a->contact.n, 0);
}

/* ---- the three lists of keys ---- */

struct lists {
	struct wv_slice template, manual;
	size_t keys, faults;
};

static bool has(struct wv_slice text, const char *format, ...) WV_PRINTF(2, 3);
static bool has(struct wv_slice text, const char *format, ...)
{
	char words[200];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	assert_true(n > 0 && (size_t)n < sizeof(words));
	return wv_slice_find(text, wv_slice_of(words), 0) != SIZE_MAX;
}

/* The part of the manual about a section. */
static struct wv_slice manual_of(struct wv_slice manual, const char *section)
{
	char mark[100];
	size_t from = wv_slice_find(manual, WV_LIT(".Ss The file itself\n"), 0), to;

	(void)snprintf(mark, sizeof(mark), ".\\\" section: %s\n", section);
	if (section[0])
		from = wv_slice_find(manual, wv_slice_of(mark), 0);
	if (from == SIZE_MAX)
		return WV_SLICE_NONE;
	to = wv_slice_find(manual, WV_LIT("\n.Ss "), from);
	return wv_slice_part(manual, from, (to == SIZE_MAX ? manual.n : to) - from);
}

static void check_section(void *context, const struct wv_settings_section *section)
{
	struct lists *lists = context;
	struct wv_slice manual = manual_of(lists->manual, section->name);
	size_t at = 0, items = 0;

	if (manual.n == 0) {
		print_error("section '%s' is not in the manual\n", section->name);
		lists->faults++;
	}
	for (size_t i = 0; i < section->count; i++) {
		const struct wv_settings_key *key = &section->keys[i];

		lists->keys++;
		if (!has(manual, "\n.It Ic %s : Ar ", key->name)) {
			print_error("key '%s' of '%s' is not in the manual\n", key->name,
				    section->name);
			lists->faults++;
		}
		if (key->fallback && !key->section &&
		    !wv_slice_equals(wv_slice_of(section->name), WV_LIT("agent")) &&
		    wv_slice_find(manual, wv_slice_of(key->name), 0) != SIZE_MAX) {
			char line[200];
			size_t from, end;
			struct wv_slice head;

			(void)snprintf(line, sizeof(line), "\n.It Ic %s : Ar ", key->name);
			from = wv_slice_find(manual, wv_slice_of(line), 0);
			end = wv_slice_find_byte(manual, '\n', from + 1);
			head = wv_slice_part(manual, from, end - from);
			(void)snprintf(line, sizeof(line), "Pq default : Li %s", key->fallback);
			if (!wv_slice_ends(head, wv_slice_of(line))) {
				print_error("default of '%s' in '%s' is not '%s' in the manual\n",
					    key->name, section->name, key->fallback);
				lists->faults++;
			}
		}
		if (!has(lists->template, " %s:", key->name) &&
		    !has(lists->template, "#%s:", key->name) &&
		    !has(lists->template, "{%s:", key->name) &&
		    !has(lists->template, "\n%s:", key->name)) {
			print_error("key '%s' of '%s' is not in the template\n", key->name,
				    section->name);
			lists->faults++;
		}
	}
	/* And nothing else is in the manual's section. */
	while ((at = wv_slice_find(manual, WV_LIT("\n.It Ic "), at)) != SIZE_MAX) {
		at++;
		items++;
	}
	if (items != section->count) {
		print_error("section '%s': %zu keys, %zu in the manual\n", section->name,
			    section->count, items);
		lists->faults++;
	}
}

static void test_keys_are_listed(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf manual = {.cap = WV_MIB};
	struct lists lists = {.template = wv_settings_template()};

	(void)state;
	read_file(WV_SOURCE_DIR "/config/wirevault.yaml.5", &manual);
	lists.manual = wv_buf_slice(&manual);
	/* That the template has no other key: it parses, and unknown keys are faults. */
	wv_settings_each_section(check_section, &lists);
	assert_int_equal(lists.faults, 0);
	assert_true(lists.keys > 80);
}

static void test_examples(void **state)
{
	DIR *dir = opendir(WV_SOURCE_DIR "/config/examples");
	const struct dirent *entry;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		struct wv_settings_file *file = NULL;
		char path[600];

		if (!wv_slice_ends(wv_slice_of(entry->d_name), WV_LIT(".yaml")))
			continue;
		(void)snprintf(path, sizeof(path), WV_SOURCE_DIR "/config/examples/%s",
			       entry->d_name);
		if (wv_settings_load(path, say, NULL, &file, NULL) != WV_OK)
			fail_msg("%s has faults", path);
		assert_int_equal(wv_settings_warnings(file).n, 0);
		assert_true(wv_settings_get(file)->source_count > 0);
		assert_true(wv_settings_get(file)->contact.n > 0);
		wv_settings_free(&file);
		n++;
	}
	assert_int_equal(closedir(dir), 0);
	assert_int_equal(n, 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations), cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_template),  cmocka_unit_test(test_keys_are_listed),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
