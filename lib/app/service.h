/* What the service says about itself: health, metrics, contract, documentation, problem pages. */
#ifndef MASHD_APP_SERVICE_H
#define MASHD_APP_SERVICE_H

#include "call/call.h"

enum err_code service_livez(struct call *call, struct err *err);
enum err_code service_readyz(struct call *call, struct err *err);
enum err_code service_metrics(struct call *call, struct err *err);
enum err_code service_openapi(struct call *call, struct err *err);
enum err_code service_docs(struct call *call, struct err *err);
enum err_code service_docs_asset(struct call *call, struct err *err);
enum err_code service_problems(struct call *call, struct err *err);
enum err_code service_problem(struct call *call, struct err *err);

#endif
