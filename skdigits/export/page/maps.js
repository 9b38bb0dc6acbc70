"use strict";
// Pictures of what the layers of a network make of an image.

// Join the layers from one with a kernel to the next: {title, shape, data} of each such stage but the
// last, whose outputs are the logits.
function stagesOf(layers, outputs) {
  const starts = layers.flatMap(({ weights }, i) => (weights[0]?.shape.length > 1 ? [i] : []));
  return starts.slice(0, -1).map((start, n) => {
    const inside = outputs.slice(start, starts[n + 1]);
    const entries = inside.findLast(([{ shape }]) => shape.length > 1) ?? inside.at(-1);
    const { shape, data } = averageOfEntries(entries);
    const names = layers.slice(start, starts[n + 1]).map(nameOf);
    return { title: `${names.filter(Boolean).join(" → ")}: ${shape.join(" × ")}`, shape, data };
  });
}

function nameOf({ kind, activation }) {
  const name = ["Activation", "Flatten", "RepeatOverTime", "AverageOverTime"].includes(kind) ? "" : kind;
  return [name, activation].filter((part) => part && part !== "linear").join(" ");
}

// Draw maps side by side, the more ink the larger a number is; negative ones are red.
function drawMaps(canvas, { shape, data }) {
  const [height, width, maps] = shape.length > 1 ? shape : [1, 1, shape[0]];
  const gap = width > 1 ? 1 : 0;
  const columns = gap ? Math.min(maps, maps > 64 ? 12 : 8) : Math.ceil(Math.sqrt(3 * maps));
  canvas.width = columns * (width + gap) - gap;
  canvas.height = Math.ceil(maps / columns) * (height + gap) - gap;
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  data.forEach((x, i) => {
    const map = i % maps;
    const pixel = Math.floor(i / maps);
    const column = (map % columns) * (width + gap) + (pixel % width);
    const row = Math.floor(map / columns) * (height + gap) + Math.floor(pixel / width);
    const place = 4 * (row * canvas.width + column);
    picture.data[place] = x < 0 ? 200 : 0;
    picture.data[place + 3] = (255 * Math.abs(x)) / largest;
  });
  context.putImageData(picture, 0, 0);
}
