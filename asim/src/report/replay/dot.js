"use strict";
// A process as a dot: its colour and its letter are those of its type, its look says what it does.
(() => {
  const { isTimer } = asimReplay;

  const RADIUS = 9, DOT = 2 * RADIUS + 10; // in the units of the layout
  const FONT = "system-ui, sans-serif";
  const WAITS = 1, PUTS = 2, AWAY = 4, RING = 8, ENDED = 16; // a look is a sum of these

  // Returns a letter for each type: the first of its name that no other type has, else a digit.
  function lettersOf(types) {
    const taken = new Set();
    return types.map((name, at) => {
      const free = [...name.toUpperCase()].find((letter) => /\p{L}/u.test(letter) && !taken.has(letter));
      taken.add(free);
      return free || String((at + 1) % 10);
    });
  }

  // Returns how a process looks where it is: hollow if it waits for more than time.
  function lookOf(it, words) {
    const request = words.requestName(it.request), line = it.lines[it.lines.length - 1];
    const look = it.ended ? ENDED : line & 1 ? PUTS : line || (request && !isTimer(request)) ? WAITS : 0;
    return look | (it.mark ? RING : 0);
  }

  // The pictures of dots. Each is drawn once for a type and a look.
  class Dots {
    constructor(types) {
      this.letters = lettersOf(types);
    }

    // Says at which scale and in which colours the next ones are drawn.
    begin(scale, colours) {
      Object.assign(this, { scale, colours, known: new Map() });
    }

    draw(pen, { x, y, type, look }) {
      const key = type * 32 + look;
      if (!this.known.has(key)) this.known.set(key, this.made(type, look));
      pen.drawImage(this.known.get(key), x - DOT / 2, y - DOT / 2, DOT, DOT);
    }

    made(type, look) {
      const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), { colours, scale } = this;
      const colour = type < 0 ? colours.muted : colours[`c${type % 6}`], isHollow = look & (WAITS | PUTS | AWAY);
      canvas.width = canvas.height = Math.ceil(DOT * scale);
      pen.scale(canvas.width / DOT, canvas.width / DOT);
      pen.translate(DOT / 2, DOT / 2);
      pen.globalAlpha = look & (AWAY | ENDED) ? 0.6 : 1;
      if (look & PUTS) pen.rect(2 - RADIUS, 2 - RADIUS, 2 * RADIUS - 4, 2 * RADIUS - 4);
      else pen.arc(0, 0, RADIUS - 1, 0, 7);
      Object.assign(pen, { fillStyle: isHollow ? colours.paper : colour, strokeStyle: colour, lineWidth: 2 });
      pen.setLineDash(look & AWAY ? [3, 2] : []);
      pen.fill();
      pen.stroke();
      pen.fillStyle = isHollow ? colours.ink : colours.paper;
      Object.assign(pen, { font: `bold 11px ${FONT}`, textAlign: "center", textBaseline: "middle" });
      pen.fillText(look & ENDED ? "×" : type < 0 ? "?" : this.letters[type], 0, 0.5);
      if (look & RING) {
        Object.assign(pen, { globalAlpha: 1, strokeStyle: colours.alarm });
        pen.setLineDash([4, 2]);
        pen.beginPath();
        pen.arc(0, 0, RADIUS + 2.5, 0, 7);
        pen.stroke();
      }
      return canvas;
    }
  }

  Object.assign(asimReplay, { Dots, lookOf, RADIUS, DOT, FONT, WAITS, PUTS, AWAY, ENDED });
})();
