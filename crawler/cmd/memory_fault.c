#include "crawler/cmd/memory_fault.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "config/base/status.h"

/* Made before anything can go wrong: a handler may only write it out. */
static char fault_message[4096];
static int fault_message_bytes;

static void on_fault(int signal_number)
{
	(void)signal_number;
	(void)!write(STDERR_FILENO, fault_message, (size_t)fault_message_bytes);
	_exit(wv_status_exit_code(WV_DAMAGED));
}

void wv_memory_fault_watch(const char *archive)
{
	/* Once only: a fault in the handler itself ends as the system ends it. */
	struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_RESETHAND};

	fault_message_bytes = snprintf(
		fault_message, sizeof(fault_message),
		"wirevault: archive '%.3000s' cannot be read: its data file is damaged, or was cut while "
		"it was read; 'wirevault verify --full' says where (if it finds nothing, this is a bug)\n",
		archive);
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

void wv_memory_fault_ignore(void)
{
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
}
