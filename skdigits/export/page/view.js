"use strict";
// What is drawn, and what is shown of it. Everything on the paper is a stroke or a picture, so that it
// can be undone.

const HEIGHT = 240; // pixels of the paper, whatever size it is shown in
const PEN = 16;
const STEP = 10; // of the pen by a key
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const [pad, number, digitList, bars, mapList] = ["pad", "number", "digits", "probabilities", "maps"].map(
  (id) => document.getElementById(id),
);
const paper = pad.getContext("2d", { willReadFrequently: true });
const network = readNetwork(JSON.parse(document.getElementById("network").textContent));
const readings = new Map(); // by frame: what is known need not be computed again
const items = [];
const pen = { x: 0, y: 0, isDown: false, isShown: false };
let stroke = null; // that is being drawn
let last = { x: 0, y: 0 }; // where something was drawn
let chosen = null; // box of the digit that was chosen by its button
let isWaiting = false;

function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const classes = network.classes.map((label) => {
  const [bar, percent] = [element("span"), element("span")];
  const row = element("li", {}, [element("span", { textContent: label }), element("div", {}, [bar]), percent]);
  bars.append(row);
  return { row, bar, percent };
});

function percentOf(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}

function paint() {
  paper.clearRect(0, 0, pad.width, pad.height);
  Object.assign(paper, { lineWidth: PEN, lineCap: "round", lineJoin: "round" });
  for (const { points, picture } of items) {
    if (picture) {
      paper.drawImage(picture, (pad.width - picture.width) / 2, 0);
    } else {
      paper.beginPath();
      paper.moveTo(...points[0]);
      points.forEach((point) => paper.lineTo(...point));
      paper.stroke();
    }
  }
}

function readPaper() {
  const { width, height } = pad;
  const { data } = paper.getImageData(0, 0, width, height);
  const levels = Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 3] / 255);
  return findDigits({ width, height, data: levels }).map(({ box, ink }) => ({ box, ...readDigit(ink) }));
}

function readDigit(ink) {
  const frame = frameInk(ink);
  const key = frame.join();
  if (!readings.has(key)) {
    if (readings.size > 100) readings.clear();
    const outputs = layerOutputs(network.layers, asImage(frame, network.image_shape));
    const probabilities = softmax(outputs.at(-1)[0].data);
    const best = probabilities.indexOf(Math.max(...probabilities));
    readings.set(key, { frame, outputs, probabilities, best });
  }
  return readings.get(key);
}

function update() {
  isWaiting = false;
  paint();
  const digits = readPaper();
  const distances = digits.map(({ box }) => distanceTo(box, chosen ?? last));
  const nearest = distances.indexOf(Math.min(...distances));
  show(digits, nearest);
  if (pen.isShown) showPen();
  for (const id of ["undo", "clear"]) document.getElementById(id).disabled = !items.length;
}

function distanceTo({ left, top, right, bottom }, { x, y }) {
  return Math.hypot(x - clip(x, left, right), y - clip(y, top, bottom));
}

function updateSoon() {
  if (!isWaiting) requestAnimationFrame(update);
  isWaiting = true;
}

function show(digits, nearest) {
  const labels = digits.map(({ best }) => network.classes[best]);
  number.textContent = labels.join(labels.some((label) => label.length > 1) ? " " : "") || "–";
  const hasFocus = digitList.contains(document.activeElement);
  digitList.replaceChildren(...digits.map((digit, i) => digitButton(digit, i === nearest)));
  if (hasFocus) digitList.children[nearest]?.focus();
  const digit = digits[nearest];
  classes.forEach(({ row, bar, percent }, i) => {
    row.className = digit?.best === i ? "best" : "";
    bar.style.width = digit ? `${100 * digit.probabilities[i]}%` : "0";
    percent.textContent = digit ? percentOf(digit.probabilities[i]) : "";
  });
  showMaps(digit ? stagesOf(network.layers, digit.outputs) : []);
}

function digitButton({ box, frame, best, probabilities }, isChosen) {
  const canvas = element("canvas");
  drawMaps(canvas, { shape: [FRAME, FRAME, 1], data: frame });
  const text = `${network.classes[best]}: ${percentOf(probabilities[best])}`;
  const button = element("button", { type: "button" }, [canvas, text]);
  button.setAttribute("aria-pressed", isChosen);
  button.addEventListener("click", () => {
    chosen = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
    updateSoon();
  });
  return button;
}

function showMaps(stages) {
  while (mapList.children.length > stages.length) mapList.lastChild.remove();
  stages.forEach((stage, i) => {
    if (!mapList.children[i]) {
      mapList.append(element("figure", {}, [element("canvas"), element("figcaption")]));
    }
    const [canvas, caption] = mapList.children[i].children;
    drawMaps(canvas, stage);
    canvas.setAttribute("aria-hidden", true);
    caption.textContent = stage.title;
  });
}

function add(item) {
  items.push(item);
  updateSoon();
}

function extend(x, y) {
  stroke.points.push([x, y]);
  last = { x, y };
  chosen = null;
  updateSoon();
}

function begin(x, y) {
  stroke = { points: [] };
  add(stroke);
  extend(x, y);
}

function placeOf({ clientX, clientY }) {
  const { left, top, width, height } = pad.getBoundingClientRect();
  return [((clientX - left) * pad.width) / width, ((clientY - top) * pad.height) / height];
}

pad.addEventListener("pointerdown", (event) => {
  if (stroke || event.button) return;
  pad.setPointerCapture(event.pointerId);
  pen.isShown = false;
  begin(...placeOf(event));
  stroke.pointer = event.pointerId;
});
pad.addEventListener("pointermove", (event) => {
  if (stroke?.pointer !== event.pointerId) return;
  for (const moved of event.getCoalescedEvents?.() ?? []) extend(...placeOf(moved));
  extend(...placeOf(event));
});
for (const name of ["pointerup", "pointercancel"]) {
  pad.addEventListener(name, (event) => {
    if (stroke?.pointer === event.pointerId) stroke = null;
  });
}

function showPen() {
  Object.assign(paper, { lineWidth: 2, strokeStyle: "#0b63ce" });
  paper.beginPath();
  paper.arc(pen.x, pen.y, PEN / 2, 0, 2 * Math.PI);
  paper.stroke();
  paper.strokeStyle = "#000";
}

function movePen([x, y]) {
  pen.x = clip(pen.x + STEP * x, 0, pad.width);
  pen.y = clip(pen.y + STEP * y, 0, pad.height);
  pen.isShown = true;
  if (pen.isDown) extend(pen.x, pen.y);
  updateSoon();
}

pad.addEventListener("keydown", (event) => {
  if (event.key === " ") {
    pen.isDown = !pen.isDown;
    if (pen.isDown) begin(pen.x, pen.y);
    else stroke = null;
    movePen([0, 0]);
  } else if (event.key in KEYS) {
    movePen(KEYS[event.key]);
  } else {
    return;
  }
  event.preventDefault();
});
pad.addEventListener("blur", () => {
  pen.isShown = false;
  if (pen.isDown) stroke = null;
  pen.isDown = false;
  updateSoon();
});

function undo() {
  stroke = null;
  pen.isDown = false;
  items.pop();
  updateSoon();
}

function clear() {
  items.length = 0;
  undo();
}

document.getElementById("undo").addEventListener("click", undo);
document.getElementById("clear").addEventListener("click", clear);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") undo();
  else if (event.key === "Delete" || event.key === "Escape") clear();
});

// Put the strokes of a picture on the paper.
async function addPicture(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) {
    number.textContent = "This file is not a picture.";
    return;
  }
  const scale = Math.min(HEIGHT / bitmap.height, pad.width / bitmap.width);
  const sides = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = element("canvas", { width: sides[0], height: sides[1] });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, ...sides);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, ...sides);
  const picture = context.getImageData(0, 0, ...sides);
  const grey = Float32Array.from({ length: sides[0] * sides[1] }, (_, i) => {
    const [red, green, blue] = picture.data.subarray(4 * i, 4 * i + 3);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
  const strokes = strokesOnPicture({ width: sides[0], height: sides[1], data: grey });
  picture.data.fill(0);
  strokes.data.forEach((level, i) => (picture.data[4 * i + 3] = 255 * level));
  context.putImageData(picture, 0, 0);
  last = { x: pad.width / 2, y: HEIGHT / 2 };
  chosen = null;
  add({ picture: canvas });
}

function addFirst(files) {
  if (files?.length) addPicture(files[0]);
}

const picker = document.getElementById("picture");
picker.addEventListener("change", () => {
  addFirst(picker.files);
  picker.value = "";
});
document.addEventListener("paste", (event) => addFirst(event.clipboardData.files));
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    pad.classList.toggle("over", name === "dragover");
    if (name === "drop") addFirst(event.dataTransfer.files);
  });
}

function fit() {
  pad.width = Math.round((HEIGHT * pad.clientWidth) / pad.clientHeight);
  pad.height = HEIGHT;
  [pen.x, pen.y] = [pad.width / 2, HEIGHT / 2];
  updateSoon();
}

addEventListener("resize", fit);
fit();
const nWeights = network.layers.flatMap(({ weights }) => weights).reduce((sum, { data }) => sum + data.length, 0);
document.getElementById("about").textContent =
  `${network.name}, ${nWeights.toLocaleString("en")} weights in ${network.bits} bits; written by skdigits`;
