/*
 * Curves as parameters.
 */
#ifndef AIROTO_OFX_PARAMETRIC_PARAM_H
#define AIROTO_OFX_PARAMETRIC_PARAM_H

#include "ofxCore.h"
#include "ofxParam.h"

/* Name of the suite, version 1. */
#define kOfxParametricParameterSuite "OfxParametricParameterSuite"

/* Curves as parameters. */
#define kOfxParamTypeParametric "OfxParamTypeParametric"
#define kOfxParamPropParametricDimension "OfxParamPropParametricDimension"
#define kOfxParamPropParametricUIColour "OfxParamPropParametricUIColour"
#define kOfxParamPropParametricInteractBackground "OfxParamPropParametricInteractBackground"
#define kOfxParamPropParametricRange "OfxParamPropParametricRange"
#define kOfxParamHostPropSupportsParametricAnimation "OfxParamHostPropSupportsParametricAnimation"

/* Control points of a curve. */
typedef struct OfxParametricParameterSuiteV1 {
    OfxStatus (*parametricParamGetValue)(OfxParamHandle, int, OfxTime, double, double *);
    OfxStatus (*parametricParamGetNControlPoints)(OfxParamHandle, int, double, int *);
    OfxStatus (*parametricParamGetNthControlPoint)(
        OfxParamHandle,
        int,
        double,
        int,
        double *,
        double *);
    OfxStatus (*parametricParamSetNthControlPoint)(
        OfxParamHandle,
        int,
        double,
        int,
        double,
        double,
        _Bool);
    OfxStatus (*parametricParamAddControlPoint)(OfxParamHandle, int, double, double, double, _Bool);
    OfxStatus (*parametricParamDeleteControlPoint)(OfxParamHandle, int, int);
    OfxStatus (*parametricParamDeleteAllControlPoints)(OfxParamHandle, int);
} OfxParametricParameterSuiteV1;

#endif
