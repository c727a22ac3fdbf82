/*
 * Drawing of overlays by the host, new in API 1.5.
 */
#ifndef AIROTO_OFX_DRAW_SUITE_H
#define AIROTO_OFX_DRAW_SUITE_H

#include "ofxCore.h"
#include "ofxPixels.h"

/* Name of the suite, version 1. */
#define kOfxDrawSuite "OfxDrawSuite"

/* The context of a draw action, in its inArgs. */
#define kOfxInteractPropDrawContext "OfxInteractPropDrawContext"

/* Where to draw. */
typedef struct OfxDrawContext *OfxDrawContextHandle;

/* Colours that the host gives meaning to. */
typedef enum OfxStandardColour {
    kOfxStandardColourOverlayBackground = 0,
    kOfxStandardColourOverlayActive = 1,
    kOfxStandardColourOverlaySelected = 2,
    kOfxStandardColourOverlayDeselected = 3,
    kOfxStandardColourOverlayMarqueeFG = 4,
    kOfxStandardColourOverlayMarqueeBG = 5,
    kOfxStandardColourOverlayText = 6
} OfxStandardColour;

/* How lines are dashed. */
typedef enum OfxDrawLineStipplePattern {
    kOfxDrawLineStipplePatternSolid = 0,
    kOfxDrawLineStipplePatternDot = 1,
    kOfxDrawLineStipplePatternDash = 2,
    kOfxDrawLineStipplePatternAltDash = 3,
    kOfxDrawLineStipplePatternDotDash = 4
} OfxDrawLineStipplePattern;

/* What a list of points makes. */
typedef enum OfxDrawPrimitive {
    kOfxDrawPrimitiveLines = 0,
    kOfxDrawPrimitiveLineStrip = 1,
    kOfxDrawPrimitiveLineLoop = 2,
    kOfxDrawPrimitiveRectangle = 3,
    kOfxDrawPrimitivePolygon = 4,
    kOfxDrawPrimitiveEllipse = 5
} OfxDrawPrimitive;

/* Where text sits at its point; flags. */
typedef enum OfxDrawTextAlignment {
    kOfxDrawTextAlignmentLeft = 1,
    kOfxDrawTextAlignmentRight = 2,
    kOfxDrawTextAlignmentTop = 4,
    kOfxDrawTextAlignmentBottom = 8,
    kOfxDrawTextAlignmentBaseline = 16,
    kOfxDrawTextAlignmentCenterH = 3,
    kOfxDrawTextAlignmentCenterV = 20
} OfxDrawTextAlignment;

/* Draws overlays without OpenGL. */
typedef struct OfxDrawSuiteV1 {
    OfxStatus (*getColour)(OfxDrawContextHandle, OfxStandardColour, OfxRGBAColourF *);
    OfxStatus (*setColour)(OfxDrawContextHandle, const OfxRGBAColourF *);
    OfxStatus (*setLineWidth)(OfxDrawContextHandle, float);
    OfxStatus (*setLineStipple)(OfxDrawContextHandle, OfxDrawLineStipplePattern);
    OfxStatus (*draw)(OfxDrawContextHandle, OfxDrawPrimitive, const OfxPointD *, int);
    OfxStatus (*drawText)(OfxDrawContextHandle, const char *, const OfxPointD *, int);
} OfxDrawSuiteV1;

#endif
