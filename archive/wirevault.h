#ifndef WIREVAULT_H
#define WIREVAULT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Reading a wirevault archive from other programs. Read-only: nothing here writes, and a crawl may
 * run meanwhile. Link with -lwirevault (pkg-config wirevault).
 *
 *   struct wirevault *archive;
 *   struct wirevault_capture *capture;
 *   char why[256];
 *
 *   if (wirevault_open("/var/lib/wirevault", &archive, why, sizeof why) != WIREVAULT_OK)
 *           ...
 *   if (wirevault_at(archive, "https://example.com/a", WIREVAULT_ANY_TIME, WIREVAULT_ANY_TIME,
 *                    &capture) == WIREVAULT_OK) {
 *           printf("%s\n", capture->url);
 *           wirevault_capture_free(capture);
 *   }
 *   wirevault_close(archive);
 *
 * Times are microseconds since 1970, UTC. Text is UTF-8 as the page gave it, ends in NUL, is never
 * NULL and may be empty. An archive handle belongs to one thread at a time; open one for each.
 * Do not use a handle after fork, nor open one archive twice in a process.
 * What was taken down answers WIREVAULT_NO, and wirevault_why says what, when and why.
 */
struct wirevault;

enum wirevault_status {
	WIREVAULT_OK = 0,
	WIREVAULT_NO = 1,       /* there is none; the end */
	WIREVAULT_USAGE = 2,    /* not a URL; an archive of a newer format */
	WIREVAULT_MISSING = 3,  /* no archive there */
	WIREVAULT_DAMAGED = 4,  /* the archive contradicts itself: `wirevault verify` tells where */
	WIREVAULT_NOMEM = 5,
	WIREVAULT_IO = 6,       /* not readable, or not permitted */
};

#define WIREVAULT_ANY_TIME INT64_MIN

/* `why` (may be NULL) gets the reason of a failure, in words. */
enum wirevault_status wirevault_open(const char *folder, struct wirevault **archive, char *why,
                                     size_t why_bytes);
void wirevault_close(struct wirevault *archive); /* NULL is fine */
/* The reason of the last failure on this handle; "" if there was none. */
const char *wirevault_why(const struct wirevault *archive);

/* One fetch of a page, as it was recorded. */
struct wirevault_capture {
	uint64_t id;
	int64_t captured_us;     /* when the server answered */
	int64_t recorded_us;     /* when the archive learned of it */
	int32_t status;          /* HTTP; 0: no answer */
	const char *url;         /* as it was asked for */
	const char *source;      /* name in the settings */
	const char *mime;
	const char *verdict;     /* "article", "listing", "captcha", ... */
	const char *headers;     /* the response's header block */
	int has_body;            /* 1: wirevault_body gives it */
	uint64_t body_bytes;
	unsigned char digest[32]; /* SHA-256 of the body */
	int is_simulated;        /* 1: made with a test clock */
};
void wirevault_capture_free(struct wirevault_capture *capture);

/*
 * The capture that stands for a page at a time: the newest at or before at_us that answered 200
 * (or 304) and is neither truncated, refused, a captcha, a consent wall nor a disguised 404.
 * known_at_us hides what was recorded later. WIREVAULT_NO: none.
 */
enum wirevault_status wirevault_at(struct wirevault *archive, const char *url, int64_t at_us,
                                   int64_t known_at_us, struct wirevault_capture **capture);
enum wirevault_status wirevault_by_id(struct wirevault *archive, uint64_t id,
                                      struct wirevault_capture **capture);

/* All captures of a page, oldest first: `visit` gets each, valid for the call; anything but 0 it
 * returns ends the walk. */
enum wirevault_status wirevault_history(struct wirevault *archive, const char *url, int64_t from_us,
                                        int64_t to_us,
                                        int (*visit)(const struct wirevault_capture *capture,
                                                     void *context),
                                        void *context);

/* The bytes of its body, digest checked; free with wirevault_free. WIREVAULT_NO: none kept. */
enum wirevault_status wirevault_body(struct wirevault *archive,
                                     const struct wirevault_capture *capture,
                                     unsigned char **bytes, size_t *size);

/* Its article: title and text, paragraphs parted by "\n"; free each with wirevault_free.
 * WIREVAULT_NO: it is no article, or was not read yet. */
enum wirevault_status wirevault_article(struct wirevault *archive,
                                        const struct wirevault_capture *capture, char **title,
                                        char **text);
void wirevault_free(void *bytes);

#ifdef __cplusplus
}
#endif

#endif
