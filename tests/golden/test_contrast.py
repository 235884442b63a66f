#!/usr/bin/env python3
"""Colours: text has a contrast of 4.5:1 on everything that it stands on, edges of controls 3:1, in
light and dark (WCAG 2.2, 1.4.3 and 1.4.11), and no rule names a colour but the palette."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import TOP, equal, main, table, test

STYLES = (TOP / "static/site.css").read_text()
PALETTE = STYLES[STYLES.index(":root"):STYLES.index("}")]
COLOURS = {name: pair for name, *pair in
           re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", PALETTE)}
THEMES = ("light", "dark")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAPERS = ["paper", "raised", "soft", "code"]
CODE = ["hl-key", "hl-string", "hl-number", "hl-comment", "hl-action", "hl-keyword"]
STATES = ["good", "warn", "bad", "accent"]


@table(    # what is written, on what, at least
    *[(f"{ink} on papers", [ink], PAPERS, 4.5) for ink in ("ink", "muted", *STATES, *CODE)],
    ("ink on states", ["ink", "muted"], [f"{state}-soft" for state in STATES], 4.5),
    ("ink on what was found", ["ink", "muted", "accent", *CODE], ["found"], 4.5),
    *[(f"{state} on its own", [state], [f"{state}-soft"], 4.5) for state in STATES],
    ("code on changes", CODE, ["good-soft", "bad-soft"], 4.5),
    ("button", ["accent-ink"], ["accent"], 4.5),
    ("accent on what is chosen", ["accent"], ["accent-soft"], 4.5),
    *[(f"tint {i}", [f"tint-{i}-ink"], [f"tint-{i}"], 4.5) for i in range(8)],
    ("edges of controls", ["edge", "accent", "bad"], PAPERS, 3),
    ("focus", ["accent"], [*PAPERS, *[f"{state}-soft" for state in STATES]], 3))
def enough(inks, papers, least):
    low = [f"{ink} on {paper}, {THEMES[theme]}: {ratio:.2f}"
           for ink in inks for paper in papers for theme in (0, 1)
           if (ratio := contrast(COLOURS[ink][theme], COLOURS[paper][theme])) < least]
    equal(low, [], f"below {least}")


@test
def palette_is_whole():
    equal(sorted(set(re.findall(r"--([\w-]+):", PALETTE)) - COLOURS.keys()), ["mono", "radius", "text"])


@test
def colours_stand_in_the_palette_alone():
    rest = STYLES.replace(PALETTE, "")
    named = re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\([^)]*\)", rest)
    equal(sorted({colour for colour in named if not colour.startswith("rgb(0 0 0 /")} - {"#fff"}), [])


@test
def variables_are_there():
    equal(sorted(set(re.findall(r"var\(--([\w-]+)", STYLES)) - COLOURS.keys()),
          ["mono", "radius", "text"])


if __name__ == "__main__":
    main()
