/*
 * Threads of the host.
 */
#ifndef AIROTO_OFX_MULTI_THREAD_H
#define AIROTO_OFX_MULTI_THREAD_H

#include "ofxCore.h"

/* Name of the suite, version 1. */
#define kOfxMultiThreadSuite "OfxMultiThreadSuite"

/* A lock. */
typedef struct OfxMutex *OfxMutexHandle;

/* What each thread runs: its index, how many there are, the argument given. */
typedef void OfxThreadFunctionV1(unsigned int, unsigned int, void *);

/* Runs a function on the host's threads; locks. */
typedef struct OfxMultiThreadSuiteV1 {
    OfxStatus (*multiThread)(OfxThreadFunctionV1 *, unsigned int, void *);
    OfxStatus (*multiThreadNumCPUs)(unsigned int *);
    OfxStatus (*multiThreadIndex)(unsigned int *);
    int (*multiThreadIsSpawnedThread)(void);
    OfxStatus (*mutexCreate)(OfxMutexHandle *, int);
    OfxStatus (*mutexDestroy)(const OfxMutexHandle);
    OfxStatus (*mutexLock)(const OfxMutexHandle);
    OfxStatus (*mutexUnLock)(const OfxMutexHandle);
    OfxStatus (*mutexTryLock)(const OfxMutexHandle);
} OfxMultiThreadSuiteV1;

#endif
