/* A proxy between libpq and the server, on a unix socket of its own, that serves one connection after the other. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db_support.h"

#include "base/banned.h"

struct line {
	int client;
	int server;
	bool silent;
};

static bool send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

/* From the client to the server. False: the line is cut. */
static bool pass_on(struct proxy *proxy, struct line *line)
{
	char data[65536];
	ssize_t n = read(line->client, data, sizeof data);
	if (n <= 0)
		return false;
	int mode = atomic_load(&proxy->mode);
	if (mode == PROXY_CUT) {
		atomic_fetch_add(&proxy->cuts, 1);
		return false;
	}
	/* The Bind message names the prepared statement. */
	bool commit = memmem(data, (size_t)n, "db_commit", 9) != NULL;
	if (!send_all(line->server, data, (size_t)n))
		return false;
	if (commit && mode == PROXY_CUT_BEHIND_COMMIT) {
		/* The answer proves that the server has done it. */
		(void)read(line->server, data, sizeof data);
		atomic_fetch_add(&proxy->cuts, 1);
		return false;
	}
	if (mode == PROXY_SILENT || (commit && mode == PROXY_SILENT_BEHIND_COMMIT)) {
		line->silent = true;
		atomic_fetch_add(&proxy->cuts, 1);
	}
	return true;
}

static bool pass_back(struct line *line)
{
	char data[65536];
	ssize_t n = read(line->server, data, sizeof data);
	return n > 0 && (line->silent || send_all(line->client, data, (size_t)n));
}

/* Serves one connection to its end. False: the proxy is to stop. */
static bool serve(struct proxy *proxy, struct line *line)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = line->client, .events = POLLIN},
				       {.fd = line->server, .events = POLLIN},
				       {.fd = proxy->wake[0], .events = POLLIN}};
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[2].revents != 0)
			return false;
		if (fds[0].revents != 0 && !pass_on(proxy, line))
			return true;
		if (fds[1].revents != 0 && !pass_back(line))
			return true;
	}
}

static void *proxy_main(void *argument)
{
	struct proxy *proxy = argument;
	bool on = true;
	while (on) {
		struct pollfd fds[] = {{.fd = proxy->listener, .events = POLLIN},
				       {.fd = proxy->wake[0], .events = POLLIN}};
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents != 0)
			break;
		struct line line = {.client = accept(proxy->listener, NULL, NULL),
				    .server = socket(proxy->server.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
		if (connect(line.server, (struct sockaddr *)&proxy->server, proxy->server_size) == 0)
			on = serve(proxy, &line);
		(void)close(line.client);
		(void)close(line.server);
	}
	return NULL;
}

void proxy_start(struct proxy *proxy)
{
	*proxy = (struct proxy){.server_size = sizeof proxy->server};
	PGconn *conn = PQconnectdb(db_support_url());
	int failed = getpeername(PQsocket(conn), (struct sockaddr *)&proxy->server, &proxy->server_size);
	assert(failed == 0);
	(void)snprintf(proxy->directory, sizeof proxy->directory, "/tmp/mashd-proxy-XXXXXX");
	char *made = mkdtemp(proxy->directory);
	assert(made != NULL);
	const char *password = PQpass(conn);
	(void)snprintf(proxy->url, sizeof proxy->url, "host=%s port=5432 dbname=%s user=%s sslmode=disable%s%s",
		       proxy->directory, PQdb(conn), PQuser(conn), password[0] == '\0' ? "" : " password=", password);
	PQfinish(conn);
	struct sockaddr_un here = {.sun_family = AF_UNIX};
	(void)snprintf(here.sun_path, sizeof here.sun_path, "%s/.s.PGSQL.5432", proxy->directory);
	proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	failed = bind(proxy->listener, (struct sockaddr *)&here, sizeof here) != 0 ||
		 listen(proxy->listener, 16) != 0 || pipe(proxy->wake) != 0 ||
		 pthread_create(&proxy->thread, NULL, proxy_main, proxy) != 0;
	assert(!failed);
}

void proxy_stop(struct proxy *proxy)
{
	char path[128];
	(void)!write(proxy->wake[1], "x", 1);
	(void)pthread_join(proxy->thread, NULL);
	(void)close(proxy->wake[0]);
	(void)close(proxy->wake[1]);
	(void)close(proxy->listener);
	(void)snprintf(path, sizeof path, "%s/.s.PGSQL.5432", proxy->directory);
	(void)unlink(path);
	(void)rmdir(proxy->directory);
}
