#include "crawler/cmd/output.h"

#include "config/base/file.h"

enum wv_status wv_output_write(struct wv_command_context *c, const char *name,
                               struct wv_slice bytes, struct wv_err *err)
{
	if (name && !wv_slice_equals(wv_slice_of(name), WV_LIT("-")))
		return wv_file_replace(name, bytes, err);
	wv_buf_add(c->out, bytes);
	return WV_OK;
}
