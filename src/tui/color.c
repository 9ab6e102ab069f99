/*
 * The formulas of IEC 61966-2-1 (sRGB), CIE 1976 (L*a*b*) and WCAG 2 (contrast).
 */
#include "tui/color.h"

#include <math.h>

struct lab {
    double l, a, b;
};

uint32_t color_rgb(unsigned index)
{
    static const uint32_t first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                       0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                       0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};
    if (index < 16)
        return first[index];
    if (index >= 232)
        return (8 + 10 * (index - 232)) * 0x010101u;
    index -= 16;
    return (uint32_t)steps[index / 36 % 6] << 16 | (uint32_t)steps[index / 6 % 6] << 8 |
           steps[index % 6];
}

double color_linear(unsigned channel)
{
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

unsigned color_channel(double linear)
{
    double c = linear <= 0 ? 0 : linear >= 1 ? 1 : linear;
    c = c <= 0.0031308 ? c * 12.92 : 1.055 * pow(c, 1 / 2.4) - 0.055;
    return (unsigned)(c * 255 + 0.5);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * color_linear(rgb >> 16 & 0xff) + 0.7152 * color_linear(rgb >> 8 & 0xff) +
           0.0722 * color_linear(rgb & 0xff);
}

double color_contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

static double lab_part(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static struct lab lab_of(uint32_t rgb)
{
    double r = color_linear(rgb >> 16 & 0xff), g = color_linear(rgb >> 8 & 0xff),
           b = color_linear(rgb & 0xff);
    double x = lab_part((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    double y = lab_part(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    double z = lab_part((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    return (struct lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

static double distance(struct lab a, struct lab b)
{
    return sqrt((a.l - b.l) * (a.l - b.l) + (a.a - b.a) * (a.a - b.a) + (a.b - b.b) * (a.b - b.b));
}

double color_distance(uint32_t a, uint32_t b)
{
    return distance(lab_of(a), lab_of(b));
}

unsigned color_nearest(uint32_t rgb, unsigned first, unsigned last)
{
    struct lab wanted = lab_of(rgb);
    unsigned best = first;
    double least = INFINITY;
    for (unsigned i = first; i <= last; i++) {
        double d = distance(wanted, lab_of(color_rgb(i)));
        if (d < least) {
            least = d;
            best = i;
        }
    }
    return best;
}
