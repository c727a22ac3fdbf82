// The clips, the effect and the host, as the library asks for them.

#pragma once

#include "parameters.h"
#include "pictures.h"

#include "ofxhPluginCache.h"
// After the one above, which it does not include itself.
#include "ofxhImageEffectAPI.h"

#include <cstring>

namespace hosting {

constexpr double FRAMES_A_SECOND = 24.0;

// What is rendered: the same for the effect and its clips.
struct Job {
    std::string plugin, context, folder, output;
    bool floats = false;
    int first = 0, last = 0;
    int width = 0, height = 0;

    double earliest() const { return std::min(first, last); }
    double latest() const { return std::max(first, last); }
};

class Clip : public effects::ClipInstance {
public:
    Clip(effects::Instance *effect, effects::ClipDescriptor &description, const Job &job)
        : effects::ClipInstance(effect, description), _job(job),
          _connected(description.isOutput() || description.getName() == kOfxImageEffectSimpleSourceClipName),
          _depth(job.floats ? kOfxBitDepthFloat : kOfxBitDepthByte) {}

    const std::string &getUnmappedBitDepth() const override { return _depth; }
    const std::string &getUnmappedComponents() const override { return _rgba; }
    const std::string &getPremult() const override { return _opaque; }
    const std::string &getFieldOrder() const override { return _unfielded; }
    double getAspectRatio() const override { return 1.0; }
    double getFrameRate() const override { return FRAMES_A_SECOND; }
    double getUnmappedFrameRate() const override { return FRAMES_A_SECOND; }
    bool getConnected() const override { return _connected; }
    bool getContinuousSamples() const override { return false; }

    void getFrameRange(double &first, double &last) const override {
        first = _job.earliest();
        last = _job.latest();
    }
    void getUnmappedFrameRange(double &first, double &last) const override { getFrameRange(first, last); }

    OfxRectD getRegionOfDefinition(OfxTime) const override {
        return {0.0, 0.0, double(_job.width), double(_job.height)};
    }

    // Whole pictures, whatever part is asked for: that is a host's right.
    effects::Image *getImage(OfxTime time, const OfxRectD *) override {
        if (!_connected)
            return nullptr;
        std::ostringstream name;
        name << getName() << ' ' << time;
        if (isOutput())
            return new Picture(*this, drawn, name.str());
        if (time < _job.earliest() || time > _job.latest() || time != std::floor(time))
            return nullptr;
        return new Picture(*this, readPicture(fileOf(_job.folder, int(time)), _job.floats), name.str());
    }

    // Of the output: what the frame in work is drawn into.
    std::shared_ptr<Pixels> drawn;

private:
    const Job &_job;
    const bool _connected;
    const std::string _depth, _rgba = kOfxImageComponentRGBA, _opaque = kOfxImageOpaque,
                              _unfielded = kOfxImageFieldNone;
};

inline OfxStatus say(const char *type, const char *format, va_list args) {
    const bool bad = type && (!std::strcmp(type, kOfxMessageError) || !std::strcmp(type, kOfxMessageFatal));
    std::fputs(bad ? "error: " : "message: ", stderr);
    std::vfprintf(stderr, format ? format : "", args);
    std::fputc('\n', stderr);
    return type && !std::strcmp(type, kOfxMessageQuestion) ? kOfxStatReplyYes : kOfxStatOK;
}

class Effect : public effects::Instance {
public:
    Effect(effects::ImageEffectPlugin *plugin, effects::Descriptor &description, const std::string &context,
           const Job &job)
        : effects::Instance(plugin, description, context, false), _job(job) {}

    effects::ClipInstance *newClipInstance(effects::Instance *, effects::ClipDescriptor *description, int) override {
        return new Clip(this, *description, _job);
    }
    params::Instance *newParam(const std::string &, params::Descriptor &description) override {
        return makeParameter(description, this);
    }
    OfxStatus editBegin(const std::string &) override { return kOfxStatOK; }
    OfxStatus editEnd() override { return kOfxStatOK; }

    OfxStatus vmessage(const char *type, const char *, const char *format, va_list args) override {
        return say(type, format, args);
    }
    OfxStatus setPersistentMessage(const char *type, const char *, const char *format, va_list args) override {
        return say(type, format, args);
    }
    OfxStatus clearPersistentMessage() override { return kOfxStatOK; }

    const std::string &getDefaultOutputFielding() const override { return _unfielded; }
    void getProjectSize(double &width, double &height) const override {
        width = _job.width;
        height = _job.height;
    }
    void getProjectExtent(double &width, double &height) const override { getProjectSize(width, height); }
    void getProjectOffset(double &x, double &y) const override { x = y = 0.0; }
    double getProjectPixelAspectRatio() const override { return 1.0; }
    double getEffectDuration() const override { return _job.latest() - _job.earliest() + 1.0; }
    double getFrameRate() const override { return FRAMES_A_SECOND; }
    double getFrameRecursive() const override { return now; }
    void getRenderScaleRecursive(double &x, double &y) const override { x = y = 1.0; }

    void progressStart(const std::string &, const std::string &) override {}
    void progressEnd() override {}
    bool progressUpdate(double) override { return true; }
    double timeLineGetTime() override { return now; }
    void timeLineGotoTime(double time) override { now = time; }
    void timeLineGetBounds(double &first, double &last) override {
        first = _job.earliest();
        last = _job.latest();
    }

    double now = 0.0;

private:
    const Job &_job;
    const std::string _unfielded = kOfxImageFieldNone;
};

class Host : public effects::Host {
public:
    explicit Host(const Job &job) : _job(job) {
        const auto words = [this](const char *name, std::initializer_list<const char *> values) {
            int at = 0;
            for (const char *value : values)
                _properties.setStringProperty(name, value, at++);
        };
        words(kOfxPropName, {"org.airoto.hostsupport"});
        words(kOfxPropLabel, {"AI Roto's host on HostSupport"});
        words(kOfxPropVersionLabel, {"1"});
        words(kOfxImageEffectPropSupportedComponents, {kOfxImageComponentRGBA, kOfxImageComponentAlpha});
        words(kOfxImageEffectPropSupportedContexts, {kOfxImageEffectContextFilter, kOfxImageEffectContextGeneral});
        words(kOfxImageEffectPropSupportedPixelDepths, {job.floats ? kOfxBitDepthFloat : kOfxBitDepthByte});
        _properties.setIntProperty(kOfxPropAPIVersion, 1, 0);
        _properties.setIntProperty(kOfxPropAPIVersion, 4, 1);
        _properties.setIntProperty(kOfxImageEffectHostPropIsBackground, 1);
        _properties.setIntProperty(kOfxImageEffectPropTemporalClipAccess, 1);
        _properties.setIntProperty(kOfxParamHostPropMaxParameters, -1);
    }

    effects::Instance *newInstance(void *, effects::ImageEffectPlugin *plugin, effects::Descriptor &description,
                                   const std::string &context) override {
        return new Effect(plugin, description, context, _job);
    }
    effects::Descriptor *makeDescriptor(effects::ImageEffectPlugin *plugin) override {
        return new effects::Descriptor(plugin);
    }
    effects::Descriptor *makeDescriptor(const effects::Descriptor &root, effects::ImageEffectPlugin *plugin) override {
        return new effects::Descriptor(root, plugin);
    }
    effects::Descriptor *makeDescriptor(const std::string &bundle, effects::ImageEffectPlugin *plugin) override {
        return new effects::Descriptor(bundle, plugin);
    }
    OfxStatus vmessage(const char *type, const char *, const char *format, va_list args) override {
        return say(type, format, args);
    }
    OfxStatus setPersistentMessage(const char *type, const char *, const char *format, va_list args) override {
        return say(type, format, args);
    }
    OfxStatus clearPersistentMessage() override { return kOfxStatOK; }

private:
    const Job &_job;
};

} // namespace hosting
