/*
 * Dialogs of the plugin.
 */
#ifndef AIROTO_OFX_DIALOG_H
#define AIROTO_OFX_DIALOG_H

#include "ofxCore.h"
#include "ofxProperty.h"

/* Name of the suite, version 1. */
#define kOfxDialogSuite "OfxDialogSuite"

/* Sent back to the plugin on the thread where it may open a dialog. */
#define kOfxActionDialog "OfxActionDialog"

/* Asks the host for a moment to show a dialog. */
typedef struct OfxDialogSuiteV1 {
    OfxStatus (*RequestDialog)(void *);
    OfxStatus (*NotifyRedrawPending)(void);
} OfxDialogSuiteV1;

#endif
