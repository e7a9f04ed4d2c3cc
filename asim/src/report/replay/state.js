"use strict";
// How the run stands at a moment: where each process is, who stands in which line, who holds what.
(() => {
  const { K, kinds } = asimReplay;

  class State {
    // `own` are the processes that have a place of their own in the picture.
    constructor(log, own) {
      Object.assign(this, { log, own, position: 0, time: log.head.from });
      this.processes = new Map(); // those that have not ended, that still hold something, or have an own place
      // The processes of each type that are at no thing; first those of an unknown type.
      this.idle = Array.from({ length: log.head.types.length + 1 }, () => new Set());
      // `lines` (to take, to put) say of each process how often it stands there, `holders` how often it holds. Maps
      // keep the order of arrival, and whoever leaves is found at once. `granted` and `changed` are happenings.
      this.things = log.head.things.map(([name, kind]) => ({
        name, kind, isHeld: ["Resource", "PreemptiveResource", "Pool"].includes(kind), level: NaN, capacity: NaN,
        granted: -1, changed: -1, lines: [new Map(), new Map()], holders: new Map(),
      }));
    }

    copy() {
      const to = Object.assign(Object.create(State.prototype), this);
      to.processes = new Map([...this.processes].map(([number, it]) => (
        [number, { ...it, lines: it.lines.slice(), holds: it.holds.slice() }])));
      to.idle = this.idle.map((set) => new Set(set));
      to.things = this.things.map((it) => (
        { ...it, lines: it.lines.map((line) => new Map(line)), holders: new Map(it.holders) }));
      return to;
    }

    // Returns a process. If it is new, it is made. Those that live begin in the log or are introduced: who joins a line
    // or is granted something before that has ended before the log began.
    process(number, kind) {
      let it = this.processes.get(number);
      if (!it) {
        const name = this.log.nameOf[number], type = number && name >= 0 ? this.log.head.names[name][1] : -1;
        // The latest of `lines` (twice the number of a thing, and 1 to put) and `holds` stands last. `mark` says that
        // it was interrupted or preempted, `ended` how it has ended.
        const ended = number && (kind === K.waits || kind === K.granted) ? K.ended : 0;
        it = { number, type, lines: [], holds: [], request: 0, since: this.time, mark: 0, ended };
        this.processes.set(number, it);
      }
      return it;
    }

    // Lets the next happening happen.
    step() {
      const { log } = this, i = this.position++, kind = log.kind[i], number = log.process[i], put = log.put[i];
      this.time = log.time[i];
      const index = log.thing[i], thing = this.things[index - 1];
      if (kind === K.level || kind === K.capacity || kind === K.changed) {
        if (kind === K.level) thing.level = log.value[i];
        if (kind === K.capacity) thing.capacity = log.value[i];
        else thing.changed = i;
        return;
      }
      if (kind === K.logged || kind === K.refused) return;
      // What ends does not make a process that nobody knows.
      const isEnd = kind >= K.ended && kind <= K.panicked;
      const isOfLine = kind === K.granted || kind === K.left, isOfHold = kind === K.released || kind === K.preempted;
      const isOver = isEnd || isOfHold || kind === K.left;
      const from = isOfLine ? thing.lines[put] : isOfHold && thing.holders;
      const leaver = from ? this.leaver(from, number) : undefined;
      const it = isOver ? leaver || this.processes.get(number) : this.process(number, kind);
      if (!it) return;
      if (kind === K.paused || (kind === K.unfinished && log.request[i])) {
        if (kind === K.paused || !it.request) it.since = this.time;
        it.request = log.request[i];
      } else if (isEnd || kind === K.resumed || kind === K.interrupted) {
        Object.assign(it, { request: 0, since: this.time, mark: kind === K.interrupted ? kind : 0 });
        if (isEnd) it.ended = kind;
      } else if (kind === K.waits) {
        this.add(thing.lines[put], it, it.lines, 2 * index + put);
      } else if (kind === K.granted || kind === K.left) {
        if (leaver) {
          this.remove(thing.lines[put], leaver, leaver.lines, 2 * index + put);
          if (leaver !== it) this.settle(leaver);
        }
        if (kind === K.granted) thing.granted = i;
        if (kind === K.granted && thing.isHeld && !put) this.add(thing.holders, it, it.holds, index);
      } else if (thing) {
        this.remove(thing.holders, it, it.holds, index);
        if (kind === K.preempted) it.mark = kind;
      }
      this.settle(it);
    }

    // Returns the process that leaves a line, or the holders; undefined if it is not there. One that is gone has no
    // number in the log: it is one of those that have ended.
    leaver(all, number) {
      const isGone = (other) => this.processes.get(other).ended;
      const found = all.has(number) ? number : number ? undefined : [...all.keys()].find(isGone);
      return this.processes.get(found);
    }

    // Puts a process into a line or among the holders, and notes it at the process.
    add(all, it, own, entry) {
      all.set(it.number, (all.get(it.number) || 0) + 1);
      own.push(entry);
    }

    remove(all, it, own, entry) {
      const count = all.get(it.number), at = own.lastIndexOf(entry);
      if (count > 1) all.set(it.number, count - 1);
      else all.delete(it.number);
      if (at >= 0) own.splice(at, 1);
    }

    // Puts a process among those that are at no thing, or takes it from there; forgets it when it is gone.
    settle(it) {
      const { number } = it, idle = this.idle[it.type + 1], isBusy = it.lines.length > 0 || it.holds.length > 0;
      const isGone = it.ended || !number;
      if (isGone && !isBusy && !this.own.has(number)) this.processes.delete(number);
      if (isBusy || isGone || this.own.has(number)) idle.delete(number);
      else idle.add(number);
    }

    // Returns at which thing a process is: in whose line it stands, else what it has got last; 0 for none.
    at(it) {
      return it.lines.length ? it.lines[it.lines.length - 1] >> 1 : it.holds[it.holds.length - 1] || 0;
    }

    // Returns all of the state as a text.
    text() {
      const { head } = this.log;
      const one = ([number, count]) => `#${number}${count > 1 ? ` (${count})` : ""}`;
      const people = (map) => [...map].map(one).join(" ");
      const things = this.things.map(({ name, level, capacity, lines, holders }) => {
        const [take, put, held] = [...lines, holders].map(people);
        return `${name}: level ${level} of ${capacity}; line: ${take}; to put: ${put}; held by: ${held}`;
      });
      const processes = [...this.processes].sort((a, b) => a[0] - b[0]).map(([number, it]) => {
        const thing = this.at(it), request = it.request ? `waits for ${head.requests[it.request - 1]}` : "goes on";
        const what = [it.ended ? kinds[it.ended] : request, kinds[it.mark]].filter(Boolean).join(", ");
        return `#${number}: at ${thing ? this.things[thing - 1].name : "no thing"}; ${what}`
          + ` since ${it.since}; lines: ${it.lines.join(" ")}; holds: ${it.holds.join(" ")}`;
      });
      return [`after ${this.position}, time ${this.time}`, ...things, ...processes].join("\n");
    }
  }

  Object.assign(asimReplay, { State });
})();
