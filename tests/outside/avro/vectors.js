// Makes avsc-*.jsonl from schemas.jsonl and pairs.jsonl with npm's avsc. Arguments: input directory, output directory.
'use strict';
const fs = require('fs');
const path = require('path');
const [input, output] = process.argv.slice(2);
const DATA = 6;

// avsc draws its random data from Math.random; a fixed sequence, set before it loads, makes the files repeatable.
let seed = 20250101;
Math.random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 4294967296;
};
const avro = require('avsc');

const lines = (name) => fs.readFileSync(path.resolve(input, name), 'utf8').split('\n').filter((x) => x).map((x) => JSON.parse(x));
const save = (name, rows) => fs.writeFileSync(path.join(output, name), rows.map((x) => JSON.stringify(x) + '\n').join(''));
const parse = (text) => avro.Type.forSchema(JSON.parse(text), { wrapUnions: true });
const hex = (buffer) => buffer.toString('hex').toUpperCase();
const made = (name) => new Map(lines(path.resolve(output, name)).map((x) => [x.name, x.data.map((d) => Buffer.from(d.hex, 'hex'))]));
const javaData = made('java-data.jsonl');
const javaPairs = made('java-resolution.jsonl');

// avsc's random data of a tree has no end; bytes made by Java take its place.
function samples(name, type, java) {
  return /tree/.test(name) ? java : Array.from({ length: DATA }, () => type.toBuffer(type.random()));
}

save('avsc-data.jsonl', lines('schemas.jsonl').map((line) => {
  try {
    const type = parse(line.schema);
    const data = samples(line.name, type, javaData.get(line.name)).map((bytes) => {
      const datum = type.fromBuffer(bytes);
      return { json: type.toString(datum), hex: hex(type.toBuffer(datum)) };
    });
    return { ...line, canonical: JSON.stringify(type.schema()), md5: hex(type.fingerprint('md5')), data };
  } catch (e) {
    return { ...line, refused: e.message };
  }
}));

save('avsc-resolution.jsonl', lines('pairs.jsonl').map((line) => {
  let writer, reader, resolver;
  try {
    writer = parse(line.writer);
    reader = parse(line.reader);
  } catch (e) {
    return { ...line, refused: e.message };
  }
  const data = [];
  for (const bytes of samples(line.name, writer, javaPairs.get(line.name))) {
    try {
      resolver = resolver || reader.createResolver(writer);
      data.push({ hex: hex(bytes), json: reader.toString(reader.fromBuffer(bytes, resolver)) });
    } catch (e) {
      data.push({ hex: hex(bytes), error: e.message.slice(0, 120) });
    }
  }
  return { ...line, data };
}));
