/* Patterns of CDX filters: a set of places instead of a way back, so that no pattern takes long. */
#include "archive/serve/cdx.h"

/* One atom of an alternative, from its first byte. */
struct atom {
	const unsigned char *p, *end; /* without its quantifier */
	bool may_miss, may_repeat;
};

/* Where the atom at `p` ends; NULL: it does not. */
static const unsigned char *atom_end(const unsigned char *p, const unsigned char *end)
{
	if (*p == '\\')
		return end - p > 1 ? p + 2 : NULL;
	if (*p != '[')
		return p + 1;
	/* A "]" right at the beginning is one of the letters. */
	p += 1 + (end - p > 1 && p[1] == '^');
	for (p += p < end && *p == ']'; p < end && *p != ']'; p++)
		p += *p == '\\' && end - p > 1;
	return p < end ? p + 1 : NULL;
}

static bool is_of_kind(unsigned char kind, unsigned char c)
{
	switch (kind) {
	case 'd':
		return wv_byte_is_digit(c);
	case 'w':
		return wv_byte_is_alnum(c) || c == '_';
	case 's':
		return wv_byte_is_space(c);
	default:
		return kind == c;
	}
}

static bool class_matches(const struct atom *atom, unsigned char c)
{
	const unsigned char *p = atom->p + 1, *end = atom->end - 1;
	bool is_negative = p < end && *p == '^', hit = false;

	for (p += is_negative; p < end; p++) {
		if (*p == '\\' && end - p > 1) {
			hit |= is_of_kind(*++p, c);
		} else if (end - p > 2 && p[1] == '-') {
			hit |= c >= p[0] && c <= p[2];
			p += 2;
		} else {
			hit |= *p == c;
		}
	}
	return hit != is_negative;
}

static bool atom_matches(const struct atom *atom, unsigned char c)
{
	if (*atom->p == '.')
		return true;
	if (*atom->p == '[')
		return class_matches(atom, c);
	return *atom->p == '\\' ? is_of_kind(atom->p[1], c) : *atom->p == c;
}

/* The atoms of one alternative; *p ends at its "|" or at the end. SIZE_MAX: not understood. */
static size_t read_atoms(const unsigned char **p, const unsigned char *end, struct atom *atoms)
{
	size_t n = 0;

	while (*p < end && **p != '|') {
		struct atom *atom = &atoms[n];

		if (n == WV_PATTERN_ATOMS_MAX - 1 || **p == '(' || **p == ')' || **p == '*' || **p == '+' ||
		    **p == '?' || **p == '{')
			return SIZE_MAX;
		*atom = (struct atom){.p = *p, .end = atom_end(*p, end)};
		if (!atom->end)
			return SIZE_MAX;
		*p = atom->end;
		/* What the whole must match needs no anchors. */
		if (atom->end - atom->p == 1 && (*atom->p == '^' || *atom->p == '$'))
			continue;
		if (*p < end && (**p == '*' || **p == '+' || **p == '?')) {
			atom->may_miss = **p != '+';
			atom->may_repeat = **p != '?';
			(*p)++;
		}
		n++;
	}
	return n;
}

enum wv_status wv_pattern_parse(struct wv_slice text, struct wv_pattern *out, struct wv_err *err)
{
	struct wv_cursor all = wv_cursor(text);
	const unsigned char *p = all.p, *end = all.end;
	struct atom atoms[WV_PATTERN_ATOMS_MAX];

	while (p < end) {
		if (read_atoms(&p, end, atoms) == SIZE_MAX)
			return wv_err_set(err, WV_USAGE,
			                  "pattern '%.*s': letters, '.', [..], \\d and the like, each with *, + or "
			                  "?, and '|' between alternatives of at most %u",
			                  WV_FMT(text), WV_PATTERN_ATOMS_MAX - 1);
		p += p < end;
	}
	out->text = text;
	return WV_OK;
}

/* Bit i: the first i atoms are done. What may be missing is passed over. */
static uint64_t pass(const struct atom *atoms, size_t n, uint64_t places)
{
	for (size_t i = 0; i < n; i++)
		if (places >> i & 1 && atoms[i].may_miss)
			places |= UINT64_C(1) << (i + 1);
	return places;
}

static bool alternative_matches(const struct atom *atoms, size_t n, struct wv_slice value,
                                bool is_beginning)
{
	uint64_t places = pass(atoms, n, 1);

	for (size_t k = 0; k < value.n && places; k++) {
		if (is_beginning && places >> n & 1)
			return true;
		uint64_t next = 0;

		for (size_t i = 0; i < n; i++)
			if (places >> i & 1 && atom_matches(&atoms[i], value.p[k]))
				next |= (UINT64_C(1) << (i + 1)) | (atoms[i].may_repeat ? UINT64_C(1) << i : 0);
		/* An atom that was there may be there again: its bit stands for "once more". */
		places = pass(atoms, n, next);
	}
	return places >> n & 1;
}

bool wv_pattern_matches(const struct wv_pattern *pattern, struct wv_slice value)
{
	struct wv_cursor all = wv_cursor(pattern->text);
	const unsigned char *p = all.p, *end = all.end;
	struct atom atoms[WV_PATTERN_ATOMS_MAX];

	if (!pattern->text.n)
		return !value.n || pattern->is_beginning;
	while (p < end) {
		const unsigned char *from = p;
		size_t n = read_atoms(&p, end, atoms);
		bool is_whole = p > from && p[-1] == '$' && !(p - from > 1 && p[-2] == '\\');

		if (n != SIZE_MAX &&
		    alternative_matches(atoms, n, value, pattern->is_beginning && !is_whole))
			return true;
		p += p < end;
	}
	return false;
}
