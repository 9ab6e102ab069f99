/*
 * Colours as numbers: the 256 of a terminal, the nearest of them, contrast and difference. Pure.
 */
#ifndef TUI_COLOR_H
#define TUI_COLOR_H

#include <stdint.h>

/* 0xrrggbb of one of the 256; the first 16 as xterm has them, though terminals differ there. */
uint32_t color_rgb(unsigned index);

/* The nearest of the colours `first` to `last` by color_distance; the lowest of equals. */
unsigned color_nearest(uint32_t rgb, unsigned first, unsigned last);

/* WCAG 2's contrast of two colours, 1 to 21. */
double color_contrast(uint32_t a, uint32_t b);

/* CIE76: the distance in L*a*b* under D65. */
double color_distance(uint32_t a, uint32_t b);

/* One channel of sRGB, 0 to 255, as light, 0 to 1; and back. */
double color_linear(unsigned channel);
unsigned color_channel(double linear);

#endif
