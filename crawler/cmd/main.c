#include "config/base/clock.h"
#include "crawler/cmd/command.h"

int main(int argc, char **argv)
{
	return wv_command_main(argc, argv, "wirevault", wv_commands, wv_clock_system());
}
