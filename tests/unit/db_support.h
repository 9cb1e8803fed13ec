/*
 * For the tests of lib/db against a real PostgreSQL: a schema of their own, made by the owner and used by the
 * application's role, and a proxy in front of the server that can go silent or cut the line.
 */
#ifndef TESTS_UNIT_DB_SUPPORT_H
#define TESTS_UNIT_DB_SUPPORT_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "db/db.h"

/* Two tenants. */
#define DB_SUPPORT_A "0190a000-0000-7000-8000-00000000000a"
#define DB_SUPPORT_B "0190b000-0000-7000-8000-00000000000b"

/* The application's and the owner's URL; ends the program with a sentence where they are not set. */
const char *db_support_url(void);
const char *db_support_owner_url(void);

/*
 * Makes the schema anew, with the table note (partnership_id, key, body, seen_by) under row-level security, primary key
 * note_pkey, check note_body_fit (body is not 'unfit'), and a deferred trigger that at COMMIT sleeps 2 s for the body
 * 'sleepy' and raises 23514 for 'late refusal'.
 */
void db_support_make_schema(const char *schema);
void db_support_drop_schema(const char *schema);

/* One value from a one-off query as owner; "" for null or no row. Static storage. */
const char *db_support_ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends all sessions with this application_name; returns how many. */
int db_support_terminate(const char *application_name);
/* The same, but waits until one of them is inside pg_sleep(). */
int db_support_terminate_asleep(const char *application_name);

/* The usual options for a test: short timeouts. */
struct db_options db_support_options(const char *application_name);

enum proxy_mode {
	PROXY_PASS,
	PROXY_CUT_BEHIND_COMMIT,    /* passes COMMIT on, then closes both sides without passing the answer back */
	PROXY_SILENT_BEHIND_COMMIT, /* the same, but keeps the line open */
	PROXY_SILENT,               /* passes nothing back any more */
	PROXY_CUT,                  /* closes both sides with the next bytes of the client */
};

struct proxy {
	char directory[64];
	char url[512]; /* reaches the server through the proxy as the application's role */
	struct sockaddr_storage server;
	socklen_t server_size;
	int listener;
	int wake[2];
	atomic_int mode;
	atomic_int cuts; /* connections that were cut or silenced */
	pthread_t thread;
};
void proxy_start(struct proxy *proxy);
void proxy_stop(struct proxy *proxy);

#endif
