// A small OpenFX host on the HostSupport library of the OpenFX sources: it sets parameters, gives frames of a
// folder to the Source clip, renders them and writes what comes out. `cargo xtask hosts` compiles and runs it.
//
//   hostsupport PLUGIN CONTEXT DEPTH FOLDER FIRST LAST OUTPUT [PARAMETER=VALUE ...]
//
// PLUGIN is the plugin's identifier; bundles are sought where OFX_PLUGIN_PATH says. CONTEXT is Filter or General,
// DEPTH byte or float. FOLDER and OUTPUT hold %05d.ppm, eight bits a sample; what is written of floats has 16.
// LAST may be before FIRST: then frames are rendered backwards. Choices are set by their labels, numbers of several
// components separated by commas. What the plugin says goes to standard error. Exit status 0 if all went well.

#include "effect.h"

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace hosting;

void expect(OfxStatus status, const std::string &what) {
    if (status != kOfxStatOK && status != kOfxStatReplyDefault)
        throw Failure(what + " answered status " + std::to_string(status));
}

void setParameter(effects::Instance &effect, const std::string &pair) {
    const size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    auto *parameter = dynamic_cast<Settable *>(effect.getParam(name));
    if (equals == std::string::npos || !parameter)
        throw Failure("the plugin has no parameter " + name + " that can be set");
    if (!parameter->parse(pair.substr(equals + 1)))
        throw Failure("parameter " + name + " cannot be " + pair.substr(equals + 1));
}

void renderFrame(effects::Instance &effect, Clip &output, const Job &job, int frame, bool forwards) {
    const OfxPointD scale = {1.0, 1.0};
    const OfxRectI window = {0, 0, job.width, job.height};
    const std::string which = " of frame " + std::to_string(frame);

    OfxRectD region = {0.0, 0.0, 0.0, 0.0};
    expect(effect.getRegionOfDefinitionAction(frame, scale, region), "the region of definition" + which);
    const OfxRectD whole = output.getRegionOfDefinition(frame);
    if (region.x1 != whole.x1 || region.y1 != whole.y1 || region.x2 != whole.x2 || region.y2 != whole.y2)
        throw Failure("the region of definition" + which + " is not the picture");
    std::map<effects::ClipInstance *, OfxRectD> regions;
    expect(effect.getRegionOfInterestAction(frame, scale, region, regions), "the regions of interest" + which);
    effects::RangeMap frames;
    expect(effect.getFrameNeededAction(frame, frames), "the frames needed" + which);
    OfxTime other = frame;
    std::string clip;
    const OfxStatus identity = effect.isIdentityAction(other, kOfxImageFieldNone, window, scale, clip);
    if (identity == kOfxStatOK)
        throw Failure("the plugin says" + which + " that it is that of clip " + clip);
    expect(identity, "the question of identity" + which);

    output.drawn = std::make_shared<Pixels>(job.width, job.height, job.floats);
    const OfxStatus status = effect.renderAction(frame, kOfxImageFieldNone, window, scale, forwards, false, false);
    if (status != kOfxStatOK)
        throw Failure("the render" + which + " answered status " + std::to_string(status));
    writePicture(fileOf(job.output, frame), *output.drawn);
}

void work(effects::ImageEffectPlugin &plugin, const Job &job, const std::vector<std::string> &pairs) {
    std::unique_ptr<effects::Instance> effect(plugin.createInstance(job.context, nullptr));
    if (!effect)
        throw Failure("the plugin makes no instance in " + job.context);
    for (const std::string &pair : pairs)
        setParameter(*effect, pair);
    expect(effect->createInstanceAction(), "making the instance");
    if (!effect->getClipPreferences())
        throw Failure("the plugin refuses the clip preferences");
    auto *output = dynamic_cast<Clip *>(effect->getClip(kOfxImageEffectOutputClipName));
    const std::string depth = job.floats ? kOfxBitDepthFloat : kOfxBitDepthByte;
    if (!output || output->getPixelDepth() != depth || output->getComponents() != kOfxImageComponentRGBA)
        throw Failure("the plugin's output is not of the depth and the components of its input");

    const OfxPointD scale = {1.0, 1.0};
    const bool forwards = job.first <= job.last;
    expect(effect->beginRenderAction(job.earliest(), job.latest(), 1.0, false, scale, forwards, false),
           "beginning the sequence");
    const int step = forwards ? 1 : -1;
    for (int frame = job.first; frame != job.last + step; frame += step)
        renderFrame(*effect, *output, job, frame, forwards);
    expect(effect->endRenderAction(job.earliest(), job.latest(), 1.0, false, scale, forwards, false),
           "ending the sequence");
}

void run(const std::vector<std::string> &words) {
    if (words.size() < 7)
        throw Failure("expected PLUGIN CONTEXT DEPTH FOLDER FIRST LAST OUTPUT [PARAMETER=VALUE ...]");
    Job job;
    job.plugin = words[0];
    job.context = words[1] == "Filter" ? kOfxImageEffectContextFilter : kOfxImageEffectContextGeneral;
    job.floats = words[2] == "float";
    job.folder = words[3];
    job.first = std::stoi(words[4]);
    job.last = std::stoi(words[5]);
    job.output = words[6];
    const auto pixels = readPicture(fileOf(job.folder, job.first), job.floats);
    job.width = pixels->width;
    job.height = pixels->height;

    // The library's caches hold the host and the plugins until the global one is cleared, which unloads them.
    Host host(job);
    effects::PluginCache plugins(host);
    OFX::Host::PluginCache &global = *OFX::Host::PluginCache::getPluginCache();
    plugins.registerInCache(global);
    global.scanPluginFiles();
    try {
        effects::ImageEffectPlugin *plugin = plugins.getPluginById(job.plugin);
        if (!plugin)
            throw Failure("there is no plugin " + job.plugin + " where OFX_PLUGIN_PATH says");
        std::cout << "plugin " << plugin->getBinary()->getBundlePath() << std::endl;
        work(*plugin, job, std::vector<std::string>(words.begin() + 7, words.end()));
    } catch (...) {
        OFX::Host::PluginCache::clearPluginCache();
        throw;
    }
    OFX::Host::PluginCache::clearPluginCache();
}

} // namespace

int main(int count, char **words) {
    try {
        run(std::vector<std::string>(words + 1, words + count));
        return 0;
    } catch (const std::exception &reason) {
        std::cerr << "error: " << reason.what() << std::endl;
    } catch (const OFX::Host::Property::Exception &reason) {
        std::cerr << "error: a property failed with status " << reason.getStatus() << std::endl;
    }
    return 1;
}
