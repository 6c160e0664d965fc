#include "archive/proof/verify_parts.h"

#include <stdarg.h>
#include <stdio.h>

#define WHAT_BYTES 768

void wv_verify_found(struct wv_verifier *v, enum wv_table table, const char *record,
                     const char *format, ...)
{
	char what[WHAT_BYTES];
	const struct wv_finding finding = {wv_table_name(table), record, what};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	v->counts.findings++;
	if (v->options->found)
		v->options->found(&finding, v->options->context);
}

enum wv_status wv_verify_renew(struct wv_verifier *v, struct wv_err *err)
{
	enum wv_status st;

	wv_loader_done(&v->loader);
	wv_txn_abort(&v->txn);
	st = wv_store_begin_read(v->store, &v->txn, err);
	if (st == WV_OK)
		wv_loader_init(&v->loader, v->txn);
	return st;
}
