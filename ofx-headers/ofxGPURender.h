/*
 * Rendering on a GPU.
 */
#ifndef AIROTO_OFX_GPURENDER_H
#define AIROTO_OFX_GPURENDER_H

#include "ofxCore.h"
#include "ofxProperty.h"
#include "ofxImageEffect.h"

/* Names of the suites, version 1. */
#define kOfxOpenGLRenderSuite "OfxImageEffectOpenGLRenderSuite"
#define kOfxOpenCLProgramSuite "OfxOpenCLProgramSuite"

/* Statuses of a render on a GPU. */
#define kOfxStatGPUOutOfMemory 1001
#define kOfxStatGLOutOfMemory 1001
#define kOfxStatGPURenderFailed 1002
#define kOfxStatGLRenderFailed 1002

/* Actions. */
#define kOfxActionOpenGLContextAttached "OfxActionOpenGLContextAttached"
#define kOfxActionOpenGLContextDetached "kOfxActionOpenGLContextDetached"

/* OpenGL. */
#define kOfxImageEffectPropOpenGLRenderSupported "OfxImageEffectPropOpenGLRenderSupported"
#define kOfxImageEffectPropOpenGLEnabled "OfxImageEffectPropOpenGLEnabled"
#define kOfxImageEffectPropOpenGLTextureIndex "OfxImageEffectPropOpenGLTextureIndex"
#define kOfxImageEffectPropOpenGLTextureTarget "OfxImageEffectPropOpenGLTextureTarget"
#define kOfxOpenGLPropPixelDepth "OfxOpenGLPropPixelDepth"

/* Whether the effect can render without a GPU. */
#define kOfxImageEffectPropCPURenderSupported "OfxImageEffectPropCPURenderSupported"

/* CUDA. */
#define kOfxImageEffectPropCudaRenderSupported "OfxImageEffectPropCudaRenderSupported"
#define kOfxImageEffectPropCudaEnabled "OfxImageEffectPropCudaEnabled"
#define kOfxImageEffectPropCudaStreamSupported "OfxImageEffectPropCudaStreamSupported"
#define kOfxImageEffectPropCudaStream "OfxImageEffectPropCudaStream"

/* Metal. */
#define kOfxImageEffectPropMetalRenderSupported "OfxImageEffectPropMetalRenderSupported"
#define kOfxImageEffectPropMetalEnabled "OfxImageEffectPropMetalEnabled"
#define kOfxImageEffectPropMetalCommandQueue "OfxImageEffectPropMetalCommandQueue"

/* OpenCL. */
#define kOfxImageEffectPropOpenCLRenderSupported "OfxImageEffectPropOpenCLRenderSupported"
#define kOfxImageEffectPropOpenCLSupported "OfxImageEffectPropOpenCLSupported"
#define kOfxImageEffectPropOpenCLEnabled "OfxImageEffectPropOpenCLEnabled"
#define kOfxImageEffectPropOpenCLCommandQueue "OfxImageEffectPropOpenCLCommandQueue"
#define kOfxImageEffectPropOpenCLImage "OfxImageEffectPropOpenCLImage"

/* Images as textures. */
typedef struct OfxImageEffectOpenGLRenderSuiteV1 {
    OfxStatus (*clipLoadTexture)(
        OfxImageClipHandle,
        OfxTime,
        const char *,
        const OfxRectD *,
        OfxPropertySetHandle *);
    OfxStatus (*clipFreeTexture)(OfxPropertySetHandle);
    OfxStatus (*flushResources)();
} OfxImageEffectOpenGLRenderSuiteV1;

/* Compiles kernels: source, whether it is optional, result. */
typedef struct OfxOpenCLProgramSuiteV1 {
    OfxStatus (*compileProgram)(const char *, int, void *);
} OfxOpenCLProgramSuiteV1;

#endif
