"use strict";
// What the layers of a network compute in prediction, as skdigits/programs/_numpy/_layers.py does.
// An array is {shape, data}: the shape of an image is [height, width, maps].

const ACTIVATIONS = {
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  exponential: Math.exp,
  gelu: (x) => (x * (1 + errorFunction(x / Math.SQRT2))) / 2,
  hard_sigmoid: (x) => clip(x + 3, 0, 6) / 6,
  hard_silu: (x) => (x * clip(x + 3, 0, 6)) / 6,
  hard_tanh: (x) => clip(x, -1, 1),
  leaky_relu: (x) => Math.max(x, 0.2 * x),
  linear: (x) => x,
  log_sigmoid: (x) => -softplus(-x),
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clip(x, 0, 6),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  tanh: Math.tanh,
};
ACTIVATIONS.celu = ACTIVATIONS.elu;
ACTIVATIONS.hard_swish = ACTIVATIONS.hard_silu;
ACTIVATIONS.swish = ACTIVATIONS.silu;

function clip(x, low, high) {
  return Math.min(Math.max(x, low), high);
}

function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

// Abramowitz and Stegun (1964), 7.1.26: to 1.5e-7.
function errorFunction(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  return Math.sign(x) * (1 - terms.reduce((sum, term) => (sum + term) * t, 0) * Math.exp(-x * x));
}

function softmax(row) {
  const largest = Math.max(...row);
  const powers = Array.from(row, (x) => Math.exp(x - largest));
  const total = powers.reduce((sum, x) => sum + x, 0);
  return powers.map((x) => x / total);
}

function logSoftmax(row) {
  const largest = Math.max(...row);
  const total = row.reduce((sum, x) => sum + Math.exp(x - largest), 0);
  return row.map((x) => x - largest - Math.log(total));
}

const ROW_ACTIVATIONS = { softmax, log_softmax: logSoftmax };

function activate(input, activation) {
  const { shape, data } = input;
  if (activation in ROW_ACTIVATIONS) return mapRows(input, ROW_ACTIVATIONS[activation]);
  return activation === "linear" ? input : { shape, data: data.map(ACTIVATIONS[activation]) };
}

// Apply a function to the numbers along the last axis.
function mapRows({ shape, data }, compute) {
  const size = shape.at(-1);
  const mapped = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += size) mapped.set(compute(data.subarray(i, i + size)), i);
  return { shape, data: mapped };
}

function convolve({ shape, data }, [kernel, bias], strides, padding) {
  const [height, width, maps] = shape;
  const [rows, columns, , filters] = kernel.shape;
  const [outHeight, top] = windows(height, rows, strides[0], padding);
  const [outWidth, left] = windows(width, columns, strides[1], padding);
  const sums = new Float32Array(outHeight * outWidth * filters);
  const sum = new Float64Array(filters);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      sum.fill(0);
      for (let i = 0; i < rows; i++) {
        const line = y * strides[0] + i - top;
        if (line < 0 || line >= height) continue;
        for (let j = 0; j < columns; j++) {
          const column = x * strides[1] + j - left;
          if (column < 0 || column >= width) continue;
          for (let map = 0; map < maps; map++) {
            const pixel = data[(line * width + column) * maps + map];
            if (pixel === 0) continue;
            const start = ((i * columns + j) * maps + map) * filters;
            for (let f = 0; f < filters; f++) sum[f] += pixel * kernel.data[start + f];
          }
        }
      }
      const place = (y * outWidth + x) * filters;
      for (let f = 0; f < filters; f++) sums[place + f] = sum[f] + (bias ? bias.data[f] : 0);
    }
  }
  return { shape: [outHeight, outWidth, filters], data: sums };
}

// The number of windows along a side, and the number of zeros before it.
function windows(side, size, step, padding) {
  if (padding === "valid") return [Math.floor((side - size) / step) + 1, 0];
  const count = Math.ceil(side / step);
  return [count, Math.max(0, (count - 1) * step + size - side) >> 1];
}

function weigh({ shape, data }, [kernel, ...bias]) {
  const size = shape.at(-1);
  const rows = { shape: [1, data.length / size, size], data };
  const asFilters = { ...kernel, shape: [1, 1, ...kernel.shape] };
  const sums = convolve(rows, [asFilters, ...bias], [1, 1], "valid");
  return { shape: [...shape.slice(0, -1), kernel.shape[1]], data: sums.data };
}

// Combine the pixels of each window; what is left over at the end is dropped.
function pool({ shape, data }, [rows, columns], first, combine) {
  const [height, width, maps] = [Math.floor(shape[0] / rows), Math.floor(shape[1] / columns), shape[2]];
  const pooled = new Float32Array(height * width * maps).fill(first);
  for (let y = 0; y < height * rows; y++) {
    for (let x = 0; x < width * columns; x++) {
      const from = (y * shape[1] + x) * maps;
      const to = (Math.floor(y / rows) * width + Math.floor(x / columns)) * maps;
      for (let m = 0; m < maps; m++) pooled[to + m] = combine(pooled[to + m], data[from + m]);
    }
  }
  return { shape: [height, width, maps], data: pooled };
}

function poolAverage(image, size) {
  const { shape, data } = pool(image, size, 0, (sum, x) => sum + x);
  return { shape, data: data.map((x) => x / (size[0] * size[1])) };
}

// Multiply and shift; factors of neurons or maps are those of every pixel.
function scale({ shape, data }, [factor, shift]) {
  const size = factor.data.length;
  return { shape, data: data.map((x, i) => x * factor.data[i % size] + shift.data[i % size]) };
}

function normalize(input, weights, epsilon) {
  const centred = mapRows(input, (row) => {
    const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
    return row.map((x) => (x - mean) / Math.sqrt(variance + epsilon));
  });
  return scale(centred, weights);
}

// After folding, `BatchNormalization` has a factor and a shift.
const LAYERS = {
  Activation: (layer, input) => activate(input, layer.activation),
  AveragePooling2D: (layer, image) => poolAverage(image, layer.pool_size),
  BatchNormalization: (layer, input) => scale(input, layer.weights),
  Conv2D: (layer, image) =>
    activate(convolve(image, layer.weights, layer.strides, layer.padding), layer.activation),
  Dense: (layer, input) => activate(weigh(input, layer.weights), layer.activation),
  Flatten: (layer, { data }) => ({ shape: [data.length], data }),
  GlobalAveragePooling2D: (layer, image) => {
    const { data } = poolAverage(image, image.shape);
    return { shape: [data.length], data };
  },
  LayerNormalization: (layer, input) => normalize(input, layer.weights, layer.epsilon),
  MaxPooling2D: (layer, image) => pool(image, layer.pool_size, -Infinity, Math.max),
  Rescaling: (layer, { shape, data }) => ({ shape, data: data.map((x) => x * layer.scale + layer.offset) }),
};

// Of the time steps of an image, which are consecutive entries.
const LAYERS_OVER_TIME = {
  AverageOverTime: (layer, entries) => [averageOfEntries(entries)],
  LeakyIntegrateAndFire: (layer, entries) => {
    let potential = entries[0].data.map(() => 0);
    return entries.map(({ shape, data }) => {
      potential = potential.map((x, i) => Math.fround(layer.decay * x) + data[i]);
      const spikes = potential.map((x) => (x > 1 ? 1 : 0));
      potential = potential.map((x, i) => x - spikes[i]);
      return { shape, data: spikes };
    });
  },
  RepeatOverTime: (layer, entries) => Array(layer.n_steps).fill(entries[0]),
};

function averageOfEntries(entries) {
  const { shape, data } = entries[0];
  const sum = (i) => entries.reduce((total, entry) => total + entry.data[i], 0);
  return { shape, data: data.map((_, i) => sum(i) / entries.length) };
}

// Compute the outputs of all layers, each a list of entries.
function layerOutputs(layers, image) {
  let entries = [image];
  return layers.map((layer) => {
    const overTime = LAYERS_OVER_TIME[layer.kind];
    const compute = LAYERS[layer.kind];
    entries = overTime ? overTime(layer, entries) : entries.map((entry) => compute(layer, entry));
    return entries;
  });
}

function readBytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

// Unpack weights: whole numbers of some bits, times a scale for each neuron or filter.
function readWeight({ shape, bits, scales, values }) {
  const bytes = readBytes(values);
  if (!bits) return { shape, data: new Float32Array(bytes.buffer) };
  const factors = new Float32Array(readBytes(scales).buffer);
  const data = new Float32Array(shape.reduce((product, side) => product * side));
  const middle = 2 ** (bits - 1) - 1;
  let [place, kept, nKept] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    for (; nKept < bits; nKept += 8) kept = (kept << 8) | bytes[place++];
    nKept -= bits;
    data[i] = ((kept >> nKept) - middle) * factors[i % factors.length];
    kept &= (1 << nKept) - 1;
  }
  return { shape, data };
}

function readNetwork(record) {
  const layers = record.layers.map((layer) => ({ ...layer, weights: layer.weights.map(readWeight) }));
  return { ...record, layers };
}
