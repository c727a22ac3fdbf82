// Pictures in memory, on disk, and as a clip hands them to the plugin.

#pragma once

#include "ofxImageEffect.h"
#include "ofxhImageEffect.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hosting {

namespace effects = OFX::Host::ImageEffect;

// Red, green, blue, alpha.
constexpr size_t CHANNELS = 4;

// What stops the program; the sentence goes to standard error.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Pixels of red, green, blue, alpha; the bottom row comes first, as OpenFX has it.
struct Pixels {
    int width = 0, height = 0;
    bool floats = false;
    std::vector<unsigned char> bytes;

    Pixels(int w, int h, bool f)
        : width(w), height(h), floats(f), bytes(size_t(w) * h * CHANNELS * (f ? sizeof(float) : 1)) {}

    size_t stride() const { return bytes.size() / height; }
};

inline std::string fileOf(const std::string &folder, int frame) {
    char name[32];
    std::snprintf(name, sizeof name, "/%05d.ppm", frame);
    return folder + name;
}

// A file of the kind P6 with 255 as its greatest value and no comments, which is what `cargo xtask hosts` writes.
inline std::shared_ptr<Pixels> readPicture(const std::string &path, bool floats) {
    std::ifstream file(path, std::ios::binary);
    std::string kind;
    int width = 0, height = 0, most = 0;
    if (!(file >> kind >> width >> height >> most) || kind != "P6" || most != 255 || width < 1 || height < 1
        || width > 16384 || height > 16384)
        throw Failure(path + " is no PPM picture of eight bits a sample");
    file.get();
    std::vector<unsigned char> row(size_t(width) * 3);
    auto pixels = std::make_shared<Pixels>(width, height, floats);
    for (int y = height - 1; y >= 0; --y) {
        if (!file.read(reinterpret_cast<char *>(row.data()), std::streamsize(row.size())))
            throw Failure(path + " ends before its last row");
        unsigned char *to = pixels->bytes.data() + size_t(y) * pixels->stride();
        for (int x = 0; x < width; ++x)
            for (size_t c = 0; c < CHANNELS; ++c) {
                const unsigned char value = c < 3 ? row[size_t(x) * 3 + c] : 255;
                if (floats)
                    reinterpret_cast<float *>(to)[size_t(x) * CHANNELS + c] = float(value) / 255.0f;
                else
                    to[size_t(x) * CHANNELS + c] = value;
            }
    }
    return pixels;
}

// Eight bits a sample as they are; floats as 16 bits, the larger byte first.
inline void writePicture(const std::string &path, const Pixels &pixels) {
    std::ofstream file(path, std::ios::binary);
    file << "P6\n" << pixels.width << ' ' << pixels.height << '\n' << (pixels.floats ? 65535 : 255) << '\n';
    for (int y = pixels.height - 1; y >= 0; --y) {
        const unsigned char *from = pixels.bytes.data() + size_t(y) * pixels.stride();
        for (int x = 0; x < pixels.width; ++x)
            for (size_t c = 0; c < 3; ++c)
                if (pixels.floats) {
                    const float value = reinterpret_cast<const float *>(from)[size_t(x) * CHANNELS + c];
                    const long whole = std::lround(65535.0 * std::min(1.0f, std::max(0.0f, value)));
                    file.put(char(whole >> 8)).put(char(whole & 255));
                } else
                    file.put(char(from[size_t(x) * CHANNELS + c]));
    }
    if (!file.flush())
        throw Failure(path + " cannot be written");
}

// What a clip hands to the plugin; the library deletes it when the plugin has let go of it.
class Picture : public effects::Image {
public:
    Picture(effects::ClipInstance &clip, std::shared_ptr<Pixels> pixels, const std::string &name)
        : effects::Image(clip, 1.0, 1.0, pixels->bytes.data(), box(*pixels), box(*pixels), int(pixels->stride()),
                         kOfxImageFieldNone, name),
          _pixels(std::move(pixels)) {}

private:
    static OfxRectI box(const Pixels &pixels) { return {0, 0, pixels.width, pixels.height}; }

    std::shared_ptr<Pixels> _pixels;
};

} // namespace hosting
