/*
 * All of it: what bindgen reads for `ofx::sys`.
 */
#ifndef AIROTO_OPENFX_H
#define AIROTO_OPENFX_H

#include "ofxCore.h"
#include "ofxProperty.h"
#include "ofxPixels.h"
#include "ofxDialog.h"
#include "ofxParam.h"
#include "ofxDrawSuite.h"
#include "ofxInteract.h"
#include "ofxKeySyms.h"
#include "ofxMessage.h"
#include "ofxProgress.h"
#include "ofxTimeLine.h"
#include "ofxMemory.h"
#include "ofxMultiThread.h"
#include "ofxImageEffect.h"
#include "ofxGPURender.h"
#include "ofxParametricParam.h"
#include "ofxColour.h"

#endif
