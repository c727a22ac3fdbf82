/*
 * The core of the OpenFX 1.5 C API: statuses, host, plugin, actions and properties that all plugins share.
 *
 * These headers are declarations of our own. Names, values and layouts are facts of the OpenFX
 * specification, which keeps plugins and hosts of different makers compatible.
 */
#ifndef AIROTO_OFX_CORE_H
#define AIROTO_OFX_CORE_H

/* No system header is read: bindgen may run with a libclang that has none beside it. */
#if defined(__SIZE_TYPE__)
typedef __SIZE_TYPE__ size_t;
#else
#include <stddef.h>
#endif

/* What a plugin binary shows to the host. */
#if defined(_WIN32)
#define OfxExport extern __declspec(dllexport)
#else
#define OfxExport extern
#endif

/* What every call and action answers: one of kOfxStat*. */
typedef int OfxStatus;

/* Statuses. Those of 1000 and above belong to image effects. */
#define kOfxStatOK 0
#define kOfxStatFailed 1
#define kOfxStatErrFatal 2
#define kOfxStatErrUnknown 3
#define kOfxStatErrMissingHostFeature 4
#define kOfxStatErrUnsupported 5
#define kOfxStatErrExists 6
#define kOfxStatErrFormat 7
#define kOfxStatErrMemory 8
#define kOfxStatErrBadHandle 9
#define kOfxStatErrBadIndex 10
#define kOfxStatErrValue 11
#define kOfxStatReplyYes 12
#define kOfxStatReplyNo 13
#define kOfxStatReplyDefault 14
#define kOfxStatUnlicensed 15

/* A set of properties, owned by the host. */
typedef struct OfxPropertySetStruct *OfxPropertySetHandle;

/* A time in frames of the effect; fractions are allowed. */
typedef double OfxTime;

/* The host as setHost gets it: its properties, and the door to its suites. */
typedef struct OfxHost {
    OfxPropertySetHandle host;
    /* Null when the host lacks the suite or that version of it. */
    const void *(*fetchSuite)(OfxPropertySetHandle, const char *, int);
} OfxHost;

/* Every action goes through this one function: action, handle, inArgs, outArgs. */
typedef OfxStatus OfxPluginEntryPoint(const char *, const void *, OfxPropertySetHandle, OfxPropertySetHandle);

/* One effect of a binary, as OfxGetPlugin returns it. */
typedef struct OfxPlugin {
    /* kOfxImageEffectPluginApi. */
    const char *pluginApi;
    int apiVersion;
    /* Never changes once published: saved projects name it. */
    const char *pluginIdentifier;
    unsigned int pluginVersionMajor;
    unsigned int pluginVersionMinor;
    /* Called before any action. */
    void (*setHost)(OfxHost *);
    OfxPluginEntryPoint *mainEntry;
} OfxPlugin;

/* The two symbols of a plugin binary, and the one that API 1.4 added. */
OfxExport int OfxGetNumberOfPlugins(void);
OfxExport OfxPlugin *OfxGetPlugin(int nth);
OfxExport OfxStatus OfxSetHost(const OfxHost *host);

/* A range of whole numbers. */
typedef struct OfxRangeI {
    int min;
    int max;
} OfxRangeI;

/* A range of numbers. */
typedef struct OfxRangeD {
    double min;
    double max;
} OfxRangeD;

/* A point in pixels. */
typedef struct OfxPointI {
    int x;
    int y;
} OfxPointI;

/* A point in canonical coordinates: square pixels, y up. */
typedef struct OfxPointD {
    double x;
    double y;
} OfxPointD;

/* A rectangle of pixels, half open: x1 <= x < x2, y1 <= y < y2, y up. */
typedef struct OfxRectI {
    int x1;
    int y1;
    int x2;
    int y2;
} OfxRectI;

/* A rectangle in canonical coordinates. */
typedef struct OfxRectD {
    double x1;
    double y1;
    double x2;
    double y2;
} OfxRectD;

/* The ends of a region or range that has none. */
#define kOfxFlagInfiniteMax 2147483647
#define kOfxFlagInfiniteMin (-2147483647 - 1)

/* Actions that every plugin API shares. */
#define kOfxActionLoad "OfxActionLoad"
#define kOfxActionDescribe "OfxActionDescribe"
#define kOfxActionUnload "OfxActionUnload"
#define kOfxActionPurgeCaches "OfxActionPurgeCaches"
#define kOfxActionSyncPrivateData "OfxActionSyncPrivateData"
#define kOfxActionCreateInstance "OfxActionCreateInstance"
#define kOfxActionDestroyInstance "OfxActionDestroyInstance"
#define kOfxActionInstanceChanged "OfxActionInstanceChanged"
#define kOfxActionBeginInstanceChanged "OfxActionBeginInstanceChanged"
#define kOfxActionEndInstanceChanged "OfxActionEndInstanceChanged"
#define kOfxActionBeginInstanceEdit "OfxActionBeginInstanceEdit"
#define kOfxActionEndInstanceEdit "OfxActionEndInstanceEdit"

/* Properties that every plugin API shares. */
#define kOfxPropAPIVersion "OfxPropAPIVersion"
#define kOfxPropTime "OfxPropTime"
#define kOfxPropIsInteractive "OfxPropIsInteractive"
#define kOfxPluginPropFilePath "OfxPluginPropFilePath"
#define kOfxPropInstanceData "OfxPropInstanceData"
#define kOfxPropType "OfxPropType"
#define kOfxPropName "OfxPropName"
#define kOfxPropVersion "OfxPropVersion"
#define kOfxPropVersionLabel "OfxPropVersionLabel"
#define kOfxPropPluginDescription "OfxPropPluginDescription"
#define kOfxPropLabel "OfxPropLabel"
#define kOfxPropIcon "OfxPropIcon"
#define kOfxPropShortLabel "OfxPropShortLabel"
#define kOfxPropLongLabel "OfxPropLongLabel"
#define kOfxPropChangeReason "OfxPropChangeReason"
#define kOfxPropEffectInstance "OfxPropEffectInstance"
#define kOfxPropHostOSHandle "OfxPropHostOSHandle"

/* Values of kOfxPropChangeReason. */
#define kOfxChangeUserEdited "OfxChangeUserEdited"
#define kOfxChangePluginEdited "OfxChangePluginEdited"
#define kOfxChangeTime "OfxChangeTime"

/* Depths of a channel. */
#define kOfxBitDepthNone "OfxBitDepthNone"
#define kOfxBitDepthByte "OfxBitDepthByte"
#define kOfxBitDepthShort "OfxBitDepthShort"
#define kOfxBitDepthHalf "OfxBitDepthHalf"
#define kOfxBitDepthFloat "OfxBitDepthFloat"

#endif
