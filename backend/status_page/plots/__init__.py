"""A small module that draws: scales, axes, curves, bands, bars, whiskers. Numbers in, SVG elements out."""
