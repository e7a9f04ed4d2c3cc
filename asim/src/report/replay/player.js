"use strict";
// The clock of the replay: it goes to any moment, forwards and back, and plays.
(() => {
  const { K, State } = asimReplay;

  // A copy of the state is kept after so many happenings; the way from there is a few milliseconds.
  const APART = 20000;
  // So many happen at most between two pictures.
  const AT_ONCE = 60000;

  // Returns how many elements of a list in order are below a bound, or equal to it.
  function countUpTo(list, bound) {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] <= bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Returns the nearest of 1, 2, 5, 10, 20 and so on.
  function rounded(number) {
    const power = 10 ** Math.floor(Math.log10(number)), first = number / power;
    return power * (first < 1.5 ? 1 : first < 3.5 ? 2 : first < 7.5 ? 5 : 10);
  }

  class Player {
    constructor(log, own) {
      const { head } = log, state = new State(log, own);
      const marks = { preemption: [], loss: [], failure: [] };
      const markOf = { [K.preempted]: "preemption", [K.left]: "loss", [K.refused]: "loss", [K.failed]: "failure",
        [K.panicked]: "failure", [K.stopped]: "failure" };
      Object.assign(this, { log, copies: [], copiedAt: [], from: head.from, isPlaying: false, jumps: 0 });
      for (let next = 0; ; state.step()) {
        if (state.position === next) {
          this.copies.push(state.copy());
          this.copiedAt.push(next);
          // With many processes copies are rarer, so all of them together are not larger than the log.
          next += Math.max(APART, 2 * state.processes.size);
        }
        if (state.position === log.count) break;
        const at = state.position, mark = markOf[log.kind[at]];
        // A request for several things goes from line to line: that is no loss.
        const isMove = log.kind[at + 1] === K.waits && log.process[at + 1] === log.process[at];
        if (mark && !(mark === "loss" && isMove)) marks[mark].push(at + 1);
      }
      marks.failure.push(...head.errors.map(([after]) => after), ...(head.standstill ? [log.count] : []));
      marks.failure = [...new Set(marks.failure)].sort((a, b) => a - b);
      this.marks = marks; // positions, in their order
      this.state = this.copies[0].copy();
      this.time = head.from;
      this.until = Math.max(head.until, state.time);
      this.duration = this.until - this.from || 1;
      this.speed = rounded(this.duration / 60); // all of it in a minute
    }

    // How many have happened.
    get position() {
      return this.state.position;
    }

    get isAtEnd() {
      return this.position === this.log.count && this.time >= this.until;
    }

    hasten(isFaster) {
      const speed = rounded(this.speed * (isFaster ? 2.3 : 0.45));
      if (speed >= this.duration / 1e6 && speed <= this.duration * 2) this.speed = speed;
    }

    // Goes to the moment after so many happenings.
    goTo(count) {
      this.move(Math.max(0, Math.min(this.log.count, Math.round(count) || 0)));
      this.time = this.state.time;
    }

    // Goes to the end of a time.
    goToTime(time) {
      this.time = Math.max(this.from, Math.min(this.until, Number.isNaN(time) ? this.from : time));
      this.move(countUpTo(this.log.time, this.time));
    }

    move(count) {
      const copy = this.copies[countUpTo(this.copiedAt, count) - 1];
      if (count < this.position || copy.position > this.position) this.state = copy.copy();
      while (this.position < count) this.state.step();
      this.jumps++; // then nothing glides
    }

    // Goes on by a happening, or by all that happen at one time; or back.
    stepBy(isForward, isInstant) {
      const { log: { time, count }, position } = this;
      if (!isInstant) this.goTo(position + (isForward ? 1 : -1));
      else if (isForward) this.goTo(position < count ? countUpTo(time, time[position]) : position);
      else {
        let before = position;
        while (before > 0 && time[before - 1] === time[position - 1]) before--;
        this.goTo(before);
      }
    }

    // Goes to the next mark of this name, or to the one before. Returns whether there is one.
    jump(mark, isForward) {
      const marks = this.marks[mark], { position } = this;
      const to = isForward ? marks[countUpTo(marks, position)] : marks[countUpTo(marks, position - 1) - 1];
      if (to !== undefined) this.goTo(to);
      return to !== undefined;
    }

    // Plays on for so many seconds of the wall's clock.
    advance(seconds) {
      const { log } = this, to = Math.min(this.until, this.time + seconds * this.speed), most = this.position + AT_ONCE;
      while (this.position < log.count && log.time[this.position] <= to && this.position < most) this.state.step();
      // Where too much happens, the clock waits for it.
      this.time = this.position === most ? this.state.time : to;
      this.isPlaying = !this.isAtEnd;
    }
  }

  Object.assign(asimReplay, { Player, countUpTo });
})();
