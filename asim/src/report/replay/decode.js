"use strict";
// The replay of a run. Six files stand in the page, in this order, and share the object `asimReplay`:
// decode (what happened), words (in words), state (how it stands), player (the clock), stage (the picture), and
// panel (what one presses and reads; it begins).
const asimReplay = {};

(() => {
  // The kinds of happenings, by their numbers.
  const kinds = ["", "started", "introduced", "paused", "resumed", "interrupted", "ended", "failed", "cancelled",
    "stopped", "panicked", "unfinished", "waits", "granted", "left", "released", "preempted", "level", "capacity",
    "logged", "refused", "changed"];
  const K = Object.fromEntries(kinds.map((name, number) => [name, number]));

  // What stands in the page cannot be played. The message says why.
  class Unreadable extends Error {}
  const cutOff = "This page was cut off: a part of the replay is missing. Copy it again, or write it again.";
  const spoilt = "The data in this page was changed after it was written. Write the page again.";

  function attempt(act, otherwise) {
    try {
      return act();
    } catch {
      throw new Unreadable(otherwise);
    }
  }

  // Letters that turn the direction of all that follows: a name must not reorder the numbers beside it.
  const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

  const textOf = (id) => attempt(() => document.getElementById(id).textContent, cutOff);

  function readHead() {
    const text = textOf("replay-head");
    // Keys stay as they are in the file with the layout.
    const plain = (key, value) => (typeof value === "string" && key !== "key" ? value.replace(TURNS, "") : value);
    const head = attempt(() => JSON.parse(text, text.search(TURNS) < 0 ? undefined : plain), cutOff);
    if (!head || head.format !== "asim replay") throw new Unreadable("The data in this page is not a replay.");
    if (head.version === 1) return head;
    throw new Unreadable(`The data of this replay has version ${head.version} (asim ${head.asim} wrote it), but the `
      + "script in the page reads version 1. Write the page again.");
  }

  function readBytes(head) {
    const letters = attempt(() => atob(textOf("replay-happenings")), cutOff); // a letter for each byte
    const bytes = new Uint8Array(letters.length);
    let sum = 0;
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = letters.charCodeAt(at);
      sum = (Math.imul(sum, 31) + bytes[at]) >>> 0;
    }
    if (bytes.length < head.bytes) throw new Unreadable(cutOff);
    if (bytes.length > head.bytes || sum !== head.sum) throw new Unreadable(spoilt);
    return bytes;
  }

  // Returns what happened: a column for each field, as a million happenings should not be a million objects.
  function decode(head, bytes) {
    const count = head.happenings, view = new DataView(bytes.buffer);
    const log = {
      head, count, kind: new Uint8Array(count), put: new Uint8Array(count), time: new Float64Array(count),
      process: new Uint32Array(count), thing: new Uint32Array(count), request: new Uint32Array(count),
      site: new Uint32Array(count), value: new Float64Array(count), // the level or capacity, or which text
      nameOf: new Int32Array(head.processes + 1).fill(-1), // of each process: which of the names
      most: new Float64Array(head.things.length + 1), // of each thing: the greatest level
    };
    let at = 0, time = head.from, process = 0;
    const double = () => view.getFloat64((at += 8) - 8, true);
    const whole = () => {
      let value = 0;
      for (let unit = 1; ; unit *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * unit;
        if (byte < 128 || byte === undefined) return value;
      }
    };
    for (let i = 0; i < count; i++) {
      const first = bytes[at++], kind = first & 31;
      if (first & 32) time = double();
      if (!(first & 128)) process = whole();
      log.kind[i] = kind;
      log.put[i] = first & 64 ? 1 : 0;
      log.time[i] = time;
      log.process[i] = process;
      if ((kind >= K.waits && kind <= K.capacity) || kind >= K.refused) log.thing[i] = whole();
      if (kind === K.level || kind === K.capacity) {
        const number = whole();
        log.value[i] = number === 1 ? double() : number / 2;
        if (kind === K.level) log.most[log.thing[i]] = Math.max(log.most[log.thing[i]], log.value[i]);
      } else if (kind === K.started || kind === K.introduced) {
        log.nameOf[process] = whole();
      } else if (kind === K.paused || kind === K.unfinished) {
        log.request[i] = whole();
        log.site[i] = whole();
      } else if (kind === K.logged) {
        log.value[i] = whole();
      }
    }
    if (at !== bytes.length) throw new Unreadable(spoilt);
    return log;
  }

  // Returns what happened in the run that stands in this page.
  function open() {
    const head = readHead(), bytes = readBytes(head);
    return attempt(() => decode(head, bytes), spoilt);
  }

  Object.assign(asimReplay, { K, kinds, Unreadable, open });
})();
