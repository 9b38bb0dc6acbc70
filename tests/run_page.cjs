// Run what a page computes, in Node: `node run_page.cjs page.html < request.json`. A request is
// {images} or {pictures}: strokes or, with `grey`, grey levels, each {width, height, data}.
const { readFileSync } = require("node:fs");
const { runInThisContext } = require("node:vm");

const page = readFileSync(process.argv[2], "utf8");
const scripts = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script]) => script);
scripts.slice(0, -2).forEach((script) => runInThisContext(script)); // All but what is shown.
globalThis.record = page.match(/<script type="application\/json"[^>]*>(.*?)<\/script>/s)[1];
const { images, pictures = [] } = JSON.parse(readFileSync(0, "utf8"));
globalThis.images = images ?? [];
globalThis.pictures = pictures.map(({ data, ...rest }) => ({ ...rest, data: Float32Array.from(data) }));

const answer = runInThisContext(`
  const network = readNetwork(JSON.parse(record));
  const probabilitiesOf = (image) => softmax(layerOutputs(network.layers, image).at(-1)[0].data);
  const asArray = (row) => ({ shape: network.image_shape, data: Float32Array.from(row) });
  const found = pictures.map((it) => findDigits(it.grey ? strokesOnPicture(it) : it));
  const frames = found.map((digits) => digits.map(({ ink }) => Array.from(frameInk(ink))));
  const read = (frame) => probabilitiesOf(asImage(frame, network.image_shape));
  ({
    probabilities: images.map((row) => probabilitiesOf(asArray(row))),
    frames,
    read: frames.map((digits) => digits.map(read)),
  });
`);
process.stdout.write(JSON.stringify(answer));
