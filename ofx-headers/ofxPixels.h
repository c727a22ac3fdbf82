/*
 * Pixels in memory, red first.
 */
#ifndef AIROTO_OFX_PIXELS_H
#define AIROTO_OFX_PIXELS_H

/* RGBA, 8 bits a channel. */
typedef struct OfxRGBAColourB {
    unsigned char r;
    unsigned char g;
    unsigned char b;
    unsigned char a;
} OfxRGBAColourB;

/* RGBA, 16 bits a channel. */
typedef struct OfxRGBAColourS {
    unsigned short r;
    unsigned short g;
    unsigned short b;
    unsigned short a;
} OfxRGBAColourS;

/* RGBA, float a channel. */
typedef struct OfxRGBAColourF {
    float r;
    float g;
    float b;
    float a;
} OfxRGBAColourF;

/* RGBA, double a channel. */
typedef struct OfxRGBAColourD {
    double r;
    double g;
    double b;
    double a;
} OfxRGBAColourD;

/* RGB, 8 bits a channel. */
typedef struct OfxRGBColourB {
    unsigned char r;
    unsigned char g;
    unsigned char b;
} OfxRGBColourB;

/* RGB, 16 bits a channel. */
typedef struct OfxRGBColourS {
    unsigned short r;
    unsigned short g;
    unsigned short b;
} OfxRGBColourS;

/* RGB, float a channel. */
typedef struct OfxRGBColourF {
    float r;
    float g;
    float b;
} OfxRGBColourF;

/* RGB, double a channel. */
typedef struct OfxRGBColourD {
    double r;
    double g;
    double b;
} OfxRGBColourD;

#endif
