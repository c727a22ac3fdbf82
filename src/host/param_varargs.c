/*
 * The functions of the suites that take any number of arguments, which Rust cannot define. Each
 * reads its arguments as the param's type asks and hands them to one Rust function.
 */
#include "openfx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define HIDDEN __attribute__((visibility("hidden")))
#if defined(_MSC_VER)
#undef HIDDEN
#define HIDDEN
#endif

/* Most values of a param: R G B A. */
#define MOST_VALUES 4

/* What a param's values are, as the Rust side says it. */
enum { SHAPE_INT = 1, SHAPE_DOUBLE = 2, SHAPE_TEXT = 3, SHAPE_BYTES = 4 };

/* What is asked of a param. */
enum { ASK_VALUE = 0, ASK_AT_TIME = 1, ASK_DERIVATIVE = 2, ASK_INTEGRAL = 3 };

typedef struct AirotoParamCalls {
    /* Says what the values of a param are, and how many. */
    OfxStatus (*shape)(OfxParamHandle, int *shape, int *count);
    OfxStatus (*get)(OfxParamHandle, int ask, OfxTime, OfxTime, void *const *targets, int count);
    OfxStatus (*set)(OfxParamHandle, int timed, OfxTime, const int *, const double *, const char *,
                     const OfxBytes *);
    OfxStatus (*message)(void *handle, const char *type, const char *id, const char *text,
                         const char *format, int persistent);
} AirotoParamCalls;

static const AirotoParamCalls *calls;

HIDDEN void airoto_host_set_calls(const AirotoParamCalls *table) { calls = table; }

static OfxStatus get(OfxParamHandle param, int ask, OfxTime a, OfxTime b, va_list arguments)
{
    void *targets[MOST_VALUES] = {0};
    int shape = 0, count = 0, i;
    OfxStatus status = calls->shape(param, &shape, &count);
    if (status != kOfxStatOK)
        return status;
    for (i = 0; i < count && i < MOST_VALUES; ++i)
        targets[i] = va_arg(arguments, void *);
    return calls->get(param, ask, a, b, targets, count);
}

static OfxStatus set(OfxParamHandle param, int timed, OfxTime time, va_list arguments)
{
    int ints[MOST_VALUES] = {0};
    double doubles[MOST_VALUES] = {0};
    const char *text = NULL;
    const OfxBytes *bytes = NULL;
    int shape = 0, count = 0, i;
    OfxStatus status = calls->shape(param, &shape, &count);
    if (status != kOfxStatOK)
        return status;
    for (i = 0; i < count && i < MOST_VALUES; ++i) {
        switch (shape) {
        case SHAPE_INT:
            ints[i] = va_arg(arguments, int);
            break;
        case SHAPE_DOUBLE:
            doubles[i] = va_arg(arguments, double);
            break;
        case SHAPE_TEXT:
            text = va_arg(arguments, const char *);
            break;
        case SHAPE_BYTES:
            bytes = va_arg(arguments, const OfxBytes *);
            break;
        default:
            return kOfxStatErrUnsupported;
        }
    }
    return calls->set(param, timed, time, ints, doubles, text, bytes);
}

HIDDEN OfxStatus airoto_host_param_get_value(OfxParamHandle param, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, param);
    status = get(param, ASK_VALUE, 0, 0, arguments);
    va_end(arguments);
    return status;
}

HIDDEN OfxStatus airoto_host_param_get_value_at_time(OfxParamHandle param, OfxTime time, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, time);
    status = get(param, ASK_AT_TIME, time, 0, arguments);
    va_end(arguments);
    return status;
}

HIDDEN OfxStatus airoto_host_param_get_derivative(OfxParamHandle param, OfxTime time, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, time);
    status = get(param, ASK_DERIVATIVE, time, 0, arguments);
    va_end(arguments);
    return status;
}

HIDDEN OfxStatus airoto_host_param_get_integral(OfxParamHandle param, OfxTime from, OfxTime to, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, to);
    status = get(param, ASK_INTEGRAL, from, to, arguments);
    va_end(arguments);
    return status;
}

HIDDEN OfxStatus airoto_host_param_set_value(OfxParamHandle param, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, param);
    status = set(param, 0, 0, arguments);
    va_end(arguments);
    return status;
}

HIDDEN OfxStatus airoto_host_param_set_value_at_time(OfxParamHandle param, OfxTime time, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, time);
    status = set(param, 1, time, arguments);
    va_end(arguments);
    return status;
}

/* Formats a message and hands it over. */
static OfxStatus post(void *handle, const char *type, const char *id, const char *format,
                      va_list arguments, int persistent)
{
    char *text;
    int length;
    OfxStatus status;
    va_list again;
    if (format == NULL)
        return calls->message(handle, type, id, "", "", persistent);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return kOfxStatErrValue;
    text = malloc((size_t)length + 1);
    if (text == NULL)
        return kOfxStatErrMemory;
    vsnprintf(text, (size_t)length + 1, format, arguments);
    status = calls->message(handle, type, id, text, format, persistent);
    free(text);
    return status;
}

HIDDEN OfxStatus airoto_host_message(void *handle, const char *type, const char *id,
                                     const char *format, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, format);
    status = post(handle, type, id, format, arguments, 0);
    va_end(arguments);
    return status;
}

HIDDEN OfxStatus airoto_host_set_persistent_message(void *handle, const char *type, const char *id,
                                                    const char *format, ...)
{
    va_list arguments;
    OfxStatus status;
    va_start(arguments, format);
    status = post(handle, type, id, format, arguments, 1);
    va_end(arguments);
    return status;
}
