#include "archive/proof/prove.h"

#include "archive/proof/anchor.h"
#include "config/base/base64.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/read.h"

static const struct wv_option options[] = {
	{"since", 0, "SIZE", "also that the log of so many captures is a beginning of this one", false,
         false},
	{"head", 0, NULL, "only the newest signed head, to be kept elsewhere", false, false},
	{"script", 0, NULL, "only check.sh, which checks a proof with a shell and openssl", false,
         false},
};

static const char *const details[] = {
	"Prints the proof of a capture: what the log says of it and the salt, the path from there to the "
	"root of the Merkle log (RFC 6962), and the head that was signed with Ed25519 when the run "
	"ended. With --since also the consistency with an older, smaller log.",
	"Nothing of wirevault is needed to check it: 'prove --script' prints a shell script that does so "
	"with openssl alone. Keep heads ('prove --head') where whoever keeps the archive cannot change "
	"them: 'verify --head' finds a log that was rolled back or forked since.",
	NULL,
};

static const char *const examples[] = {
	"wirevault prove 4711 >proof.txt",
	"the proof of capture 4711",
	"wirevault prove --script >check.sh && sh check.sh proof.txt page.html",
	"what somebody without wirevault does with it, and with the restored page",
	"wirevault prove --head >2026-03-05.head",
	"a head to be kept elsewhere",
	NULL,
};

static void json_base64(struct wv_json_writer *w, const char *key, const void *bytes, size_t n)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 1024 * WV_KIB};

	wv_base64_add(&text, wv_slice(bytes, n), 0);
	wv_json_string(w, key, wv_buf_slice(&text));
}

static void json_path(struct wv_json_writer *w, const char *key, const struct wv_merkle_proof *path)
{
	wv_json_open_array(w, key);
	for (size_t i = 0; i < path->count; i++)
		wv_json_digest(w, NULL, &path->nodes[i]);
	wv_json_close(w);
}

static void json_head(struct wv_json_writer *w, const struct wv_signed_head *head)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 64 * WV_KIB};

	wv_json_u64(w, "size", head->head.size);
	wv_json_digest(w, "root", &head->head.root);
	wv_json_time(w, "recorded", head->head.recorded);
	wv_head_add_message(&text, head);
	wv_json_string(w, "message", wv_buf_slice(&text));
	json_base64(w, "signature", head->signature, WV_HEAD_SIGNATURE_BYTES);
	wv_buf_reset(&text);
	wv_head_add_key(&text, head->key);
	wv_json_string(w, "key", wv_buf_slice(&text));
	if (head->is_simulated)
		wv_json_string(w, "clock", WV_LIT("simulated"));
}

static void json_anchor(struct wv_json_writer *w, const struct wv_anchor *anchor)
{
	wv_json_open_object(w, NULL);
	wv_json_string(w, "by", anchor->by);
	wv_json_time(w, "recorded", anchor->recorded);
	if (anchor->response.n)
		wv_json_time(w, "stamped", anchor->stamped);
	else
		wv_json_null(w, "stamped");
	json_base64(w, "request", anchor->request.p, anchor->request.n);
	json_base64(w, "response", anchor->response.p, anchor->response.n);
	wv_json_close(w);
}

static enum wv_status print_json(const struct wv_read *read, const struct wv_proof *proof,
                                 struct wv_err *err)
{
	struct wv_json_writer w;
	struct wv_anchor anchor;
	enum wv_status st = WV_OK;

	wv_json_begin(&w, read->c->out);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, read, &proof->capture);
	wv_json_string(&w, "leaf", proof->leaf);
	json_base64(&w, "salt", proof->salt, WV_SALT_BYTES);
	wv_json_digest(&w, "leaf_hash", &proof->leaf_hash);
	json_path(&w, "path", &proof->path);
	wv_json_open_object(&w, "head");
	json_head(&w, &proof->head);
	wv_json_close(&w);
	wv_json_open_array(&w, "anchors");
	for (uint32_t i = 0; st == WV_OK; i++) {
		st = wv_anchor_get(read->txn, read->arena, proof->head.head.size, i, &anchor, err);
		if (st == WV_OK)
			json_anchor(&w, &anchor);
	}
	wv_json_close(&w);
	if (proof->has_old) {
		wv_json_open_object(&w, "since");
		if (proof->is_old_signed) {
			json_head(&w, &proof->old_signed);
		} else {
			wv_json_u64(&w, "size", proof->old.size);
			wv_json_digest(&w, "root", &proof->old.root);
		}
		json_path(&w, "path", &proof->consistency);
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_buf_add_byte(read->c->out, '\n');
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status print_head(struct wv_read *read, struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	struct wv_signed_head head = {0};
	struct wv_json_writer w;
	enum wv_status st = wv_head_newest_signed(read->txn, 1, &head, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "the archive has no signed head: heads are signed when a run ends");
	if (st != WV_OK)
		return st;
	if (!c->json) {
		wv_head_add_text(c->out, &head);
		wv_head_add_key(c->out, head.key);
		return WV_OK;
	}
	wv_json_begin(&w, c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	json_head(&w, &head);
	wv_json_close(&w);
	wv_buf_add_byte(c->out, '\n');
	return WV_OK;
}

static enum wv_status print_proof(struct wv_read *read, uint64_t id, struct wv_err *err)
{
	struct wv_command_context *c = read->c;
	struct wv_proof proof;
	struct wv_standing standing;
	uint64_t since = 0;
	enum wv_status st = wv_command_u64(c, "since", &since, err);

	/* What was taken down is refused here as everywhere: a leaf names the address. */
	if (st == WV_OK)
		st = wv_read_capture(read, c->arguments[0], WV_STANDING_AT, &standing, err);
	if (st == WV_OK)
		st = wv_prove(read->txn, read->arena, id, &proof, err);
	if (st == WV_OK && wv_command_has(c, "since"))
		st = wv_prove_since(read->txn, since, &proof, err);
	if (st != WV_OK)
		return st;
	if (c->json)
		return print_json(read, &proof, err);
	wv_proof_add_text(c->out, &proof);
	return WV_OK;
}

static enum wv_status prove(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_read_done) struct wv_read read = {0};
	bool alone = wv_command_has(c, "head") || wv_command_has(c, "script");
	uint64_t id = 0;
	enum wv_status st;

	if (alone && (c->argument_count || wv_command_has(c, "since") ||
	              (wv_command_has(c, "head") && wv_command_has(c, "script"))))
		return wv_err_set(err, WV_USAGE, "--head and --script stand alone");
	if (wv_command_has(c, "script")) {
		wv_buf_add_bytes(c->out, wv_check_script, wv_check_script_bytes);
		return WV_OK;
	}
	if (!alone && c->argument_count == 0)
		return wv_err_set(err, WV_USAGE, "prove needs the ID of a capture");
	if (!alone && !wv_read_is_id(c->arguments[0], &id))
		return wv_err_set(err, WV_USAGE, "'%s' is no capture's ID: 'history --captures URL' lists them",
		                  c->arguments[0]);
	st = wv_read_open(c, &read, err);
	if (st != WV_OK)
		return st;
	return alone ? print_head(&read, err) : print_proof(&read, id, err);
}

const struct wv_command wv_command_prove = {
	.name = "prove",
	.summary = "print the proof that a capture is what was captured",
	.arguments = "[ID]",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.min_arguments = 0,
	.max_arguments = 1,
	.flags = WV_COMMAND_ARCHIVE,
	.run = prove,
};
