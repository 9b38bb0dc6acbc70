"use strict";
// Frame the ink of one digit as in MNIST, as skdigits/ink/frame.py does: in 20x20 pixels, with its
// centre of mass in the middle of 28x28. A picture is {width, height, data}, with rows one after the
// other; ink goes from 0 to 1 and is 0.5 along the edges of strokes.

const FRAME = 28;
const DIGIT = 20;
const PLACES = 4; // of a pixel, in each direction; the pixel is their mean
const [THINNEST, THICKEST] = [2.2, 4];

function frameInk(ink) {
  let strokes = fillBox(ink);
  const own = strokeThickness(strokes) / PLACES;
  const thickness = clip(own, THINNEST, THICKEST);
  if (thickness !== own) strokes = grown(strokes, ((thickness - own) * PLACES) / 2);
  return centered(strokes);
}

// Scale the ink so that it fills the box, with a margin for its growth.
function fillBox(ink) {
  const box = boxOf(ink);
  const [height, width] = [box.bottom - box.top, box.right - box.left];
  const scale = (DIGIT * PLACES) / Math.max(height, width);
  const sides = [width, height].map((side) => Math.max(1, roundToEven(side * scale)));
  return padded(resized(ink, box, ...sides), 3 * PLACES);
}

function boxOf({ width, height, data }) {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  data.forEach((level, i) => {
    if (level < 0.5) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x + 1);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box;
}

// Python's `round`.
function roundToEven(x) {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

// Pillow's bilinear filter, which averages where it makes a picture smaller.
function resized(picture, { left, top, right, bottom }, width, height) {
  return resizedAcross(resizedAcross(picture, left, right, width), top, bottom, height);
}

// Resize the columns from `start` to `stop`; rows become columns, and columns rows.
function resizedAcross({ width, height, data }, start, stop, size) {
  const scale = (stop - start) / size;
  const support = Math.max(scale, 1);
  const across = new Float32Array(size * height);
  for (let i = 0; i < size; i++) {
    const center = start + (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - support + 0.5));
    const last = Math.min(width, Math.floor(center + support + 0.5));
    const weights = [];
    for (let x = first; x < last; x++) weights.push(1 - Math.abs(x + 0.5 - center) / support);
    const total = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0);
    for (let y = 0; y < height; y++) {
      let sum = 0;
      weights.forEach((weight, j) => (sum += data[y * width + first + j] * Math.max(0, weight)));
      across[i * height + y] = sum / total;
    }
  }
  return { width: height, height: size, data: across };
}

function padded({ width, height, data }, margin) {
  const around = blank(width + 2 * margin, height + 2 * margin);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    around.data.set(row, (y + margin) * around.width + margin);
  }
  return around;
}

function blank(width, height) {
  return { width, height, data: new Float32Array(width * height) };
}

// Twice the area of strokes over the length of their edges, which is pi / 4 of the steps along them.
function strokeThickness({ width, data }) {
  let [area, edges] = [0, 0];
  data.forEach((level, i) => {
    const inked = level >= 0.5;
    area += inked;
    if ((i + 1) % width) edges += inked !== data[i + 1] >= 0.5;
    if (i + width < data.length) edges += inked !== data[i + width] >= 0.5;
  });
  return (2 * area) / Math.max(1, (edges * Math.PI) / 4);
}

// Move the edges outwards, or inwards if the growth is negative.
function grown({ width, height, data }, growth) {
  const inked = (level) => level >= 0.5;
  let distances;
  if (growth > 0) {
    distances = distancesTo({ width, height, data: data.map(inked) });
    distances = distances.map((distance, i) => (inked(data[i]) ? 1 : 0.5 - distance));
  } else {
    distances = distancesTo({ width, height, data: data.map((level) => !inked(level)) });
    distances = distances.map((distance) => distance - 0.5);
    const deepest = distances.reduce((most, distance) => Math.max(most, distance));
    growth = Math.max(growth, 0.5 - deepest); // keeps the middle of a thin stroke
  }
  const levels = distances.map((distance) => clip(distance + growth + 0.5, 0, 1));
  return { width, height, data: Float32Array.from(levels) };
}

// The distance of each pixel to the nearest one that is not 0: down its column, then along its row.
function distancesTo({ width, height, data }) {
  const down = new Float64Array(data.length).fill(Infinity);
  for (let x = 0; x < width; x++) {
    for (const step of [1, -1]) {
      let distance = Infinity;
      for (let y = step > 0 ? 0 : height - 1; y >= 0 && y < height; y += step) {
        distance = data[y * width + x] ? 0 : distance + 1;
        down[y * width + x] = Math.min(down[y * width + x], distance);
      }
    }
  }
  return down.map((_, i) => {
    const start = i - (i % width);
    let nearest = Infinity;
    for (let j = start; j < start + width; j++) nearest = Math.min(nearest, (i - j) ** 2 + down[j] ** 2);
    return Math.sqrt(nearest);
  });
}

// Move the centre of mass to the middle, and average the places of each pixel: grey levels to 255.
function centered({ width, height, data }) {
  let [total, x, y] = [0, 0, 0];
  data.forEach((level, i) => {
    total += level;
    x += level * (i % width);
    y += level * Math.floor(i / width);
  });
  const middle = (FRAME / 2) * PLACES + (PLACES - 1) / 2;
  const [left, top] = [roundToEven(middle - x / total), roundToEven(middle - y / total)];
  const sums = new Float64Array(FRAME * FRAME);
  data.forEach((level, i) => {
    const column = Math.floor((left + (i % width)) / PLACES);
    const row = Math.floor((top + Math.floor(i / width)) / PLACES);
    if (Math.min(column, row) >= 0 && Math.max(column, row) < FRAME) sums[row * FRAME + column] += level;
  });
  return Uint8Array.from(sums, (sum) => roundToEven((255 * sum) / PLACES ** 2));
}

// Scale a frame to the images that a network was trained on. On smaller ones digits fill the image.
function asImage(frame, [height, width]) {
  const picture = { width: FRAME, height: FRAME, data: Float32Array.from(frame, (x) => x / 255) };
  if (height === FRAME && width === FRAME) return { shape: [height, width, 1], data: picture.data };
  let { left, top, right, bottom } = { left: 0, top: 0, right: FRAME, bottom: FRAME };
  if (Math.max(height, width) < FRAME) {
    ({ left, top, right, bottom } = boxOf(picture));
    const side = Math.max(right - left, bottom - top);
    [left, top] = [(left + right - side) / 2, (top + bottom - side) / 2];
    [right, bottom] = [left + side, top + side];
  }
  const { data } = resized(picture, { left, top, right, bottom }, width, height);
  return { shape: [height, width, 1], data };
}
