/*
 * The registry of connections and its watchdog. libmicrohttpd knows idle timeouts only; here every phase of a connection
 * has an absolute deadline, at which the watchdog shuts the socket down under the lock. It never closes one (the number
 * could already be somebody else's), and never touches one whose request is with a worker.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/inside.h"

#include "base/banned.h"

static const uint64_t NS_PER_MS = 1000000;
/* How long a refused client may go on sending before its socket is closed under it. */
static const uint64_t LINGER_NS = UINT64_C(2000000000);
/* How long after it came, or got its last reply, a client may still be about to send when the server drains. */
static const uint64_t PATIENCE_NS = UINT64_C(200000000);

/* ---- lists; the lock is held ---- */

static void unlink_socket(struct sockets *sockets, struct socket *socket)
{
	struct socket_list *list = &sockets->lists[socket->phase];
	*(socket->previous == NULL ? &list->first : &socket->previous->next) = socket->next;
	*(socket->next == NULL ? &list->last : &socket->next->previous) = socket->previous;
}

static void wake(struct sockets *sockets)
{
	uint64_t one = 1;
	ssize_t written = write(sockets->wake_fd, &one, sizeof one);
	(void)written; /* fails only when the counter is full: then it is readable anyway */
}

static void link_socket(struct sockets *sockets, struct socket *socket, enum socket_phase phase)
{
	struct socket_list *list = &sockets->lists[phase];
	socket->phase = phase;
	socket->next = NULL;
	socket->previous = list->last;
	*(list->last == NULL ? &list->first : &list->last->next) = socket;
	list->last = socket;
	if (phase >= SOCKET_TIMED_PHASES)
		return;
	socket->deadline_ns = clock_monotonic_ns() + sockets->duration_ns[phase];
	if (socket->deadline_ns < sockets->wake_ns) {
		sockets->wake_ns = socket->deadline_ns;
		wake(sockets);
	}
}

static void shut(struct sockets *sockets, struct socket *socket)
{
	(void)shutdown(socket->fd, SHUT_RDWR);
	socket->cut = true;
	unlink_socket(sockets, socket);
	link_socket(sockets, socket, SOCKET_HELD);
}

static void move(struct sockets *sockets, struct socket *socket, enum socket_phase phase)
{
	if (socket->cut)
		return;
	unlink_socket(sockets, socket);
	link_socket(sockets, socket, phase);
}

/* ---- what the I/O thread says ---- */

struct socket *sockets_add(struct sockets *sockets, int fd)
{
	struct socket *socket = calloc(1, sizeof *socket);
	if (socket == NULL)
		return NULL;
	socket->fd = fd;
	(void)pthread_mutex_lock(&sockets->lock);
	sockets->count++;
	if (sockets->adopted > 0)
		sockets->adopted--;
	link_socket(sockets, socket, SOCKET_READING);
	(void)pthread_mutex_unlock(&sockets->lock);
	return socket;
}

static void linger(struct sockets *sockets, int fd)
{
	char peeked;
	if (sockets->n_lingering == LINGER_MAX || sockets->stop || recv(fd, &peeked, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return; /* 0: it was the client that ended this */
	int copy = dup(fd);
	if (copy < 0)
		return;
	(void)shutdown(copy, SHUT_WR);
	sockets->lingering[sockets->n_lingering++] = (struct lingering){
		.fd = copy, .deadline_ns = clock_monotonic_ns() + LINGER_NS};
	wake(sockets);
}

void sockets_remove(struct sockets *sockets, struct socket *socket)
{
	(void)pthread_mutex_lock(&sockets->lock);
	unlink_socket(sockets, socket);
	sockets->count--;
	if ((socket->linger || socket->phase == SOCKET_READING) && !socket->cut)
		linger(sockets, socket->fd);
	(void)pthread_mutex_unlock(&sockets->lock);
	free(socket);
}

void sockets_begin(struct sockets *sockets, struct socket *socket)
{
	(void)pthread_mutex_lock(&sockets->lock);
	sockets->open++;
	/* The first request's time runs from accept. */
	if (socket->had_request)
		move(sockets, socket, SOCKET_READING);
	socket->had_request = true;
	(void)pthread_mutex_unlock(&sockets->lock);
}

void sockets_hold(struct sockets *sockets, struct socket *socket)
{
	(void)pthread_mutex_lock(&sockets->lock);
	move(sockets, socket, SOCKET_HELD);
	(void)pthread_mutex_unlock(&sockets->lock);
}

void sockets_reply(struct sockets *sockets, struct socket *socket)
{
	(void)pthread_mutex_lock(&sockets->lock);
	move(sockets, socket, SOCKET_REPLYING);
	(void)pthread_mutex_unlock(&sockets->lock);
}

void sockets_end(struct sockets *sockets, struct socket *socket)
{
	(void)pthread_mutex_lock(&sockets->lock);
	move(sockets, socket, SOCKET_IDLE);
	if (--sockets->open == 0)
		(void)pthread_cond_broadcast(&sockets->quiet);
	(void)pthread_mutex_unlock(&sockets->lock);
}

/* ---- drain ---- */

void sockets_adopt(struct sockets *sockets, int change)
{
	(void)pthread_mutex_lock(&sockets->lock);
	sockets->adopted += change;
	(void)pthread_mutex_unlock(&sockets->lock);
}

/* True where no connection has bytes waiting that libmicrohttpd has not read yet: a request line may be among them. */
static bool nothing_unread(const struct sockets *sockets)
{
	for (int phase = 0; phase < SOCKET_PHASES; phase++) {
		for (const struct socket *s = sockets->lists[phase].first; s != NULL; s = s->next) {
			int unread = 0;
			if (!s->cut && ioctl(s->fd, FIONREAD, &unread) == 0 && unread > 0)
				return false;
		}
	}
	return true;
}

/*
 * A connection that ends then looks to its client like a request that was lost, although it was never read. Each list is in
 * order of time: its last is the one that came, or was answered, most lately.
 */
static bool somebody_may_send(const struct sockets *sockets, uint64_t now)
{
	static const enum socket_phase waiting[] = {SOCKET_READING, SOCKET_IDLE};
	for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
		const struct socket *last = sockets->lists[waiting[i]].last;
		if (last != NULL && now < last->deadline_ns - sockets->duration_ns[waiting[i]] + PATIENCE_NS)
			return true;
	}
	return false;
}

static void shut_all(struct sockets *sockets)
{
	for (int phase = 0; phase < SOCKET_TIMED_PHASES; phase++)
		while (sockets->lists[phase].first != NULL)
			shut(sockets, sockets->lists[phase].first);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
}

bool sockets_wait_quiet(struct sockets *sockets, unsigned deadline_ms)
{
	uint64_t deadline = clock_monotonic_ns() + deadline_ms * NS_PER_MS;
	bool quiet = false;
	(void)pthread_mutex_lock(&sockets->lock);
	for (;;) {
		uint64_t now = clock_monotonic_ns();
		bool patient = now < deadline && somebody_may_send(sockets, now);
		quiet = sockets->open == 0 && sockets->adopted <= 0 && !patient && nothing_unread(sockets);
		if (quiet || now >= deadline)
			break;
		/* Bytes that wait unread wake nobody here: look again soon. */
		uint64_t until = sockets->open > 0 ? deadline : now + NS_PER_MS;
		struct timespec at = timespec_of(until < deadline ? until : deadline);
		(void)pthread_cond_clockwait(&sockets->quiet, &sockets->lock, CLOCK_MONOTONIC, &at);
	}
	if (quiet)
		shut_all(sockets);
	(void)pthread_mutex_unlock(&sockets->lock);
	return quiet;
}

/* ---- the watchdog ---- */

static void cut_overdue(struct sockets *sockets, uint64_t now)
{
	uint64_t next = now + sockets->tick_ms * NS_PER_MS;
	for (int phase = 0; phase < SOCKET_TIMED_PHASES; phase++) {
		struct socket *first;
		while ((first = sockets->lists[phase].first) != NULL && first->deadline_ns <= now) {
			shut(sockets, first);
			sockets->cut++;
		}
		if (first != NULL && first->deadline_ns < next)
			next = first->deadline_ns;
	}
	sockets->wake_ns = next;
}

/* Throws away what came; true when the other side is done, or its time is over. */
static bool linger_is_over(const struct lingering *lingering, uint64_t now)
{
	char thrown_away[16384];
	ssize_t n = 1;
	for (int i = 0; i < 64 && n > 0; i++)
		n = recv(lingering->fd, thrown_away, sizeof thrown_away, MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || now >= lingering->deadline_ns;
}

static void read_lingering(struct sockets *sockets, uint64_t now)
{
	for (size_t i = 0; i < sockets->n_lingering;) {
		if (linger_is_over(&sockets->lingering[i], now)) {
			(void)close(sockets->lingering[i].fd);
			sockets->lingering[i] = sockets->lingering[--sockets->n_lingering];
		} else {
			if (sockets->lingering[i].deadline_ns < sockets->wake_ns)
				sockets->wake_ns = sockets->lingering[i].deadline_ns;
			i++;
		}
	}
}

static void sleep_until_needed(const struct pollfd *fds, nfds_t n, uint64_t wake_ns, int wake_fd)
{
	struct pollfd copy[LINGER_MAX + 1];
	for (nfds_t i = 0; i < n; i++)
		copy[i] = fds[i];
	uint64_t now = clock_monotonic_ns();
	struct timespec left = timespec_of(wake_ns > now ? wake_ns - now : 0);
	if (ppoll(copy, n, &left, NULL) > 0 && copy[0].revents != 0) {
		uint64_t count;
		ssize_t n_read = read(wake_fd, &count, sizeof count);
		(void)n_read;
	}
}

static void *watch(void *ctx)
{
	struct sockets *sockets = ctx;
	struct pollfd fds[LINGER_MAX + 1] = {{.fd = sockets->wake_fd, .events = POLLIN}};
	(void)pthread_mutex_lock(&sockets->lock);
	while (!sockets->stop) {
		uint64_t now = clock_monotonic_ns();
		cut_overdue(sockets, now);
		read_lingering(sockets, now);
		size_t n = sockets->n_lingering;
		for (size_t i = 0; i < n; i++)
			fds[i + 1] = (struct pollfd){.fd = sockets->lingering[i].fd, .events = POLLIN};
		uint64_t wake_ns = sockets->wake_ns;
		(void)pthread_mutex_unlock(&sockets->lock);
		sockets->tick(sockets->ctx);
		sleep_until_needed(fds, n + 1, wake_ns, sockets->wake_fd);
		(void)pthread_mutex_lock(&sockets->lock);
	}
	(void)pthread_mutex_unlock(&sockets->lock);
	return NULL;
}

enum err_code sockets_start(struct sockets *sockets, struct err *err)
{
	(void)pthread_mutex_init(&sockets->lock, NULL);
	(void)pthread_cond_init(&sockets->quiet, NULL);
	sockets->running = true;
	sockets->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sockets->wake_fd < 0 || pthread_create(&sockets->watchdog, NULL, watch, sockets) != 0) {
		sockets->running = false;
		if (sockets->wake_fd >= 0)
			(void)close(sockets->wake_fd);
		return err_set(err, ERR_INTERNAL, "", "cannot start the watchdog of connections");
	}
	return ERR_NONE;
}

void sockets_release(struct sockets *sockets)
{
	if (!sockets->running)
		return;
	(void)pthread_mutex_lock(&sockets->lock);
	sockets->stop = true;
	wake(sockets);
	(void)pthread_mutex_unlock(&sockets->lock);
	(void)pthread_join(sockets->watchdog, NULL);
	for (size_t i = 0; i < sockets->n_lingering; i++)
		(void)close(sockets->lingering[i].fd);
	(void)close(sockets->wake_fd);
	(void)pthread_mutex_destroy(&sockets->lock);
	(void)pthread_cond_destroy(&sockets->quiet);
	sockets->running = false;
}
