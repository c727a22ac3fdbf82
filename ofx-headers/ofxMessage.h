/*
 * Messages to the user.
 */
#ifndef AIROTO_OFX_MESSAGE_H
#define AIROTO_OFX_MESSAGE_H

#include "ofxCore.h"

/* Name of the suite, versions 1 and 2. */
#define kOfxMessageSuite "OfxMessageSuite"

/* Kinds of message. */
#define kOfxMessageFatal "OfxMessageFatal"
#define kOfxMessageError "OfxMessageError"
#define kOfxMessageWarning "OfxMessageWarning"
#define kOfxMessageMessage "OfxMessageMessage"
#define kOfxMessageLog "OfxMessageLog"
#define kOfxMessageQuestion "OfxMessageQuestion"

/* Tells the user something: handle, kind, id, printf format, values. */
typedef struct OfxMessageSuiteV1 {
    OfxStatus (*message)(void *, const char *, const char *, const char *, ...);
} OfxMessageSuiteV1;

/* Adds the message that stays on the node until it is cleared. */
typedef struct OfxMessageSuiteV2 {
    OfxStatus (*message)(void *, const char *, const char *, const char *, ...);
    OfxStatus (*setPersistentMessage)(void *, const char *, const char *, const char *, ...);
    OfxStatus (*clearPersistentMessage)(void *);
} OfxMessageSuiteV2;

#endif
