/*
 * A plugin that checks its host: every suite, the functions of any number of arguments, images of
 * any layout, threads. What it finds wrong it posts as an error message. With its `fault` param it
 * breaks a rule on purpose, so that tests see whether the host notices.
 */
#define _POSIX_C_SOURCE 200809L
#include "openfx.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define PLUGINS 3

static OfxHost *host;
static const OfxPropertySuiteV1 *props;
static const OfxImageEffectSuiteV1 *effects;
static const OfxParameterSuiteV1 *params;
static const OfxMemorySuiteV1 *memory;
static const OfxMultiThreadSuiteV1 *threads;
static const OfxMessageSuiteV1 *message1;
static const OfxMessageSuiteV2 *message2;
static const OfxProgressSuiteV2 *progress;
static const OfxTimeLineSuiteV1 *timeline;
static const OfxInteractSuiteV1 *interacts;
static const OfxDrawSuiteV1 *drawing;
static const OfxParametricParameterSuiteV1 *parametric;

/* Renders at once, now and at most, for each plugin. */
static atomic_int running[PLUGINS], most[PLUGINS];
static int set_host_calls;

/* Posts an error when a condition does not hold. */
#define CHECK(effect, condition)                                                                   \
    do {                                                                                           \
        if (!(condition))                                                                          \
            message1->message(effect, kOfxMessageError, "probe", "line %d: %s", __LINE__,          \
                              #condition);                                                         \
    } while (0)

static OfxPropertySetHandle properties(OfxImageEffectHandle effect)
{
    OfxPropertySetHandle set = NULL;
    effects->getPropertySet(effect, &set);
    return set;
}

static OfxParamHandle param(OfxImageEffectHandle effect, const char *name)
{
    OfxParamSetHandle set = NULL;
    OfxParamHandle handle = NULL;
    effects->getParamSet(effect, &set);
    params->paramGetHandle(set, name, &handle, NULL);
    return handle;
}

static int whole(OfxImageEffectHandle effect, const char *name)
{
    int value = -1;
    params->paramGetValue(param(effect, name), &value);
    return value;
}

/* Faults, by the index of the option. */
enum {
    FAULT_NONE,
    FAULT_LEAK_IMAGE,
    FAULT_OVERRUN,
    FAULT_WRITE_INPUT,
    FAULT_WRONG_TYPE,
    FAULT_BAD_HANDLE,
    FAULT_SET_IN_RENDER,
    FAULT_LEAK_MEMORY,
    FAULT_FAIL,
    FAULT_STALE_HANDLE
};
static const char *const fault_names[] = {"none",      "leakImage", "overrun",     "writeInput",
                                          "wrongType", "badHandle", "setInRender", "leakMemory",
                                          "fail",      "staleHandle"};

static const void *suite(const char *name, int version)
{
    return host->fetchSuite(host->host, name, version);
}

static OfxStatus load(void)
{
    props = suite(kOfxPropertySuite, 1);
    effects = suite(kOfxImageEffectSuite, 1);
    params = suite(kOfxParameterSuite, 1);
    memory = suite(kOfxMemorySuite, 1);
    threads = suite(kOfxMultiThreadSuite, 1);
    message1 = suite(kOfxMessageSuite, 1);
    message2 = suite(kOfxMessageSuite, 2);
    progress = suite(kOfxProgressSuite, 2);
    timeline = suite(kOfxTimeLineSuite, 1);
    interacts = suite(kOfxInteractSuite, 1);
    drawing = suite(kOfxDrawSuite, 1);
    parametric = suite(kOfxParametricParameterSuite, 1);
    if (!props || !effects || !params || !memory || !threads || !message1)
        return kOfxStatErrMissingHostFeature;
    if (suite("NoSuchSuite", 1) || suite(kOfxPropertySuite, 99))
        return kOfxStatFailed;
    return kOfxStatOK;
}

static OfxStatus overlay(const char *action, const void *handle, OfxPropertySetHandle in,
                         OfxPropertySetHandle out)
{
    (void)out;
    if (!strcmp(action, kOfxActionCreateInstance)) {
        OfxPropertySetHandle set = NULL;
        interacts->interactGetPropertySet((OfxInteractHandle)handle, &set);
        return props->propSetPointer(set, kOfxPropInstanceData, 0, (void *)0x77);
    }
    if (!strcmp(action, kOfxInteractActionDraw)) {
        OfxDrawContextHandle context = NULL;
        OfxRGBAColourF colour;
        OfxPointD line[2] = {{1, 2}, {3, 4}};
        props->propGetPointer(in, kOfxInteractPropDrawContext, 0, (void **)&context);
        drawing->getColour(context, kOfxStandardColourOverlayActive, &colour);
        drawing->setColour(context, &colour);
        drawing->setLineWidth(context, 2);
        drawing->draw(context, kOfxDrawPrimitiveLines, line, 2);
        return drawing->drawText(context, "probe", line, kOfxDrawTextAlignmentLeft);
    }
    if (!strcmp(action, kOfxInteractActionPenDown)) {
        OfxImageEffectHandle effect = NULL;
        double at[2] = {0, 0};
        props->propGetPointer(in, kOfxPropEffectInstance, 0, (void **)&effect);
        props->propGetDoubleN(in, kOfxInteractPropPenPosition, 2, at);
        params->paramSetValue(param(effect, "point"), at[0], at[1]);
        interacts->interactRedraw((OfxInteractHandle)handle);
        return kOfxStatOK;
    }
    return kOfxStatReplyDefault;
}

static OfxStatus describe(OfxImageEffectHandle effect, int index)
{
    static const char *const safety[PLUGINS] = {kOfxImageEffectRenderFullySafe,
                                                kOfxImageEffectRenderInstanceSafe,
                                                kOfxImageEffectRenderUnsafe};
    OfxPropertySetHandle set = properties(effect);
    props->propSetString(set, kOfxPropLabel, 0, "Probe");
    props->propSetString(set, kOfxImageEffectPluginPropGrouping, 0, "Test");
    props->propSetString(set, kOfxPropPluginDescription, 0, "checks its host");
    props->propSetString(set, kOfxImageEffectPropSupportedContexts, 0, kOfxImageEffectContextFilter);
    props->propSetString(set, kOfxImageEffectPropSupportedContexts, 1, kOfxImageEffectContextGeneral);
    props->propSetString(set, kOfxImageEffectPropSupportedPixelDepths, 0, kOfxBitDepthByte);
    props->propSetString(set, kOfxImageEffectPropSupportedPixelDepths, 1, kOfxBitDepthShort);
    props->propSetString(set, kOfxImageEffectPropSupportedPixelDepths, 2, kOfxBitDepthHalf);
    props->propSetString(set, kOfxImageEffectPropSupportedPixelDepths, 3, kOfxBitDepthFloat);
    props->propSetString(set, kOfxImageEffectPluginRenderThreadSafety, 0, safety[index]);
    props->propSetInt(set, kOfxImageEffectPropTemporalClipAccess, 0, 1);
    props->propSetPointer(set, kOfxImageEffectPluginPropOverlayInteractV2, 0, (void *)overlay);
    return kOfxStatOK;
}

static void define_clip(OfxImageEffectHandle effect, const char *name, int optional)
{
    OfxPropertySetHandle set = NULL;
    effects->clipDefine(effect, name, &set);
    props->propSetString(set, kOfxImageEffectPropSupportedComponents, 0, kOfxImageComponentRGBA);
    props->propSetString(set, kOfxImageEffectPropSupportedComponents, 1, kOfxImageComponentRGB);
    props->propSetString(set, kOfxImageEffectPropSupportedComponents, 2, kOfxImageComponentAlpha);
    props->propSetInt(set, kOfxImageEffectPropTemporalClipAccess, 0, 1);
    props->propSetInt(set, kOfxImageClipPropOptional, 0, optional);
}

static OfxPropertySetHandle define(OfxParamSetHandle set, const char *type, const char *name)
{
    OfxPropertySetHandle one = NULL;
    params->paramDefine(set, type, name, &one);
    return one;
}

static OfxStatus describe_in_context(OfxImageEffectHandle effect, OfxPropertySetHandle in)
{
    OfxParamSetHandle set = NULL;
    OfxPropertySetHandle one;
    OfxParamHandle curves = NULL;
    char *context = NULL;
    double two[2] = {3, 4}, low[2] = {-1, -2}, high[2] = {10, 20};
    unsigned i;
    props->propGetString(in, kOfxImageEffectPropContext, 0, &context);
    define_clip(effect, kOfxImageEffectSimpleSourceClipName, 0);
    define_clip(effect, kOfxImageEffectOutputClipName, 0);
    if (context && !strcmp(context, kOfxImageEffectContextGeneral))
        define_clip(effect, "Mask", 1);
    effects->getParamSet(effect, &set);

    define(set, kOfxParamTypePage, "page");
    define(set, kOfxParamTypeGroup, "group");
    one = define(set, kOfxParamTypeInteger, "int");
    props->propSetInt(one, kOfxParamPropDefault, 0, 7);
    props->propSetInt(one, kOfxParamPropMin, 0, 0);
    props->propSetInt(one, kOfxParamPropMax, 0, 100);
    props->propSetString(one, kOfxParamPropParent, 0, "group");
    props->propSetString(one, kOfxParamPropHint, 0, "a whole number");
    props->propSetString(one, kOfxPropLabel, 0, "Int");
    one = define(set, kOfxParamTypeDouble, "double");
    props->propSetDouble(one, kOfxParamPropDefault, 0, 0.5);
    one = define(set, kOfxParamTypeDouble2D, "point");
    props->propSetDoubleN(one, kOfxParamPropDefault, 2, two);
    props->propSetDoubleN(one, kOfxParamPropMin, 2, low);
    props->propSetDoubleN(one, kOfxParamPropMax, 2, high);
    define(set, kOfxParamTypeDouble3D, "double3");
    define(set, kOfxParamTypeInteger2D, "int2");
    define(set, kOfxParamTypeInteger3D, "int3");
    define(set, kOfxParamTypeRGB, "rgb");
    define(set, kOfxParamTypeRGBA, "rgba");
    define(set, kOfxParamTypeBoolean, "bool");
    one = define(set, kOfxParamTypeString, "text");
    props->propSetString(one, kOfxParamPropDefault, 0, "hello");
    props->propSetString(one, kOfxParamPropStringMode, 0, kOfxParamStringIsMultiLine);
    define(set, kOfxParamTypeCustom, "custom");
    define(set, kOfxParamTypeBytes, "bytes");
    define(set, kOfxParamTypePushButton, "button");
    one = define(set, kOfxParamTypeChoice, "fault");
    for (i = 0; i < sizeof fault_names / sizeof fault_names[0]; ++i)
        props->propSetString(one, kOfxParamPropChoiceOption, (int)i, fault_names[i]);
    one = define(set, kOfxParamTypeStrChoice, "strChoice");
    if (one) {
        props->propSetString(one, kOfxParamPropChoiceOption, 0, "First");
        props->propSetString(one, kOfxParamPropChoiceOption, 1, "Second");
        props->propSetString(one, kOfxParamPropChoiceEnum, 0, "first");
        props->propSetString(one, kOfxParamPropChoiceEnum, 1, "second");
        props->propSetString(one, kOfxParamPropDefault, 0, "first");
    }
    define(set, kOfxParamTypeInteger, "offset");
    if (parametric) {
        one = define(set, kOfxParamTypeParametric, "curves");
        props->propSetInt(one, kOfxParamPropParametricDimension, 0, 2);
        if (params->paramGetHandle(set, "curves", &curves, NULL) == kOfxStatOK)
            parametric->parametricParamAddControlPoint(curves, 1, 0, 0.5, 0.25, 0);
    }
    return kOfxStatOK;
}

static void check_properties(OfxImageEffectHandle e)
{
    OfxPropertySetHandle set = properties(e);
    double size[2] = {0, 0};
    int n = 0, dimension = 0;
    char *text = NULL;
    void *data = NULL;
    CHECK(e, props->propGetDoubleN(set, kOfxImageEffectPropProjectSize, 2, size) == kOfxStatOK);
    CHECK(e, size[0] == 8 && size[1] == 6);
    CHECK(e, props->propGetInt(set, "NoSuchProperty", 0, &n) == kOfxStatErrUnknown);
    CHECK(e, props->propGetInt(set, kOfxPropIsInteractive, 1, &n) == kOfxStatErrBadIndex);
    CHECK(e, props->propGetInt(set, kOfxPropIsInteractive, -1, &n) == kOfxStatErrBadIndex);
    CHECK(e, props->propGetDimension(set, kOfxImageEffectPropProjectSize, &dimension) == kOfxStatOK);
    CHECK(e, dimension == 2);
    CHECK(e, props->propGetString(host->host, kOfxPropName, 0, &text) == kOfxStatOK);
    CHECK(e, text && *text);
    CHECK(e, props->propSetPointer(set, kOfxPropInstanceData, 0, (void *)0x1234) == kOfxStatOK);
    CHECK(e, props->propGetPointer(set, kOfxPropInstanceData, 0, &data) == kOfxStatOK);
    CHECK(e, data == (void *)0x1234);
}

static void check_params(OfxImageEffectHandle e)
{
    int i = 0, j = 0, k = 0, index = 0;
    unsigned keys = 9;
    double a = 0, b = 0, c = 0, d = 0, time = -1;
    char *text = NULL;
    OfxBytes bytes = {(const unsigned char *)"ab\0c", 4}, back = {NULL, 0};
    OfxParamSetHandle set = NULL;
    OfxParamHandle handle = param(e, "int");
    CHECK(e, params->paramGetValue(handle, &i) == kOfxStatOK && i == 7);
    CHECK(e, params->paramSetValue(handle, 8) == kOfxStatOK);
    CHECK(e, params->paramGetValueAtTime(handle, 3.0, &i) == kOfxStatOK && i == 8);
    handle = param(e, "point");
    CHECK(e, params->paramGetValue(handle, &a, &b) == kOfxStatOK && a == 3 && b == 4);
    handle = param(e, "double3");
    CHECK(e, params->paramSetValue(handle, 1.5, 2.5, 3.5) == kOfxStatOK);
    CHECK(e, params->paramGetValue(handle, &a, &b, &c) == kOfxStatOK);
    CHECK(e, a == 1.5 && b == 2.5 && c == 3.5);
    handle = param(e, "int2");
    CHECK(e, params->paramSetValue(handle, -1, 2) == kOfxStatOK);
    CHECK(e, params->paramGetValue(handle, &i, &j) == kOfxStatOK && i == -1 && j == 2);
    handle = param(e, "int3");
    CHECK(e, params->paramSetValue(handle, 4, 5, 6) == kOfxStatOK);
    CHECK(e, params->paramGetValue(handle, &i, &j, &k) == kOfxStatOK && i + j + k == 15);
    handle = param(e, "rgba");
    CHECK(e, params->paramSetValue(handle, .1, .2, .3, .4) == kOfxStatOK);
    CHECK(e, params->paramGetValue(handle, &a, &b, &c, &d) == kOfxStatOK);
    CHECK(e, a == .1 && b == .2 && c == .3 && d == .4);
    handle = param(e, "text");
    CHECK(e, params->paramGetValue(handle, &text) == kOfxStatOK && !strcmp(text, "hello"));
    CHECK(e, params->paramSetValue(handle, "b\xc3\xa4r") == kOfxStatOK);
    CHECK(e, params->paramGetValue(handle, &text) == kOfxStatOK && !strcmp(text, "b\xc3\xa4r"));
    CHECK(e, params->paramSetValue(handle, "hello") == kOfxStatOK);
    handle = param(e, "bytes");
    CHECK(e, params->paramSetValue(handle, &bytes) == kOfxStatOK);
    CHECK(e, params->paramGetValue(handle, &back) == kOfxStatOK);
    CHECK(e, back.length == 4 && !memcmp(back.data, "ab\0c", 4));
    CHECK(e, param(e, "noSuchParam") == NULL);

    handle = param(e, "double");
    CHECK(e, params->paramGetNumKeys(handle, &keys) == kOfxStatOK && keys == 0);
    CHECK(e, params->paramSetValueAtTime(handle, 0.0, 0.0) == kOfxStatOK);
    CHECK(e, params->paramSetValueAtTime(handle, 10.0, 5.0) == kOfxStatOK);
    CHECK(e, params->paramGetNumKeys(handle, &keys) == kOfxStatOK && keys == 2);
    CHECK(e, params->paramGetKeyTime(handle, 1, &time) == kOfxStatOK && time == 10);
    CHECK(e, params->paramGetKeyTime(handle, 2, &time) == kOfxStatErrBadIndex);
    CHECK(e, params->paramGetKeyIndex(handle, 4.0, 1, &index) == kOfxStatOK && index == 1);
    CHECK(e, params->paramGetValueAtTime(handle, 4.0, &a) == kOfxStatOK && a == 2);
    CHECK(e, params->paramGetDerivative(handle, 4.0, &a) == kOfxStatOK && a > .499 && a < .501);
    CHECK(e, params->paramGetIntegral(handle, 0.0, 10.0, &a) == kOfxStatOK && a == 25);
    CHECK(e, params->paramDeleteKey(handle, 10.0) == kOfxStatOK);
    CHECK(e, params->paramDeleteAllKeys(handle) == kOfxStatOK);
    CHECK(e, params->paramGetNumKeys(handle, &keys) == kOfxStatOK && keys == 0);
    CHECK(e, params->paramSetValue(handle, 0.5) == kOfxStatOK);
    CHECK(e, params->paramCopy(param(e, "rgb"), param(e, "rgb"), 0, NULL) == kOfxStatOK);
    if (parametric) {
        int points = 0;
        handle = param(e, "curves");
        CHECK(e, parametric->parametricParamGetNControlPoints(handle, 1, 0, &points) == kOfxStatOK);
        CHECK(e, points == 3);
        CHECK(e, parametric->parametricParamGetValue(handle, 1, 0, .5, &a) == kOfxStatOK && a == .25);
        CHECK(e, parametric->parametricParamGetValue(handle, 0, 0, .5, &a) == kOfxStatOK && a == .5);
        CHECK(e, parametric->parametricParamGetValue(handle, 2, 0, .5, &a) == kOfxStatErrBadIndex);
    }
    effects->getParamSet(e, &set);
    CHECK(e, params->paramEditBegin(set, "edit") == kOfxStatOK);
    CHECK(e, params->paramEditEnd(set) == kOfxStatOK);
}

static void count_up(unsigned index, unsigned count, void *argument)
{
    unsigned mine = 99;
    threads->multiThreadIndex(&mine);
    if (mine == index && count == 8 && threads->multiThreadIsSpawnedThread())
        atomic_fetch_add((atomic_int *)argument, 1);
}

static void check_session(OfxImageEffectHandle e)
{
    void *block = NULL;
    atomic_int counted = 0;
    OfxMutexHandle mutex = NULL;
    OfxImageMemoryHandle image = NULL;
    double first = -1, last = -1;
    CHECK(e, memory->memoryAlloc(NULL, 1000, &block) == kOfxStatOK && block);
    memset(block, 1, 1000);
    CHECK(e, memory->memoryFree(block) == kOfxStatOK);
    CHECK(e, memory->memoryAlloc(NULL, (size_t)-1, &block) == kOfxStatErrMemory);
    CHECK(e, effects->imageMemoryAlloc(e, 64, &image) == kOfxStatOK);
    CHECK(e, effects->imageMemoryLock(image, &block) == kOfxStatOK && block);
    CHECK(e, effects->imageMemoryUnlock(image) == kOfxStatOK);
    CHECK(e, effects->imageMemoryFree(image) == kOfxStatOK);
    CHECK(e, threads->multiThread(count_up, 8, &counted) == kOfxStatOK);
    CHECK(e, counted == 8);
    CHECK(e, !threads->multiThreadIsSpawnedThread());
    CHECK(e, threads->mutexCreate(&mutex, 0) == kOfxStatOK);
    CHECK(e, threads->mutexLock(mutex) == kOfxStatOK && threads->mutexTryLock(mutex) == kOfxStatOK);
    CHECK(e, threads->mutexUnLock(mutex) == kOfxStatOK && threads->mutexUnLock(mutex) == kOfxStatOK);
    CHECK(e, threads->mutexDestroy(mutex) == kOfxStatOK);
    if (timeline)
        CHECK(e, timeline->getTimeBounds(e, &first, &last) == kOfxStatOK && first == 0 && last == 9);
    if (progress) {
        CHECK(e, progress->progressStart(e, "work", "id") == kOfxStatOK);
        CHECK(e, progress->progressUpdate(e, .5) == kOfxStatOK);
        CHECK(e, progress->progressEnd(e) == kOfxStatOK);
    }
    if (message2) {
        CHECK(e, message2->setPersistentMessage(e, kOfxMessageWarning, "id", "%s %d %.2f", "note", 3,
                                                1.5) == kOfxStatOK);
        CHECK(e, message2->message(e, kOfxMessageQuestion, "ask", "yes?") == kOfxStatReplyYes);
    }
}

static void invert_row(const char *source, char *target, int count, const char *depth)
{
    int i;
    if (!strcmp(depth, kOfxBitDepthByte))
        for (i = 0; i < count; ++i)
            target[i] = (char)(255 - (unsigned char)source[i]);
    else if (!strcmp(depth, kOfxBitDepthShort))
        for (i = 0; i < count; ++i)
            ((unsigned short *)target)[i] = 65535 - ((const unsigned short *)source)[i];
    else if (!strcmp(depth, kOfxBitDepthFloat))
        for (i = 0; i < count; ++i)
            ((float *)target)[i] = 1 - ((const float *)source)[i];
    else /* half floats are copied: C has no arithmetic for them */
        memcpy(target, source, (size_t)count * 2);
}

typedef struct Image {
    OfxPropertySetHandle set;
    char *data;
    int row, bounds[4], pixel, values;
    char *depth;
} Image;

static OfxStatus fetch(OfxImageEffectHandle effect, const char *name, double time, Image *image)
{
    OfxImageClipHandle clip = NULL;
    char *components = NULL;
    OfxStatus status = effects->clipGetHandle(effect, name, &clip, NULL);
    if (status == kOfxStatOK)
        status = effects->clipGetImage(clip, time, NULL, &image->set);
    if (status != kOfxStatOK)
        return status;
    props->propGetPointer(image->set, kOfxImagePropData, 0, (void **)&image->data);
    props->propGetInt(image->set, kOfxImagePropRowBytes, 0, &image->row);
    props->propGetIntN(image->set, kOfxImagePropBounds, 4, image->bounds);
    props->propGetString(image->set, kOfxImageEffectPropComponents, 0, &components);
    props->propGetString(image->set, kOfxImageEffectPropPixelDepth, 0, &image->depth);
    image->values = !strcmp(components, kOfxImageComponentRGBA)  ? 4
                    : !strcmp(components, kOfxImageComponentRGB) ? 3
                                                                 : 1;
    image->pixel = image->values * (!strcmp(image->depth, kOfxBitDepthByte)    ? 1
                                    : !strcmp(image->depth, kOfxBitDepthFloat) ? 4
                                                                               : 2);
    return kOfxStatOK;
}

static char *address(const Image *image, int x, int y)
{
    return image->data + (ptrdiff_t)(y - image->bounds[1]) * image->row +
           (ptrdiff_t)(x - image->bounds[0]) * image->pixel;
}

typedef struct Job {
    Image source, output;
    int window[4];
    OfxImageEffectHandle effect;
    double time;
} Job;

/* Fetching the output on a thread of the host must find the render that the thread works for. */
static void invert_rows(unsigned index, unsigned count, void *argument)
{
    const Job *job = argument;
    Image again;
    int y;
    CHECK(job->effect,
          fetch(job->effect, kOfxImageEffectOutputClipName, job->time, &again) == kOfxStatOK);
    CHECK(job->effect, again.data == job->output.data);
    effects->clipReleaseImage(again.set);
    for (y = job->window[1] + (int)index; y < job->window[3]; y += (int)count)
        invert_row(address(&job->source, job->window[0], y), address(&job->output, job->window[0], y),
                   (job->window[2] - job->window[0]) * job->source.values, job->source.depth);
}

static OfxStatus render(OfxImageEffectHandle effect, int plugin, OfxPropertySetHandle in)
{
    static OfxPropertySetHandle stale;
    struct timespec moment = {0, 20000000};
    Job job;
    int fault = whole(effect, "fault"), offset = whole(effect, "offset"), n;
    int now = atomic_fetch_add(&running[plugin], 1) + 1, before = most[plugin];
    OfxStatus status;
    while (now > before && !atomic_compare_exchange_weak(&most[plugin], &before, now))
        ;
    memset(&job, 0, sizeof job);
    job.effect = effect;
    props->propGetDouble(in, kOfxPropTime, 0, &job.time);
    props->propGetIntN(in, kOfxImageEffectPropRenderWindow, 4, job.window);
    status = fetch(effect, kOfxImageEffectOutputClipName, job.time, &job.output);
    if (status == kOfxStatOK)
        status = fetch(effect, kOfxImageEffectSimpleSourceClipName, job.time + offset, &job.source);
    if (status == kOfxStatOK && fault == FAULT_FAIL) {
        message1->message(effect, kOfxMessageError, "fail", "failed as told at %g", job.time);
        status = kOfxStatFailed;
    }
    if (status == kOfxStatOK) {
        threads->multiThread(invert_rows, 3, &job);
        nanosleep(&moment, NULL);
    }
    if (effects->abort(effect))
        status = kOfxStatFailed;
    if (status == kOfxStatOK) {
        if (fault == FAULT_OVERRUN)
            address(&job.output, job.window[2] - 1, job.window[1])[job.output.pixel] = 1;
        if (fault == FAULT_WRITE_INPUT)
            job.source.data[0] ^= 1;
        if (fault == FAULT_WRONG_TYPE)
            CHECK(effect, props->propGetInt(job.source.set, kOfxPropType, 0, &n) != kOfxStatOK);
        if (fault == FAULT_BAD_HANDLE)
            CHECK(effect, props->propGetInt((OfxPropertySetHandle)&job, kOfxPropType, 0, &n) ==
                              kOfxStatErrBadHandle);
        if (fault == FAULT_STALE_HANDLE && stale)
            CHECK(effect, effects->clipReleaseImage(stale) == kOfxStatErrBadHandle);
        if (fault == FAULT_SET_IN_RENDER)
            params->paramSetValue(param(effect, "int"), 9);
        if (fault == FAULT_LEAK_MEMORY) {
            void *block;
            memory->memoryAlloc(effect, 123, &block);
        }
    }
    stale = job.source.set;
    if (job.source.set && fault != FAULT_LEAK_IMAGE)
        effects->clipReleaseImage(job.source.set);
    if (job.output.set)
        effects->clipReleaseImage(job.output.set);
    atomic_fetch_sub(&running[plugin], 1);
    return status;
}

static OfxStatus changed(OfxImageEffectHandle effect, OfxPropertySetHandle in)
{
    char *name = NULL, *reason = NULL;
    props->propGetString(in, kOfxPropName, 0, &name);
    props->propGetString(in, kOfxPropChangeReason, 0, &reason);
    message1->message(effect, kOfxMessageLog, "changed", "%s %s", name, reason);
    if (!strcmp(name, "button"))
        params->paramSetValue(param(effect, "double"), 0.75);
    return kOfxStatOK;
}

static OfxStatus act(int plugin, const char *action, const void *handle, OfxPropertySetHandle in,
                     OfxPropertySetHandle out)
{
    OfxImageEffectHandle effect = (OfxImageEffectHandle)handle;
    if (!strcmp(action, kOfxActionLoad))
        return load();
    if (!strcmp(action, kOfxActionUnload))
        return kOfxStatOK;
    if (!strcmp(action, kOfxActionDescribe))
        return describe(effect, plugin);
    if (!strcmp(action, kOfxImageEffectActionDescribeInContext))
        return describe_in_context(effect, in);
    if (!strcmp(action, kOfxActionCreateInstance)) {
        check_properties(effect);
        check_params(effect);
        check_session(effect);
        return kOfxStatOK;
    }
    if (!strcmp(action, kOfxActionInstanceChanged))
        return changed(effect, in);
    if (!strcmp(action, kOfxImageEffectActionRender))
        return render(effect, plugin, in);
    if (!strcmp(action, kOfxImageEffectActionEndSequenceRender)) {
        message1->message(effect, kOfxMessageLog, "most", "%d", most[plugin]);
        return kOfxStatOK;
    }
    if (!strcmp(action, kOfxImageEffectActionGetFramesNeeded)) {
        double ranges[4] = {0, 0, 2, 5};
        return props->propSetDoubleN(out, "OfxImageClipPropFrameRange_Source", 4, ranges);
    }
    if (!strcmp(action, kOfxActionPurgeCaches))
        return message2 ? message2->clearPersistentMessage(effect) : kOfxStatOK;
    return kOfxStatReplyDefault;
}

static OfxStatus act0(const char *action, const void *handle, OfxPropertySetHandle in,
                      OfxPropertySetHandle out)
{
    return act(0, action, handle, in, out);
}

static OfxStatus act1(const char *action, const void *handle, OfxPropertySetHandle in,
                      OfxPropertySetHandle out)
{
    return act(1, action, handle, in, out);
}

static OfxStatus act2(const char *action, const void *handle, OfxPropertySetHandle in,
                      OfxPropertySetHandle out)
{
    return act(2, action, handle, in, out);
}

static void set_host(OfxHost *given) { host = given; }

static OfxPlugin plugins[PLUGINS] = {
    {kOfxImageEffectPluginApi, 1, "org.airoto.test.FullySafe", 1, 2, set_host, act0},
    {kOfxImageEffectPluginApi, 1, "org.airoto.test.InstanceSafe", 1, 2, set_host, act1},
    {kOfxImageEffectPluginApi, 1, "org.airoto.test.Unsafe", 1, 2, set_host, act2},
};

OfxStatus OfxSetHost(const OfxHost *given)
{
    set_host_calls += 1;
    return given && given->host ? kOfxStatOK : kOfxStatFailed;
}

int OfxGetNumberOfPlugins(void) { return set_host_calls > 0 ? PLUGINS : 0; }

OfxPlugin *OfxGetPlugin(int nth) { return nth >= 0 && nth < PLUGINS ? &plugins[nth] : NULL; }
