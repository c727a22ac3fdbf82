/*
 * Progress of long work.
 */
#ifndef AIROTO_OFX_PROGRESS_H
#define AIROTO_OFX_PROGRESS_H

#include "ofxCore.h"

/* Name of the suite, versions 1 and 2. */
#define kOfxProgressSuite "OfxProgressSuite"

/* A progress bar: effect, label; then a fraction of 0 to 1. */
typedef struct OfxProgressSuiteV1 {
    OfxStatus (*progressStart)(void *, const char *);
    OfxStatus (*progressUpdate)(void *, double);
    OfxStatus (*progressEnd)(void *);
} OfxProgressSuiteV1;

/* Adds an id to the label. */
typedef struct OfxProgressSuiteV2 {
    OfxStatus (*progressStart)(void *, const char *, const char *);
    /* kOfxStatReplyNo asks the plugin to stop. */
    OfxStatus (*progressUpdate)(void *, double);
    OfxStatus (*progressEnd)(void *);
} OfxProgressSuiteV2;

#endif
