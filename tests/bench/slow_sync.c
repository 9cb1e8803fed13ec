/*
 * Preloaded into PostgreSQL for one part of the benchmark: each flush to disk takes BENCH_SYNC_DELAY_US longer, as on an
 * ordinary disk. Does nothing else.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

int fsync(int fd);
int fdatasync(int fd);

static void wait_a_while(void)
{
	const char *delay = getenv("BENCH_SYNC_DELAY_US");
	long us = delay == NULL ? 0 : strtol(delay, NULL, 10);
	struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static int flush(const char *name, int fd)
{
	int (*real)(int fd) = (int (*)(int))dlsym(RTLD_NEXT, name);
	int status = real(fd);
	int error = errno;
	wait_a_while();
	errno = error;
	return status;
}

int fsync(int fd)
{
	return flush("fsync", fd);
}

int fdatasync(int fd)
{
	return flush("fdatasync", fd);
}
