/* Opens the listening socket itself, because libmicrohttpd does not say why it could not. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/inside.h"

#include "base/banned.h"

enum { BACKLOG = 1024 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t parse(const char *text, unsigned short port, union address *ret_address)
{
	memset(ret_address, 0, sizeof *ret_address);
	if (inet_pton(AF_INET, text, &ret_address->v4.sin_addr) == 1) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = htons(port);
		return sizeof ret_address->v4;
	}
	if (inet_pton(AF_INET6, text, &ret_address->v6.sin6_addr) == 1) {
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = htons(port);
		return sizeof ret_address->v6;
	}
	return 0;
}

enum err_code listen_open(const char *address, unsigned short port, int *ret_fd, unsigned short *ret_port,
			  struct err *err)
{
	union address at;
	socklen_t size = parse(address, port, &at);
	if (size == 0)
		return err_set(err, ERR_INVALID_PARAMETER, "", "\"%.60s\" is not a numeric IPv4 or IPv6 address",
			       address);
	int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 || bind(fd, &at.any, size) != 0 ||
	    listen(fd, BACKLOG) != 0 || getsockname(fd, &at.any, &size) != 0) {
		int why = errno;
		if (fd >= 0)
			(void)close(fd);
		if (why == EADDRINUSE)
			return err_set(err, ERR_UNAVAILABLE, "", "port %u on %s is already taken by another program",
				       (unsigned)port, address);
		return err_set(err, ERR_UNAVAILABLE, "", "cannot listen on port %u of %s: %s", (unsigned)port, address,
			       strerrordesc_np(why));
	}
	*ret_fd = fd;
	*ret_port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
	return ERR_NONE;
}
