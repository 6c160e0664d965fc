#include "config/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#define LINE_BYTES  2048u
#define VALUE_BYTES 512u

/* The one mutable global that style.md allows beside the stop flag, with what belongs to it. */
static atomic_int current_level = WV_LOG_WARN;
static atomic_int descriptor = 2;
static pthread_mutex_t around_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the three below */
static void (*around_before)(void *context);
static void (*around_after)(void *context);
static void *around_context;

void wv_log_set_level(enum wv_log_level level)
{
	atomic_store(&current_level, (int)level);
}

void wv_log_set_descriptor(int fd)
{
	atomic_store(&descriptor, fd);
}

bool wv_log_is_on(enum wv_log_level level)
{
	return (int)level <= atomic_load(&current_level) && atomic_load(&descriptor) >= 0;
}

void wv_log_set_around(void (*before)(void *context), void (*after)(void *context), void *context)
{
	pthread_mutex_lock(&around_lock);
	around_before = before;
	around_after = after;
	around_context = context;
	pthread_mutex_unlock(&around_lock);
}

static void add_escaped(struct wv_buf *line, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	wv_buf_add_string(line, "\\x");
	wv_buf_add_byte(line, (unsigned char)hex[c >> 4]);
	wv_buf_add_byte(line, (unsigned char)hex[c & 15]);
}

/* U+0080 to U+009F: a terminal takes U+009B for the beginning of a command, as it does ESC [. */
static bool is_control_of_two(struct wv_slice rest)
{
	return rest.n >= 2 && rest.p[0] == 0xC2 && rest.p[1] >= 0x80 && rest.p[1] <= 0x9F;
}

/* Control signs and quotes never reach a terminal or a log reader as they are. */
static void add_value(struct wv_buf *line, struct wv_slice value)
{
	size_t n = value.n < VALUE_BYTES ? value.n : VALUE_BYTES;
	bool quoted = value.n == 0;

	for (size_t i = 0; i < n && !quoted; i++)
		quoted = value.p[i] <= ' ' || value.p[i] == '"' || value.p[i] == '=' ||
		         value.p[i] == 0x7F;
	if (quoted)
		wv_buf_add_byte(line, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = value.p[i];

		if (c == '"' || c == '\\') {
			wv_buf_add_byte(line, '\\');
			wv_buf_add_byte(line, c);
		} else if (c < ' ' || c == 0x7F) {
			add_escaped(line, c);
		} else if (is_control_of_two(wv_slice_from(value, i))) {
			add_escaped(line, c);
			add_escaped(line, value.p[++i]);
		} else {
			wv_buf_add_byte(line, c);
		}
	}
	if (n < value.n)
		wv_buf_add_string(line, "...");
	if (quoted)
		wv_buf_add_byte(line, '"');
}

static void write_line(int fd, struct wv_slice line)
{
	while (line.n) {
		ssize_t n = write(fd, line.p, line.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		line = wv_slice_from(line, (size_t)n);
	}
}

void wv_log(enum wv_log_level level, const char *message, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = 16u * LINE_BYTES};
	va_list args;
	const char *key;

	if (!wv_log_is_on(level))
		return;
	wv_buf_add_format(&line, "%s: %s", names[level], message);
	va_start(args, message);
	while ((key = va_arg(args, const char *)) != NULL) {
		wv_buf_add_format(&line, " %s=", key);
		add_value(&line, va_arg(args, struct wv_slice));
	}
	va_end(args);
	wv_buf_add_byte(&line, '\n');
	pthread_mutex_lock(&around_lock);
	if (around_before)
		around_before(around_context);
	write_line(atomic_load(&descriptor), wv_buf_slice(&line));
	if (around_after)
		around_after(around_context);
	pthread_mutex_unlock(&around_lock);
}
