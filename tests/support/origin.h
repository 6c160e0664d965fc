#ifndef WV_TESTS_SUPPORT_ORIGIN_H
#define WV_TESTS_SUPPORT_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * A server on loopback that does exactly what a script says, byte by byte: slow, short, lying,
 * silent, endless. One thread serves any number of connections; every request is kept as it came.
 * Failures of the machine (no socket, no memory) abort: a test cannot go on without its origin.
 */
enum origin_act {
	ORIGIN_SEND,   /* bytes; n 0: a C string */
	ORIGIN_REPEAT, /* bytes, `count` times; -1: until the other side goes away */
	ORIGIN_TRICKLE,/* bytes, one at a time, `count` milliseconds between two */
	ORIGIN_PAUSE,  /* `count` milliseconds */
	ORIGIN_HANG,   /* nothing more, until the other side goes away */
	ORIGIN_CLOSE,  /* the connection; also what a script without an end does */
	ORIGIN_RESET,  /* the same with RST */
	ORIGIN_AGAIN,  /* keep the connection: the next request on it is awaited */
	ORIGIN_BARRIER,/* waits until `count` connections have come to a barrier */
};

struct origin_step {
	enum origin_act act;
	const char *bytes;
	size_t n;
	long count;
};

#define ORIGIN_STEPS_MAX 12
struct origin_script {
	const char *path; /* of the request line, up to "?"; "*" is for every path not named before,
	                     "" answers as soon as the connection is there */
	struct origin_step steps[ORIGIN_STEPS_MAX];
};

struct origin_options {
	const struct origin_script *scripts; /* borrowed until origin_stop */
	size_t script_count;
	const char *address;                 /* NULL: 127.0.0.1; "::1", "127.0.0.2", ... */
	bool tls;                            /* with a certificate of its own making */
	const char *tls_name;                /* its subject's name; NULL: localhost */
};

struct origin;
struct origin *origin_start(const struct origin_options *options);
void origin_stop(struct origin **origin);
uint16_t origin_port(const struct origin *origin);
/* PEM of the self-signed certificate, so that it can stand in a CA file. */
struct wv_slice origin_certificate(const struct origin *origin);

/* What has been asked so far. Request bytes up to and with the empty line, valid until origin_stop
 * if nothing is asked meanwhile; the empty slice where there is none with this index. */
size_t origin_request_count(struct origin *origin);
struct wv_slice origin_request(struct origin *origin, size_t index);
size_t origin_connection_count(struct origin *origin); /* accepted so far */
void origin_forget_requests(struct origin *origin);

/* "http://127.0.0.1:PORT/path" into the buffer given; returns it. */
const char *origin_url(const struct origin *origin, const char *path, char *buffer, size_t room);

#endif
