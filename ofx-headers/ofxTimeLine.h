/*
 * The host's timeline.
 */
#ifndef AIROTO_OFX_TIME_LINE_H
#define AIROTO_OFX_TIME_LINE_H

#include "ofxCore.h"

/* Name of the suite, version 1. */
#define kOfxTimeLineSuite "OfxTimeLineSuite"

/* Reads and moves the time that the user looks at. */
typedef struct OfxTimeLineSuiteV1 {
    OfxStatus (*getTime)(void *, double *);
    OfxStatus (*gotoTime)(void *, double);
    OfxStatus (*getTimeBounds)(void *, double *, double *);
} OfxTimeLineSuiteV1;

#endif
