#include "crawler/cmd/common_options.h"

static const struct wv_option common_options[] = {
	{"config", 'c', "FILE", "settings file (default: WIREVAULT_CONFIG, else built-in settings)",
         false, false},
	{"archive", 0, "DIR", "archive folder (default: the settings' archive, else ./archive)", false,
         false},
	{"json", 0, NULL, "one JSON object a line", false, false},
	{"jsonl", 0, NULL, "the same as --json", false, false},
	{"verbose", 'v', NULL, "say more on standard error; twice for debugging", true, false},
	{"quiet", 0, NULL, "say nothing but errors; no progress", false, false},
	{"help", 'h', NULL, "show this help", false, false},
};

bool wv_command_common_option(const struct wv_command *command, size_t nth,
                              const struct wv_option **out)
{
	const struct wv_option *option;

	if (nth >= WV_COUNT(common_options))
		return false;
	option = &common_options[nth];
	if ((command->flags & WV_COMMAND_NO_SETTINGS) && nth < 2)
		option = NULL;
	if ((command->flags & (WV_COMMAND_NO_JSON | WV_COMMAND_JSON_ALWAYS)) && (nth == 2 || nth == 3))
		option = NULL;
	*out = option;
	return true;
}
