#include "archive/search/subscription.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/text.h"

#define BUSY_MS 5000

struct file {
	sqlite3 *db;
	const char *dir;
};

static enum wv_status fail(const struct file *file, int code, struct wv_err *err)
{
	enum wv_status st = WV_IO;

	switch (code & 0xff) {
	case SQLITE_BUSY:
		st = WV_LOCKED;
		break;
	case SQLITE_FULL:
		st = WV_FULL;
		break;
	case SQLITE_NOMEM:
		st = WV_NOMEM;
		break;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		st = WV_PERM;
		break;
	case SQLITE_CANTOPEN:
		st = access(file->dir, W_OK) == 0 ? WV_CREATE : WV_PERM;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR:
		st = WV_DAMAGED;
		break;
	default:
		break;
	}
	return wv_err_set(err, st, "subscriptions in '%s': %s", file->dir,
	                  file->db ? sqlite3_errmsg(file->db) : sqlite3_errstr(code));
}

static void file_close(struct file *file)
{
	sqlite3_close(file->db);
	file->db = NULL;
}

/* WV_NO: there is no file, and none is to be made. */
static enum wv_status file_open(const char *dir, bool makes, struct file *file, struct wv_err *err)
{
	char *path = NULL;
	int code;

	*file = (struct file){NULL, dir};
	if (asprintf(&path, "%s/subscriptions.db", dir) < 0)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (access(path, F_OK) != 0) {
		int fd = makes ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

		if (fd < 0 && !makes) {
			free(path);
			return WV_NO;
		}
		if (fd >= 0)
			close(fd);
	}
	code = sqlite3_open_v2(path, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	free(path);
	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(file->db, BUSY_MS);
		if (makes)
			code = sqlite3_exec(file->db,
			                    "CREATE TABLE IF NOT EXISTS subscriptions(name TEXT "
			                    "PRIMARY KEY, query TEXT NOT NULL, hook TEXT NOT NULL, "
			                    "created INTEGER NOT NULL, told INTEGER NOT NULL)",
			                    NULL, NULL, NULL);
	}
	return code == SQLITE_OK ? WV_OK : fail(file, code, err);
}

static enum wv_status prepare(const struct file *file, const char *text, sqlite3_stmt **sql,
                              struct wv_err *err)
{
	int code = sqlite3_prepare_v2(file->db, text, -1, sql, NULL);

	return code == SQLITE_OK ? WV_OK : fail(file, code, err);
}

static void bind(sqlite3_stmt *sql, int at, struct wv_slice text)
{
	sqlite3_bind_text64(sql, at, text.n ? (const char *)text.p : "", text.n, SQLITE_STATIC,
	                    SQLITE_UTF8);
}

/* Steps a change to its end, closes all; WV_NO where nothing was changed. */
static enum wv_status finish(struct file *file, sqlite3_stmt *sql, struct wv_err *err)
{
	int code = sqlite3_step(sql);
	enum wv_status st = code == SQLITE_DONE ? WV_OK : fail(file, code, err);

	if (st == WV_OK && sqlite3_changes(file->db) == 0)
		st = WV_NO;
	sqlite3_finalize(sql);
	file_close(file);
	return st;
}

enum wv_status wv_subscription_check_name(struct wv_slice name, struct wv_err *err)
{
	size_t at = 0;

	if (name.n == 0 || name.n > WV_SUBSCRIPTION_NAME_MAX)
		return wv_err_set(err, WV_USAGE, "the name of a subscription has 1 to %u bytes",
		                  WV_SUBSCRIPTION_NAME_MAX);
	while (at < name.n) {
		uint32_t c = wv_text_next(name, &at);

		if (!wv_text_is_letter(c) && !wv_text_is_digit(c) && c != '-' && c != '_')
			return wv_err_set(err, WV_USAGE,
			                  "'%.*s' is no name: letters, digits, - and _ make one",
			                  WV_FMT(name));
	}
	return WV_OK;
}

enum wv_status wv_subscription_put(const char *dir, const struct wv_subscription *s,
                                   struct wv_err *err)
{
	struct file file;
	sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_subscription_check_name(s->name, err);

	if (st == WV_OK)
		st = file_open(dir, true, &file, err);
	else
		return st;
	if (st == WV_OK)
		st = prepare(&file,
		             "INSERT INTO subscriptions VALUES(?1, ?2, ?3, ?4, ?5) ON "
		             "CONFLICT(name) DO UPDATE SET query = ?2, hook = ?3",
		             &sql, err);
	if (st != WV_OK) {
		file_close(&file);
		return st;
	}
	bind(sql, 1, s->name);
	bind(sql, 2, s->query);
	bind(sql, 3, s->hook);
	sqlite3_bind_int64(sql, 4, s->created.us);
	sqlite3_bind_int64(sql, 5, s->told.us);
	return finish(&file, sql, err);
}

static struct wv_slice column(struct wv_arena *arena, sqlite3_stmt *sql, int i)
{
	const void *text = sqlite3_column_text(sql, i);

	return wv_arena_copy(arena,
	                     wv_slice(text, text ? (size_t)sqlite3_column_bytes(sql, i) : 0));
}

enum wv_status wv_subscription_list(const char *dir, struct wv_arena *arena,
                                    struct wv_subscription **out, size_t *count, struct wv_err *err)
{
	struct wv_subscription *list = NULL;
	struct file file;
	sqlite3_stmt *sql = NULL;
	size_t n = 0, room = 0;
	int code = SQLITE_ROW;
	enum wv_status st = file_open(dir, false, &file, err);

	*out = NULL;
	*count = 0;
	if (st == WV_OK)
		st = prepare(&file,
		             "SELECT name, query, hook, created, told FROM subscriptions ORDER BY name",
		             &sql, err);
	while (st == WV_OK && (code = sqlite3_step(sql)) == SQLITE_ROW) {
		if (n == room) {
			struct wv_subscription *larger =
				WV_ARENA_ARRAY(arena, struct wv_subscription, room * 2 + 8);

			if (!larger) {
				st = wv_err_set(err, WV_NOMEM, "out of memory");
				break;
			}
			if (n)
				memcpy(larger, list, n * sizeof *list);
			list = larger;
			room = room * 2 + 8;
		}
		list[n++] = (struct wv_subscription){
			.name = column(arena, sql, 0),
			.query = column(arena, sql, 1),
			.hook = column(arena, sql, 2),
			.created = {sqlite3_column_int64(sql, 3)},
			.told = {sqlite3_column_int64(sql, 4)},
		};
	}
	if (st == WV_OK && code != SQLITE_DONE)
		st = fail(&file, code, err);
	sqlite3_finalize(sql);
	file_close(&file);
	if (st == WV_NO)
		return WV_OK;
	*out = list;
	*count = st == WV_OK ? n : 0;
	return st;
}

enum wv_status wv_subscription_get(const char *dir, struct wv_arena *arena, struct wv_slice name,
                                   struct wv_subscription *out, struct wv_err *err)
{
	struct wv_subscription *list;
	size_t count;
	enum wv_status st = wv_subscription_list(dir, arena, &list, &count, err);

	for (size_t i = 0; st == WV_OK && i < count; i++)
		if (wv_slice_equals(list[i].name, name)) {
			*out = list[i];
			return WV_OK;
		}
	return st == WV_OK ? WV_NO : st;
}

enum wv_status wv_subscription_remove(const char *dir, struct wv_slice name, struct wv_err *err)
{
	struct file file;
	sqlite3_stmt *sql = NULL;
	enum wv_status st = file_open(dir, false, &file, err);

	if (st == WV_OK)
		st = prepare(&file, "DELETE FROM subscriptions WHERE name = ?1", &sql, err);
	if (st != WV_OK) {
		file_close(&file);
		return st;
	}
	bind(sql, 1, name);
	return finish(&file, sql, err);
}

enum wv_status wv_subscription_told(const char *dir, struct wv_slice name, struct wv_time told,
                                    struct wv_err *err)
{
	struct file file;
	sqlite3_stmt *sql = NULL;
	enum wv_status st = file_open(dir, false, &file, err);

	if (st == WV_OK)
		st = prepare(&file,
		             "UPDATE subscriptions SET told = max(told, ?2) WHERE name = ?1", &sql,
		             err);
	if (st != WV_OK) {
		file_close(&file);
		return st;
	}
	bind(sql, 1, name);
	sqlite3_bind_int64(sql, 2, told.us);
	return finish(&file, sql, err);
}

enum wv_status wv_subscription_copy(const char *dir, const char *to_dir, struct wv_err *err)
{
	struct file file;
	sqlite3_stmt *sql = NULL;
	char *path = NULL;
	enum wv_status st = file_open(dir, false, &file, err);

	if (st == WV_OK)
		st = prepare(&file, "VACUUM INTO ?1", &sql, err);
	if (st == WV_OK && asprintf(&path, "%s/subscriptions.db", to_dir) < 0)
		st = wv_err_set(err, WV_NOMEM, "out of memory");
	if (st == WV_OK) {
		int code;

		bind(sql, 1, wv_slice_of(path));
		code = sqlite3_step(sql);
		st = code == SQLITE_DONE ? WV_OK : fail(&file, code, err);
	}
	sqlite3_finalize(sql);
	file_close(&file);
	if (st == WV_OK && chmod(path, 0600) != 0)
		st = wv_err_errno(err, WV_IO, errno, "cannot set the mode of '%s'", path);
	free(path);
	return st;
}
