"use strict";
// What happened, and how it stands, in words. Numbers look as in the reports of the library.
(() => {
  const { K, kinds } = asimReplay;

  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const count = (whole) => String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
  const exponent = (number, digits) => {
    const [first, power] = number.toExponential(digits).split("e");
    return `${trimmed(first)}e${Number(power)}`;
  };

  // Returns a number with the digits that matter, mostly in seven letters.
  function figure(number) {
    if (Number.isNaN(number)) return "–";
    if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
    const size = Math.abs(number);
    let text;
    if (size >= 999.5 || Number.isInteger(number)) {
      text = size < 1e15 ? count(Math.round(number)) : exponent(number, 2);
    } else if (size < 1e-4) {
      text = exponent(number, 2);
    } else {
      const decimals = [99.95, 9.995, 0.9995, 0.09995, 0.009995, 0.0009995].findIndex((bound) => size >= bound);
      text = trimmed(number.toFixed(decimals < 0 ? 6 : decimals));
    }
    if (text.length <= 7) return text;
    return [2, 1, 0].map((digits) => exponent(number, digits)).find((short) => short.length <= 7) || text;
  }

  // Returns a time of the clock: up to three decimals.
  const clock = (time) => (Math.abs(time) >= 1e15 ? time.toExponential() : trimmed(time.toFixed(3)));

  // Returns what a thing shows. One that only hands over has nothing inside.
  function levelOf({ kind, level, capacity }) {
    if (Number.isNaN(level) || (capacity === 0 && level === 0)) return "";
    if (kind === "Gate") return level ? "open" : "closed";
    return figure(level) + (Number.isFinite(capacity) ? ` of ${figure(capacity)}` : "");
  }

  // Text from the right to the left stands on its own, so that numbers beside it stay where they are.
  const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  const isolated = (text) => (FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text);

  // What those wait for who work, as the library calls it, and what it is called here.
  const TIMERS = { "Environment::pausable_timeout": "pausable timeout", "PreemptiveResource::work": "work" };
  const isTimer = (request) => request in TIMERS || /^timeout\b/.test(request);

  // Returns the words for a log.
  function wordsOf(log) {
    const { head } = log;
    const nameOf = (process) => {
      const name = log.nameOf[process];
      const called = name < 0 ? "process" : isolated(head.names[name][0]);
      return process ? `${called} #${process}` : "outside of all processes";
    };
    const thingName = (thing) => (thing ? isolated(head.things[thing - 1][0]) : "");
    const requestName = (request) => (request ? head.requests[request - 1] : "");
    // Returns the things whose lines the process has joined since it went on, just before it paused.
    const joined = (i) => {
      const names = [];
      for (let j = i - 1; j >= Math.max(0, i - 50); j--) {
        if (log.process[j] !== log.process[i]) continue;
        if (log.kind[j] !== K.waits) break;
        names.unshift(thingName(log.thing[j]));
      }
      return names.join(", ");
    };
    const waitsFor = (i) => {
      const name = requestName(log.request[i]), request = TIMERS[name] || name || "something";
      const things = log.kind[i] === K.paused ? joined(i) : "", site = log.site[i] ? head.sites[log.site[i] - 1] : "";
      if (request === "work" && !things) return `works${site && ` (${site})`}`;
      const more = [things && request, site].filter(Boolean).join(", ");
      return `waits for ${things || request}${more && ` (${more})`}`;
    };

    // Returns a happening as a sentence about its process.
    function what(i) {
      const put = log.put[i], thing = thingName(log.thing[i]), value = log.value[i];
      switch (log.kind[i]) {
        case K.started: return "starts";
        case K.introduced: return "is there already";
        case K.paused: return waitsFor(i);
        case K.resumed: return "goes on";
        case K.interrupted: return "is interrupted";
        case K.ended: return "ends";
        case K.failed: return "fails";
        case K.cancelled: return "is cancelled";
        case K.stopped: return "is ended by the interrupt";
        case K.panicked: return "panics";
        case K.unfinished: return `has not ended${log.request[i] ? `: it ${waitsFor(i)}` : ""}`;
        case K.waits: return put ? `joins the line to put something into ${thing}` : `joins the line of ${thing}`;
        case K.granted: return put ? `has put something into ${thing}` : `is granted ${thing}`;
        case K.left: return `leaves the line of ${thing}, not served`;
        case K.released: return `gives back ${thing}`;
        case K.preempted: return `loses ${thing}: preempted`;
        case K.level: {
          const kind = head.things[log.thing[i] - 1][1];
          return `${thing} is now ${kind === "Gate" ? "" : "at "}${levelOf({ kind, level: value }) || "–"}`;
        }
        case K.capacity: return value === Infinity ? `${thing} has no bound` : `${thing} has room for ${figure(value)}`;
        case K.logged: return head.texts[value];
        case K.refused: return put ? `finds no room in ${thing}` : `finds nothing to have at ${thing}`;
        case K.changed: return `${thing} has changed`;
        default: return "does something that this script does not know";
      }
    }

    // Returns in a few words what a process does, and for what it is known: works, waits, is blocked.
    function doing(it) {
      if (!it) return "is not there";
      if (it.ended) return it.ended === K.ended ? "has ended" : kinds[it.ended];
      const line = it.lines[it.lines.length - 1], request = requestName(it.request);
      if (line) return `${line & 1 ? "blocked at" : "waits for"} ${thingName(line >> 1)}`;
      return isTimer(request) ? "works" : request ? `waits for ${request}` : "goes on";
    }

    // Returns the same with all that belongs to it.
    function standing(it, time) {
      const held = it && it.holds.length ? `; holds ${it.holds.map(thingName).join(", ")}` : "";
      const mark = it && it.mark ? `; ${kinds[it.mark]}` : "";
      return doing(it) + (it ? ` since ${clock(it.since)} (${figure(time - it.since)})` : "") + held + mark;
    }

    return { nameOf, thingName, requestName, what, doing, standing };
  }

  Object.assign(asimReplay, { figure, count, clock, levelOf, isolated, isTimer, wordsOf });
})();
