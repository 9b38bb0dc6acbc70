"use strict";
// The strokes on a photo or a drawing, from 0 (paper) to 1 (ink), in uneven light: what
// skdigits/ink/contrast.py does first, without ruled lines. Grey levels go from 0 to 255.

const CELLS = 24; // along the longest side, in which the brightness of the paper is estimated
const BRIDGE = 4; // cells to each side that strokes are bridged over
const [LEAST_CONTRAST, PALE_BESIDE_INK] = [0.15, 0.4];

function strokesOnPicture(grey) {
  const median = quantile(grey.data, 0.5);
  const isBright = grey.data.reduce((sum, level) => sum + (level - median) ** 3, 0) > 0;
  const dark = isBright ? { ...grey, data: grey.data.map((level) => 255 - level) } : grey;
  const paper = brightnessOfPaper(dark);
  const contrast = dark.data.map((level, i) => clip((paper[i] - level) / Math.max(paper[i], 1), 0, 1));
  return evenlyDark({ ...grey, data: contrast });
}

function quantile(values, share) {
  return Float32Array.from(values).sort()[Math.floor(share * (values.length - 1))];
}

function brightnessOfPaper({ width, height, data }) {
  const cell = Math.max(1, Math.round(Math.max(width, height) / CELLS));
  const cells = blank(Math.ceil(width / cell), Math.ceil(height / cell));
  const levels = Array.from(cells.data, () => []);
  data.forEach((level, i) => {
    const row = Math.floor(i / width / cell);
    levels[row * cells.width + Math.floor((i % width) / cell)].push(level);
  });
  cells.data = Float32Array.from(levels, (inside) => quantile(inside, 0.8));
  const bridged = filtered(filtered(cells, BRIDGE, Math.max), BRIDGE, Math.min);
  const smooth = filtered(bridged, 1, (...near) => near.reduce((sum, x) => sum + x) / near.length);
  const all = { left: 0, top: 0, right: cells.width, bottom: cells.height };
  const large = resized(smooth, all, cells.width * cell, cells.height * cell);
  return data.map((_, i) => large.data[Math.floor(i / width) * large.width + (i % width)]);
}

// Combine the pixels of the square around each one.
function filtered({ width, height, data }, reach, combine) {
  const combined = data.map((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const near = [];
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
      const start = row * width;
      near.push(...data.subarray(start + Math.max(0, x - reach), start + Math.min(width, x + reach + 1)));
    }
    return combine(...near);
  });
  return { width, height, data: combined };
}

// Make each piece as dark as its darkest fifth, and leave out pale ones.
function evenlyDark(contrast) {
  const { labels, pieces } = label(contrast, FAINTEST);
  const levels = pieces.map(() => []);
  labels.forEach((number, i) => number && levels[number - 1].push(contrast.data[i]));
  const darkness = levels.map((inside) => quantile(inside, 0.8));
  const largest = pieces.reduce((most, piece) => Math.max(most, piece.area), 0);
  const typical = darkness[pieces.findIndex((piece) => piece.area === largest)];
  const isClear = darkness.map((dark) => dark > Math.max(LEAST_CONTRAST, PALE_BESIDE_INK * typical));
  const strokes = contrast.data.map((level, i) => {
    const piece = labels[i] - 1;
    return isClear[piece] ? Math.min(1, level / darkness[piece]) : 0;
  });
  return { ...contrast, data: strokes };
}
