/*
 * The table behind text_width, sorted; see text_table.c for how to read an entry.
 */
#ifndef BASE_TEXT_TABLE_H
#define BASE_TEXT_TABLE_H

#include <stdint.h>

#define TEXT_TABLE_LEN 2026
extern const uint32_t text_table[TEXT_TABLE_LEN];

#endif
