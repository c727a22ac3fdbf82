/*
 * Memory from the host.
 */
#ifndef AIROTO_OFX_MEMORY_H
#define AIROTO_OFX_MEMORY_H

#include "ofxCore.h"

/* Name of the suite, version 1. */
#define kOfxMemorySuite "OfxMemorySuite"

/* Memory that the host counts as the effect's. */
typedef struct OfxMemorySuiteV1 {
    OfxStatus (*memoryAlloc)(void *, size_t, void **);
    OfxStatus (*memoryFree)(void *);
} OfxMemorySuiteV1;

#endif
