// Parameters that hold a value, which the command line can set by text. Nothing is animated.

#pragma once

#include "ofxhImageEffect.h"

#include <iostream>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

namespace hosting {

namespace params = OFX::Host::Param;

// A parameter that the command line can set.
class Settable {
public:
    virtual ~Settable() = default;
    virtual bool parse(const std::string &text) = 0;
};

inline double givenDefault(const OFX::Host::Property::Set &properties, double, int index) {
    return properties.getDoubleProperty(kOfxParamPropDefault, index);
}
inline int givenDefault(const OFX::Host::Property::Set &properties, int, int index) {
    return properties.getIntProperty(kOfxParamPropDefault, index);
}
inline bool givenDefault(const OFX::Host::Property::Set &properties, bool, int index) {
    return properties.getIntProperty(kOfxParamPropDefault, index) != 0;
}

// A parameter of the library's class BASE whose value is one or more numbers; nothing is animated.
template <class Base, class... Numbers> class Stored : public Base, public Settable {
public:
    Stored(params::Descriptor &description, params::SetInstance *set) : Base(description, set) {
        fill(std::index_sequence_for<Numbers...>());
    }

    OfxStatus get(Numbers &...out) override {
        std::tie(out...) = _value;
        return kOfxStatOK;
    }
    OfxStatus get(OfxTime, Numbers &...out) override { return get(out...); }
    OfxStatus set(Numbers... in) override {
        _value = std::make_tuple(in...);
        return kOfxStatOK;
    }
    OfxStatus set(OfxTime, Numbers... in) override { return set(in...); }

    bool parse(const std::string &text) override {
        std::istringstream words(text);
        return read(words, std::index_sequence_for<Numbers...>()) && (words >> std::ws).eof();
    }

protected:
    std::tuple<Numbers...> _value;

private:
    template <size_t... At> void fill(std::index_sequence<At...>) {
        ((std::get<At>(_value) = givenDefault(this->getProperties(), Numbers(), int(At))), ...);
    }
    template <size_t... At> bool read(std::istream &words, std::index_sequence<At...>) {
        return (one(words, std::get<At>(_value), At > 0) && ...);
    }
    template <class Number> static bool one(std::istream &words, Number &to, bool after) {
        char comma = ',';
        if (after && !(words >> comma))
            return false;
        return comma == ',' && bool(words >> to);
    }
};

// The library asks these of a number alone for its slope and its area, too.
class Real : public Stored<params::DoubleInstance, double> {
public:
    using Stored::Stored;
    OfxStatus derive(OfxTime, double &slope) override {
        slope = 0.0;
        return kOfxStatOK;
    }
    OfxStatus integrate(OfxTime from, OfxTime to, double &area) override {
        area = std::get<0>(_value) * (to - from);
        return kOfxStatOK;
    }
};

class Choice : public Stored<params::ChoiceInstance, int> {
public:
    using Stored::Stored;
    bool parse(const std::string &text) override {
        const int options = getProperties().getDimension(kOfxParamPropChoiceOption);
        for (int option = 0; option < options; ++option)
            if (getProperties().getStringProperty(kOfxParamPropChoiceOption, option) == text)
                return set(option) == kOfxStatOK;
        return false;
    }
};

// Text, and custom parameters, which hold text.
template <class Base> class Text : public Base, public Settable {
public:
    Text(params::Descriptor &description, params::SetInstance *set) : Base(description, set) {
        _value = this->getProperties().getStringProperty(kOfxParamPropDefault);
    }
    OfxStatus get(std::string &out) override {
        out = _value;
        return kOfxStatOK;
    }
    OfxStatus get(OfxTime, std::string &out) override { return get(out); }
    OfxStatus set(const char *in) override {
        _value = in ? in : "";
        return kOfxStatOK;
    }
    OfxStatus set(OfxTime, const char *in) override { return set(in); }
    bool parse(const std::string &text) override { return set(text.c_str()) == kOfxStatOK; }

private:
    std::string _value;
};

inline params::Instance *makeParameter(params::Descriptor &d, params::SetInstance *set) {
    const std::string &type = d.getType();
    if (type == kOfxParamTypeInteger) return new Stored<params::IntegerInstance, int>(d, set);
    if (type == kOfxParamTypeInteger2D) return new Stored<params::Integer2DInstance, int, int>(d, set);
    if (type == kOfxParamTypeInteger3D) return new Stored<params::Integer3DInstance, int, int, int>(d, set);
    if (type == kOfxParamTypeDouble) return new Real(d, set);
    if (type == kOfxParamTypeDouble2D) return new Stored<params::Double2DInstance, double, double>(d, set);
    if (type == kOfxParamTypeDouble3D) return new Stored<params::Double3DInstance, double, double, double>(d, set);
    if (type == kOfxParamTypeRGB) return new Stored<params::RGBInstance, double, double, double>(d, set);
    if (type == kOfxParamTypeRGBA) return new Stored<params::RGBAInstance, double, double, double, double>(d, set);
    if (type == kOfxParamTypeBoolean) return new Stored<params::BooleanInstance, bool>(d, set);
    if (type == kOfxParamTypeChoice) return new Choice(d, set);
    if (type == kOfxParamTypeString) return new Text<params::StringInstance>(d, set);
    if (type == kOfxParamTypeCustom) return new Text<params::CustomInstance>(d, set);
    if (type == kOfxParamTypePushButton) return new params::PushbuttonInstance(d, set);
    if (type == kOfxParamTypeGroup) return new params::GroupInstance(d, set);
    if (type == kOfxParamTypePage) return new params::PageInstance(d, set);
    std::cerr << "error: parameter " << d.getName() << " is of type " << type << ", which this host does not know\n";
    return nullptr;
}

} // namespace hosting
