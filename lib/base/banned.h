/*
 * Include last. Functions of libc that cannot bound their output, or that depend on locale, time zone or hidden state,
 * do not compile below this line.
 */
#ifndef MASHD_BASE_BANNED_H
#define MASHD_BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok strncpy strncat
#pragma GCC poison atoi atol atoll atof scanf sscanf fscanf
#pragma GCC poison localtime gmtime ctime asctime localtime_r ctime_r asctime_r mktime tzset
#pragma GCC poison setlocale rand srand random srandom tmpnam tempnam mktemp system popen strerror

#endif
