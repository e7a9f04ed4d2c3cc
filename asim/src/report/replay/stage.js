"use strict";
// The picture: things with their slots, lines and levels, and processes as dots. What is drawn of a thing is bounded by
// its size on the screen: a line of thousands costs no more than one of twenty.
(() => {
  const { K, figure, clock, levelOf, countUpTo, Dots, lookOf } = asimReplay;
  const { RADIUS, DOT, FONT, WAITS, PUTS, AWAY, ENDED } = asimReplay;

  const CELL = 24; // the place of a dot, in the units of the layout
  const BAND = 200; // the height of a band in which nodes are looked for
  const GLIDE = 300, SLIDE = 140, FADE = 250; // in milliseconds of the wall's clock
  const COLOURS = ["paper", "raised", "ink", "muted", "line", "focus", "alarm", "c0", "c1", "c2", "c3", "c4", "c5"];

  const eased = (share) => (share < 0.5 ? 2 * share * share : 1 - 2 * (1 - share) ** 2);
  const middle = (box) => [box.x + box.w / 2, box.y + box.h / 2];
  const isIn = (box, x, y, by = 0) => (
    x >= box.x - by && x <= box.x + box.w + by && y >= box.y - by && y <= box.y + box.h + by);
  // A way is a curve: its beginning, the point to which it bends, its end.
  const way = ([x, y], [u, v], bend) => [x, y, (x + u) / 2 - (v - y) * bend, (y + v) / 2 + (u - x) * bend, u, v];
  const onWay = ([x0, y0, x1, y1, x2, y2], t) => [(1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t * t * x2,
    (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t * t * y2];

  class Stage {
    constructor(canvas, player, words) {
      const { head } = player.log;
      Object.assign(this, { canvas, player, words, head, pen: canvas.getContext("2d"), looks: new Dots(head.types) });
      this.nodes = head.nodes.map((node) => ({ ...node, slots: [], flash: -GLIDE, changed: -1, granted: -1 }));
      this.nodeOf = { thing: [], process: [], type: [] };
      for (const of of ["thing", "process", "type"]) {
        this.nodes.forEach((node, at) => { if (node[of] !== undefined) this.nodeOf[of][node[of]] = at; });
      }
      this.dots = new Map(); // the processes that are drawn, by their numbers
      Object.assign(this, { ghosts: [], fading: [], parcels: [], cuts: new Map() });
      // `followed` is a process, `story` its happenings; `selected` is a node.
      Object.assign(this, { followed: 0, story: [], selected: -1, jumps: -1, frames: 0 });
      const calm = matchMedia("(prefers-reduced-motion: reduce)");
      calm.onchange = () => { this.isCalm = calm.matches; };
      calm.onchange();
      this.recolour();
    }

    recolour() {
      const style = getComputedStyle(this.canvas);
      this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      this.looks.begin(this.scale, this.colours);
    }

    // Fits the canvas to its place, and finds the room that each thing has for its lines.
    arrange() {
      const right = Math.max(this.head.width, ...this.nodes.map((node) => node.x + node.w + 10));
      const bottom = Math.max(this.head.height, ...this.nodes.map((node) => node.y + node.h + 10));
      // Letters must be read: a narrow page scrolls instead of shrinking it further.
      this.zoom = Math.max(0.62, Math.min(1.3, this.canvas.parentElement.clientWidth / right));
      this.scale = Math.min(this.zoom * (devicePixelRatio || 1), Math.sqrt(1e7 / (right * bottom)));
      for (const [side, length] of [["width", right], ["height", bottom]]) {
        this.canvas[side] = Math.ceil(length * this.scale);
        this.canvas.style[side] = `${Math.floor(length * this.zoom)}px`;
      }
      // Nodes by the bands of the picture in which they are: only these can be beside each other.
      const bands = new Map(), bandsOf = ({ y, h }) => (
        Array.from({ length: Math.floor(h / BAND) + 2 }, (_, i) => Math.floor(y / BAND) + i));
      for (const node of this.nodes) {
        for (const band of bandsOf(node)) bands.get(band)?.push(node) || bands.set(band, [node]);
      }
      for (const node of this.nodes) {
        const near = bandsOf(node).flatMap((band) => bands.get(band));
        const beside = near.filter((it) => it !== node && it.y < node.y + node.h && it.y + it.h > node.y);
        const before = beside.filter((it) => it.x < node.x), after = beside.filter((it) => it.x > node.x);
        const room = [node.x - Math.max(0, ...before.map((it) => it.x + it.w)),
          Math.min(right, ...after.map((it) => it.x)) - node.x - node.w];
        node.columns = room.map((length) => Math.max(0, Math.floor((Math.min(length, 280) - 8) / CELL)));
      }
      this.cuts.clear();
      this.looks.begin(this.scale, this.colours);
      this.jumps = -1; // nothing glides
    }

    // Returns a name as it fits into so much room.
    cut(name, room) {
      const key = `${this.pen.font}|${room}|${name}`;
      let short = this.cuts.get(key);
      if (short === undefined) {
        short = name.replace(/\p{Cc}/gu, " ");
        const letters = [...short].slice(0, 200);
        while (letters.length && this.pen.measureText(short).width > room) {
          letters.pop();
          short = `${letters.join("")}…`;
        }
        if (this.cuts.size > 3000) this.cuts.clear();
        this.cuts.set(key, short);
      }
      return short;
    }

    write(text, x, y, room, align = "center", colour = this.colours.ink, style = "") {
      const { pen } = this;
      pen.font = `${style} ${Math.max(12, 10 / this.zoom)}px ${FONT}`;
      Object.assign(pen, { fillStyle: colour, textAlign: align, textBaseline: "middle" });
      pen.fillText(this.cut(text, room), x, y);
    }

    // Returns the node at which a process is, or undefined.
    nodeAt(it) {
      const thing = this.player.state.at(it);
      return thing ? this.nodeOf.thing[thing] : this.nodeOf.process[it.number] ?? this.nodeOf.type[it.type];
    }

    // Returns the places of so many boxes inside of a node, at most as many as fit. If not all do, the number of the
    // others is written at the place of the last two.
    cells(node, count) {
      const columns = Math.max(1, Math.min(count, Math.floor((node.w - 12) / CELL)));
      const rows = Math.max(1, Math.floor((node.h - 44) / CELL)), left = node.x + (node.w - columns * CELL + CELL) / 2;
      const all = Array.from({ length: Math.min(count, columns * rows) }, (_, i) => (
        [left + (i % columns) * CELL, node.y + 24 + CELL / 2 + Math.floor(i / columns) * CELL]));
      if (count > all.length) node.unseenAt = all.splice(-Math.min(2, columns))[0];
      node.unseen = 0;
      return all;
    }

    placeLines(node, put) {
      const { lines } = this.player.state.things[node.thing - 1];
      const rows = Math.max(1, Math.min(3, Math.floor(node.h / CELL)));
      const most = node.columns.map((columns) => columns * rows), sides = [[], []];
      node.more = [0, 0];
      lines.forEach((line, isPut) => {
        let seen = 0;
        for (const number of line.keys()) {
          if (seen++ > most[0] + most[1]) break;
          // Whose own place is to the right waits at the right. Its box says so too, if there is no room.
          const own = this.nodes[this.nodeOf.process[number]], side = own && own.x > node.x ? 1 : 0;
          if (!own || most[side]) sides[side].push([number, isPut ? PUTS : WAITS]);
        }
        node.more[0] += Math.max(0, line.size - seen);
      });
      node.moreAt = sides.map((line, side) => {
        const count = line.length + node.more[side], deep = count > node.columns[side] ? rows : 1;
        // The number of those without room takes two columns.
        const shown = count <= most[side] ? count : Math.max(0, most[side] - 2 * rows);
        const x = (column) => node.x + (side ? node.w + 14 + column * CELL : -14 - column * CELL);
        line.slice(0, shown).forEach(([number, look], i) => {
          put(number, x(Math.floor(i / deep)), node.y + node.h / 2 + (i % deep - (deep - 1) / 2) * CELL, look);
        });
        node.more[side] = count - shown;
        return x(Math.ceil(shown / deep));
      });
    }

    placeHolders(node, put) {
      const { holders, capacity } = this.player.state.things[node.thing - 1], { slots } = node;
      const cells = this.cells(node, Math.max(holders.size, Math.min(capacity || 0, 1000)));
      // Who holds keeps its slot.
      slots.length = cells.length;
      for (let i = 0; i < slots.length; i++) if (!holders.has(slots[i])) slots[i] = undefined;
      const seated = new Set(slots);
      for (const number of holders.keys()) {
        const free = seated.has(number) ? -2 : slots.indexOf(undefined);
        if (free === -1) break;
        if (free >= 0) slots[free] = number;
      }
      cells.forEach((cell, i) => { if (slots[i] !== undefined) put(slots[i], ...cell, 0); });
      node.unseen = holders.size - slots.filter((number) => number !== undefined).length;
    }

    // Finds where the dots are now, and sets them on their ways.
    place(now) {
      const { state, jumps } = this.player, isSudden = this.isCalm || jumps !== this.jumps, before = this.dots;
      Object.assign(this, { jumps, dots: new Map(), ghosts: [] });
      if (isSudden) Object.assign(this, { fading: [], parcels: [] });
      this.nodes.forEach((node, at) => {
        const put = (number, x, y, inLine) => {
          const it = state.processes.get(number);
          if (!it) return;
          const dot = { number, node: at, type: it.type, mark: it.mark, x, y, toX: x, toY: y };
          dot.look = inLine | lookOf(it, this.words);
          if (this.nodeAt(it) === at && !this.dots.has(number)) this.send(dot, !isSudden && before.get(number), now);
          else this.ghosts.push({ ...dot, look: inLine || (it.ended ? ENDED : AWAY) });
        };
        if (node.type !== undefined) {
          const idle = state.idle[node.type + 1], cells = this.cells(node, idle.size), numbers = idle.keys();
          for (const cell of cells) put(numbers.next().value, ...cell, 0);
          node.unseen = idle.size - cells.length;
        } else if (node.thing) {
          this.placeLines(node, put);
          if (state.things[node.thing - 1].isHeld) this.placeHolders(node, put);
          this.notice(node, now, isSudden);
        }
        // Who is followed is seen, even among those that have no room.
        const it = state.processes.get(this.followed);
        if (it && this.nodeAt(it) === at && !node.process && !this.dots.has(it.number)) {
          put(it.number, it.lines.length ? node.moreAt[0] - CELL : node.x + node.w - 14, node.y + node.h - 14, 0);
        }
      });
      for (const dot of isSudden ? [] : before.values()) {
        if (!state.processes.has(dot.number) && this.fading.length < 100) this.fading.push({ ...dot, begin: now });
      }
    }

    // Sets a dot on its way from where it was.
    send(dot, old, now) {
      this.dots.set(dot.number, Object.assign(dot, { begin: now, takes: 0, flash: -2 * GLIDE }));
      if (!old) return;
      dot.flash = dot.mark === K.preempted && old.mark !== K.preempted ? now : old.flash;
      const isSame = old.toX === dot.x && old.toY === dot.y, isNear = old.node === dot.node;
      const path = isSame ? old.path : way([old.x, old.y], [dot.x, dot.y], isNear ? 0 : 0.12);
      Object.assign(dot, { path, begin: isSame ? old.begin : now, takes: isSame ? old.takes : isNear ? SLIDE : GLIDE });
    }

    // Notices what has changed at a thing: it flashes, or something is carried from or to a process with its own place.
    notice(node, now, isSudden) {
      const { log, state } = this.player, { kind, changed, granted, isHeld } = state.things[node.thing - 1];
      const carries = !isHeld && !["Gate", "Barrier", "State", "Event"].includes(kind);
      const own = this.nodes[this.nodeOf.process[log.process[granted]]];
      if (changed !== node.changed && !isSudden && (kind === "State" || kind === "Event")) node.flash = now;
      if (granted !== node.granted && !isSudden && carries && own && this.parcels.length < 100) {
        const [from, to] = log.put[granted] ? [own, node] : [node, own];
        this.parcels.push({ path: way(middle(from), middle(to), 0.12), begin: now });
      }
      Object.assign(node, { changed, granted });
    }

    drawWay(path, colour, width, dash) {
      const { pen } = this, [x0, y0, ...rest] = path;
      Object.assign(pen, { strokeStyle: colour, lineWidth: width });
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.quadraticCurveTo(...rest);
      pen.stroke();
      pen.setLineDash([]);
    }

    // The boxes are drawn later, above the ends.
    drawEdge([from, to, count]) {
      const { pen, colours } = this, [a, b] = [this.nodes[from], this.nodes[to]];
      if (from === to) return;
      const path = way(middle(a), middle(b), 0.12);
      this.drawWay(path, colours.line, 1.2 + Math.log10(count + 1), []);
      let end = 1;
      while (end > 0.1 && isIn(b, ...onWay(path, end), 3)) end -= 0.01;
      const [x, y] = onWay(path, end), [u, v] = onWay(path, end - 0.03), angle = Math.atan2(y - v, x - u);
      pen.fillStyle = colours.line;
      pen.beginPath();
      for (const turn of [0, 2.6, -2.6]) {
        pen.lineTo(x + (turn ? 10 : 3) * Math.cos(angle + turn), y + (turn ? 10 : 3) * Math.sin(angle + turn));
      }
      pen.fill();
    }

    drawBox(node, at, now) {
      const { pen, colours } = this, isFlashing = now - node.flash < GLIDE, { idle } = this.player.state;
      const isSelected = at === this.selected || (node.process && node.process === this.followed);
      pen.beginPath();
      pen.roundRect(node.x, node.y, node.w, node.h, node.thing ? 5 : 14);
      pen.fillStyle = colours.raised;
      pen.strokeStyle = isSelected ? colours.focus : isFlashing ? colours.c4 : colours.muted;
      pen.lineWidth = isSelected || isFlashing ? 3 : 1;
      pen.setLineDash(node.type === undefined ? [] : [4, 3]);
      pen.fill();
      pen.stroke();
      pen.setLineDash([]);
      const dot = node.process ? DOT - 6 : 0, x = node.x + (node.w + dot) / 2;
      this.write(node.label, x, node.y + 14, node.w - 10 - dot, "center", colours.ink, "bold");
      const below = node.thing ? this.drawThing(node) : node.process ? this.drawProcess(node)
        : `${figure(idle[node.type + 1].size)} here`;
      this.write(below, node.x + node.w / 2, node.y + node.h - 11, node.w - 8, "center", colours.muted);
      if (node.unseen > 0 && node.unseenAt) {
        const [x, y] = node.unseenAt;
        this.write(`+${figure(node.unseen)}`, x - 8, y, 50, "left", colours.ink, "bold");
      }
      (node.more || []).forEach((more, side) => {
        const text = `+${figure(more)}`, x = node.moreAt[side] + (side ? -8 : 8);
        if (more) this.write(text, x, node.y + node.h / 2, 60, side ? "left" : "right", colours.ink, "bold");
      });
    }

    // Draws what is inside of a thing. Returns what is said below.
    drawThing(node) {
      const { pen, colours, player: { log, state } } = this, thing = state.things[node.thing - 1];
      const { level, capacity, kind } = thing, isBounded = Number.isFinite(capacity);
      const text = levelOf(thing);
      Object.assign(pen, { strokeStyle: colours.line, fillStyle: colours.c5, lineWidth: 1 });
      if (kind === "Container") {
        const h = node.h - 48, most = isBounded ? capacity : log.most[node.thing];
        const share = Math.max(0, Math.min(1, level / most || 0));
        pen.fillRect(node.x + 10, node.y + 25 + h * (1 - share), node.w - 20, h * share);
        pen.strokeStyle = colours.muted;
        pen.strokeRect(node.x + 10, node.y + 25, node.w - 20, h);
      } else if (kind === "State" || kind === "Event") {
        const since = thing.changed < 0 ? "" : clock(log.time[thing.changed]);
        return text ? `${text}${since && ` since ${since}`}` : since && `changed at ${since}`;
      } else if (kind === "Gate") {
        this.drawBar(node, level);
      } else if (kind !== "level" && node.h > 60) {
        const size = thing.isHeld ? CELL / 2 - 1 : 8, most = Math.max(level || 0, isBounded ? capacity : 0);
        const unseen = node.unseen, cells = this.cells(node, Math.min(1000, most));
        cells.forEach(([x, y], i) => {
          pen.strokeRect(x - size, y - size, 2 * size, 2 * size);
          pen.fillStyle = colours.c4;
          if (!thing.isHeld && i < level) pen.fillRect(x - 7, y - 7, 14, 14);
        });
        node.unseen = thing.isHeld ? unseen : level - cells.length;
      }
      return text;
    }

    // Draws the bar of a gate: it lies across while the gate is closed, and is up while it is open.
    drawBar(node, isOpen) {
      const { pen, colours } = this, x = node.x + node.w / 2 - 22, y = node.y + node.h - 26, length = 44;
      const angle = isOpen ? -Math.asin(Math.max(0.2, Math.min(0.9, (node.h - 48) / length))) : 0;
      pen.fillStyle = colours.muted;
      pen.fillRect(x - 4, y - 6, 8, 12);
      this.drawWay(way([x, y], [x + length * Math.cos(angle), y + length * Math.sin(angle)], 0),
        isOpen ? colours.muted : colours.alarm, 4, []);
    }

    // Draws a process that has a place of its own. Returns in words what it does.
    drawProcess(node) {
      const it = this.player.state.processes.get(node.process);
      const place = { x: node.x + DOT / 2 + 2, y: node.y + DOT / 2 + 2 };
      if (it) this.looks.draw(this.pen, { ...place, type: it.type, look: lookOf(it, this.words) });
      const what = this.words.doing(it), room = node.w - 8;
      // What does not fit is said in one word: its dot stands where it waits.
      return this.cut(what, room) === what.replace(/\p{Cc}/gu, " ") ? what : what.split(" ")[0];
    }

    // The things where the followed process was before, as far as its happenings say so.
    drawTrail() {
      const { log, position } = this.player, { story, pen, nodes } = this, places = [];
      for (let at = countUpTo(story, position - 1) - 1; at >= 0 && places.length < 9; at--) {
        const node = nodes[this.nodeOf.thing[log.thing[story[at]]]], kind = log.kind[story[at]];
        if (node && (kind === K.waits || kind === K.granted) && places[places.length - 1] !== node) places.push(node);
      }
      places.slice(1).forEach((place, i) => {
        pen.globalAlpha = 1 - i / 10;
        this.drawWay(way(middle(place), middle(places[i]), 0.12), this.colours.focus, 2, [2, 5]);
      });
      pen.globalAlpha = 1;
    }

    drawRing({ x, y }, radius, colour) {
      Object.assign(this.pen, { strokeStyle: colour, lineWidth: 3 });
      this.pen.beginPath();
      this.pen.arc(x, y, radius, 0, 7);
      this.pen.stroke();
    }

    // Draws the picture. Returns whether something in it moves.
    draw(now) {
      const { pen, colours } = this;
      this.frames++;
      this.place(now);
      pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
      pen.fillStyle = colours.paper;
      pen.fillRect(0, 0, this.canvas.width / this.scale, this.canvas.height / this.scale);
      this.head.edges.forEach((edge) => this.drawEdge(edge));
      this.nodes.forEach((node, at) => this.drawBox(node, at, now));
      if (this.followed) this.drawTrail();
      this.ghosts.forEach((dot) => this.looks.draw(pen, dot));
      this.parcels = this.parcels.filter((parcel) => now - parcel.begin < GLIDE);
      pen.fillStyle = colours.c4;
      for (const { path, begin } of this.parcels) {
        const [x, y] = onWay(path, eased((now - begin) / GLIDE));
        pen.fillRect(x - 7, y - 7, 14, 14);
      }
      this.fading = this.fading.filter((dot) => now - dot.begin < FADE);
      for (const dot of this.fading) {
        pen.globalAlpha = 1 - (now - dot.begin) / FADE;
        this.looks.draw(pen, dot);
      }
      pen.globalAlpha = 1;
      let isMoving = this.parcels.length + this.fading.length > 0;
      isMoving = isMoving || this.nodes.some((node) => now - node.flash < GLIDE);
      for (const dot of this.dots.values()) {
        const share = dot.takes ? (now - dot.begin) / dot.takes : 1, flash = (now - dot.flash) / GLIDE / 2;
        if (share < 1) [dot.x, dot.y] = onWay(dot.path, eased(Math.max(0, share)));
        isMoving = isMoving || share < 1 || flash < 1;
        this.looks.draw(pen, dot);
        if (flash < 1) this.drawRing(dot, RADIUS + 3 + 12 * flash, colours.alarm);
        if (dot.number === this.followed) this.drawRing(dot, RADIUS + 4, colours.focus);
      }
      return isMoving;
    }

    // Returns what is at a place of the window: a process, and a node.
    hit({ clientX, clientY }) {
      const box = this.canvas.getBoundingClientRect();
      const x = (clientX - box.left) / this.zoom, y = (clientY - box.top) / this.zoom;
      const isNear = (dot) => Math.hypot(dot.x - x, dot.y - y) <= RADIUS + 4;
      const dot = [...this.dots.values()].find(isNear) || this.ghosts.find(isNear);
      return { x, y, process: dot ? dot.number : 0, node: this.nodes.findIndex((node) => isIn(node, x, y)) };
    }

    // Returns the box of a node in the window.
    boxOf(key) {
      const node = this.nodes.find((it) => it.key === key), box = this.canvas.getBoundingClientRect(), { zoom } = this;
      return node && { x: box.left + node.x * zoom, y: box.top + node.y * zoom, w: node.w * zoom, h: node.h * zoom };
    }
  }

  Object.assign(asimReplay, { Stage });
})();
