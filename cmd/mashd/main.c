/* mashd's main: options, start, signals, drain. Everything else is in lib/app. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "app/app.h"
#include "base/embedded.h"
#include "base/log.h"

#include "base/banned.h"

enum exit_status { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct options {
	bool help;
	bool version;
	bool check_config;
	const char *file;
	int argc; /* what is left for the settings */
	char **argv;
};

static struct options read_options(int argc, char **argv)
{
	struct options o = {.argv = argv + 1};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			o.help = true;
		else if (strcmp(argv[i], "--version") == 0)
			o.version = true;
		else if (strcmp(argv[i], "--check-config") == 0)
			o.check_config = true;
		else if (strncmp(argv[i], "--config=", 9) == 0)
			o.file = argv[i] + 9;
		else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			o.file = argv[++i];
		else
			o.argv[o.argc++] = argv[i];
	}
	return o;
}

static int complain(const struct err *err)
{
	(void)fprintf(stderr, "mashd: %s%s%s\n", err->place, err->place[0] == '\0' ? "" : ": ", err->detail);
	return EXIT_USAGE;
}

static void print_help(struct arena *arena)
{
	(void)printf("mashd: follows up safeguarding referrals over HTTP\n\n"
		     "usage: mashd [options]\n\n"
		     "  --help                     this text\n"
		     "  --version                  version of the API and of the database's schema\n"
		     "  --check-config             check everything but the database, show what is in force, end\n"
		     "  --config FILE              lines of NAME=value, names as in the environment\n"
		     "%s",
		     settings_help(settings_table, settings_count, arena));
}

static enum log_level level_of(const char *name)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	int level = LOG_LEVEL_DEBUG;
	while (level > LOG_LEVEL_ERROR && strcmp(names[level], name) != 0)
		level--;
	return (enum log_level)level;
}

/* The signals that end the daemon are taken by sigwait() below; SIGPIPE is an error code of write(). */
static sigset_t block_signals(void)
{
	sigset_t signals;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signals;
}

static int serve(struct app *app, struct err *err)
{
	sigset_t signals = block_signals();
	if (app_start(app, err) != ERR_NONE) {
		log_error("start_failed", "place", err->place, "detail", err->detail);
		return EXIT_FAILED;
	}
	char port[8];
	(void)snprintf(port, sizeof port, "%u", (unsigned)app_port(app));
	log_info("listening", "address", app->settings.listen, "port", port, "schema", embedded_schema_version);
	(void)sd_notify(0, "READY=1");
	int signal = 0;
	(void)sigwait(&signals, &signal);
	(void)sd_notify(0, "STOPPING=1");
	log_info("draining", "signal", signal == SIGTERM ? "SIGTERM" : "SIGINT");
	app_drain(app);
	return EXIT_FINE;
}

static int run(struct app *app, const struct options *o, struct err *err)
{
	enum err_code code = settings_read(settings_table, settings_count, o->argc, o->argv, o->file, &app->arena,
					   &app->settings, err);
	if (code == ERR_NONE)
		code = settings_check(&app->settings, err);
	if (code != ERR_NONE)
		return complain(err);
	log_set_level(level_of(app->settings.log_level));
	if (app_load(app, err) != ERR_NONE)
		return complain(err);
	if (o->check_config) {
		(void)fputs(settings_text(settings_table, settings_count, &app->settings, &app->arena), stdout);
		return EXIT_FINE;
	}
	return serve(app, err);
}

int main(int argc, char **argv)
{
	struct app app = {0};
	struct err err = {0};
	arena_init(&app.arena, APP_ARENA_MAX);
	struct options o = read_options(argc, argv);
	int status = EXIT_FINE;
	if (o.help)
		print_help(&app.arena);
	else if (o.version)
		(void)printf("mashd, schema %s\n", embedded_schema_version);
	else
		status = run(&app, &o, &err);
	app_free(&app);
	if (status == EXIT_FINE && !o.help && !o.version && !o.check_config)
		log_info("stopped");
	return status;
}
