"use strict";
// Find the digits of a row in a picture of strokes. Levels go from 0 (paper) to 1 (ink).

const FAINTEST = 0.08; // as in skdigits/ink/strokes.py
const EDGE = 0.45;
// Least area and length of a part of a digit, relative to its largest piece.
const [PART_AREA, PART_LENGTH] = [0.03, 0.15];
const MARGIN = 8; // pixels around a digit that is cut out

// Cut out the digits, from left to right, each as {box, ink}.
function findDigits(strokes) {
  const ink = inkOf(strokes);
  const { labels, pieces } = label(ink);
  const tallest = Math.max(0, ...pieces.map(lengthOf));
  const long = pieces.filter((piece) => lengthOf(piece) >= PART_LENGTH * tallest);
  return grouped(long).map((parts) => {
    const area = Math.max(...parts.map((part) => part.area));
    const length = Math.max(...parts.map(lengthOf));
    const isPart = (part) => part.area >= PART_AREA * area && lengthOf(part) >= PART_LENGTH * length;
    const kept = parts.filter(isPart);
    return { box: boxAround(kept), ink: cutOut(ink, labels, kept) };
  });
}

// From 0 to 1, and 0.5 along the edges of strokes.
function inkOf({ width, height, data }) {
  const levels = data.map((level) => (level > FAINTEST ? Math.min(1, (level * 0.5) / EDGE) : 0));
  return { width, height, data: levels };
}

// Number the connected pieces; pixels that touch at a corner are connected, too.
function label({ width, height, data }, least = 0.5) {
  const labels = new Int32Array(data.length);
  const pieces = [];
  for (let start = 0; start < data.length; start++) {
    if (labels[start] || data[start] < least) continue;
    const piece = { number: pieces.length + 1, area: 0, left: width, top: height, right: 0, bottom: 0 };
    const waiting = [start];
    labels[start] = piece.number;
    while (waiting.length) {
      const i = waiting.pop();
      const [x, y] = [i % width, Math.floor(i / width)];
      piece.area += 1;
      piece.left = Math.min(piece.left, x);
      piece.top = Math.min(piece.top, y);
      piece.right = Math.max(piece.right, x + 1);
      piece.bottom = Math.max(piece.bottom, y + 1);
      for (let row = Math.max(0, y - 1); row < Math.min(height, y + 2); row++) {
        for (let column = Math.max(0, x - 1); column < Math.min(width, x + 2); column++) {
          const j = row * width + column;
          if (labels[j] || data[j] < least) continue;
          labels[j] = piece.number;
          waiting.push(j);
        }
      }
    }
    pieces.push(piece);
  }
  return { labels, pieces };
}

function lengthOf({ left, top, right, bottom }) {
  return Math.max(right - left, bottom - top);
}

// Put pieces above each other into one group. A low piece, such as the bar of a 5, needs less of an
// overlap than one that could be a digit.
function grouped(pieces) {
  const groups = [];
  for (const piece of [...pieces].sort((one, other) => one.left - other.left)) {
    const group = groups.find((parts) => overlaps(boxAround(parts), piece));
    if (group) group.push(piece);
    else groups.push([piece]);
  }
  return groups;
}

function overlaps(one, other) {
  const [low, high] = [one, other].map((box) => box.bottom - box.top).sort((a, b) => a - b);
  const narrow = Math.min(one.right - one.left, other.right - other.left);
  const shared = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  return shared > ((narrow / 2) * low) / high;
}

function boxAround(boxes) {
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
  return { left, top, right, bottom };
}

// Copy the ink of some pieces, without that of others.
function cutOut(ink, labels, parts) {
  const { left, top, right, bottom } = boxAround(parts);
  const numbers = new Set([0, ...parts.map((part) => part.number)]);
  const cut = blank(right - left + 2 * MARGIN, bottom - top + 2 * MARGIN);
  cut.data.forEach((_, i) => {
    const x = left - MARGIN + (i % cut.width);
    const y = top - MARGIN + Math.floor(i / cut.width);
    const j = y * ink.width + x;
    if (x >= 0 && x < ink.width && numbers.has(labels[j])) cut.data[i] = ink.data[j] ?? 0;
  });
  return cut;
}
