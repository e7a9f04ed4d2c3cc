"use strict";
// What one presses and reads. It fills the element `#replay` when the page is there.
(() => {
  const { K, Unreadable, Player, Stage, Layout, open, wordsOf } = asimReplay;
  const { figure, count, clock, levelOf, isolated, countUpTo, el, bdi, button, link } = asimReplay;

  function start(root) {
    const log = open(), { head } = log, words = wordsOf(log);
    const player = new Player(log, new Set(head.nodes.map((node) => node.process).filter(Boolean)));
    const logged = [];
    for (let i = 0; i < log.count; i++) if (log.kind[i] === K.logged) logged.push(i);
    const amount = (number, of) => `${count(number)} ${of}`, unit = head.unit ? ` ${isolated(head.unit)}` : "";

    // What one sees, from above to below.
    const facts = [head.seed && `seed ${head.seed}`, head.replication && `replication ${head.replication}`,
      `time ${clock(player.from)} to ${clock(player.until)}${unit}`, amount(log.count, "happenings"),
      head.dropped && `${amount(head.dropped, "older ones")} were not kept`,
      head.filtered && "some were left out on purpose, so there may be gaps"].filter(Boolean).join(", ");
    const canvas = el("canvas", { role: "img", "aria-label": "A picture of the run. The table below says the same." });
    const begin = button("▶ Play", "Play the run", () => play(true), { class: "replay-begin" });
    const hint = el("div", { class: "replay-hint", hidden: "" });
    const scroller = el("div", { class: "replay-scroller" }, canvas);
    const banner = el("p", { class: "replay-banner", hidden: "", dir: "auto" });
    const marks = el("canvas", { class: "replay-marks", "aria-hidden": "true" });
    const bar = el("input", { type: "range", min: 0, max: 1, step: "any", "aria-label": "Time of the run",
      input: () => go(() => player.goToTime(player.from + bar.value * player.duration), true), change: () => say() });
    const time = el("output", { class: "replay-clock" }), happened = el("span", { class: "replay-count" });
    const toggle = button("▶", "Play or pause (space)", () => play(!player.isPlaying), { class: "replay-toggle" });
    const speed = el("span", { class: "replay-speed" });
    const jumper = (mark, name, sign) => button(`${sign} ${name} (${count(player.marks[mark].length)})`,
      `To the next ${name} (${name[0]}; with shift to the one before)`, (event) => jump(mark, !event.shiftKey),
      player.marks[mark].length ? {} : { disabled: "" });
    const controls = el("div", { class: "replay-row replay-controls" },
      button("⇤", "To the beginning (Home)", () => go(() => player.goTo(0))),
      button("←", "One happening back (left arrow; with shift one instant)", (event) => step(false, event.shiftKey)),
      toggle,
      button("→", "One happening on (right arrow; with shift one instant)", (event) => step(true, event.shiftKey)),
      button("⇥", "To the end (End)", () => go(() => player.goToTime(Infinity))),
      button("−", "Slower (-)", () => hasten(false)), speed, button("+", "Faster (+)", () => hasten(true)),
      jumper("preemption", "preemption", "▲"), jumper("loss", "loss", "●"),
      jumper("failure", head.standstill ? "failure or standstill" : "failure", "■"));
    const spoken = el("p", { class: "replay-spoken", "aria-live": "polite", dir: "auto" });
    const legend = el("p", { class: "replay-legend" });
    const rows = head.things.map(([name, kind]) => (
      el("tr", {}, el("th", { scope: "row", title: kind }, bdi(name)), el("td"), el("td"), el("td"))));
    const columns = ["thing", "level", "in line", "held by"].map((name) => el("th", { scope: "col" }, name));
    const table = el("table", {}, el("caption", {}, "Now"), el("thead", {}, el("tr", {}, ...columns)),
      el("tbody", {}, ...rows));
    const found = el("div", { class: "replay-found" });
    const field = el("input", { type: "search", placeholder: "name or number", "aria-label": "Find a process",
      dir: "auto", input: () => find(),
      keydown: (event) => event.key === "Enter" && found.querySelector("button")?.click() });
    const story = el("div"), lines = el("ol", { "aria-label": "What the model has written" });
    root.replaceChildren(el("h2", { dir: "auto" }, head.title), el("p", { class: "replay-facts" }, facts),
      el("div", { class: "replay-stage" }, scroller, begin, hint), banner, marks, bar,
      el("div", { class: "replay-row" }, time, happened), controls, spoken, legend,
      el("div", { class: "replay-columns" }, el("section", {}, el("div", { class: "replay-scroller" }, table)),
        el("section", {}, el("h3", {}, "Follow a process"), field, found, story),
        el("section", logged.length ? {} : { hidden: "" }, el("h3", {}, "The model says"), lines)));
    const stage = new Stage(canvas, player, words), layout = new Layout(stage, head, changed);
    root.append(layout.element);
    legend.append(...head.types.slice(0, 12).map((type, at) => {
      const dot = el("span", { class: "replay-dot", "aria-hidden": "true" }, stage.looks.letters[at]);
      dot.style.background = `var(--c${at % 6})`;
      return el("span", {}, dot, " ", bdi(type));
    }), "filled: works or is served; hollow: waits; square: waits to put; dashed: holds this, but is elsewhere; "
      + "red ring: interrupted or preempted; dashed box: those of this type that are at no thing");

    // One picture after the other, as long as something moves.
    let isAwake = false, last = 0, read = 0;
    function wake() {
      if (!isAwake) requestAnimationFrame(frame);
      isAwake = true;
    }
    function frame(now) {
      const wasPlaying = player.isPlaying;
      isAwake = false;
      if (wasPlaying) player.advance(Math.min(0.1, Math.max(0, now - last) / 1000));
      last = now;
      const isMoving = stage.draw(now);
      show(now);
      if (player.isPlaying || isMoving) wake();
      else if (wasPlaying) say();
    }

    function show(now) {
      bar.value = (player.time - player.from) / player.duration;
      time.textContent = `time ${clock(player.time)}${unit}`;
      happened.textContent = `${count(player.position)} of ${amount(log.count, "happenings")}`;
      bar.setAttribute("aria-valuetext", `${time.textContent}, ${happened.textContent}`);
      toggle.textContent = player.isPlaying ? "❚❚" : "▶";
      const units = player.speed === 1 ? " unit of time" : " units of time";
      speed.textContent = `${figure(player.speed)}${unit ? `${unit} of the run` : units} a second`;
      if (player.isPlaying) begin.hidden = true;
      // While it plays, what one reads changes only as fast as one can read.
      if (player.isPlaying && now - read < 250) return;
      read = now;
      if (player.isPlaying) say();
      rows.forEach((row, at) => showThing(row, player.state.things[at]));
      showStory();
      const [past, items] = excerpt(logged, 40, 0, sentence);
      replace(lines, past, items);
      lines.scrollTop = lines.scrollHeight;
      const errors = head.errors.filter(([after]) => after <= player.position);
      const said = errors.map(([, at, text]) => `At ${clock(at)}: ${text}`);
      if (player.isAtEnd && head.ending) said.push((head.standstill ? "Standstill. " : "") + head.ending);
      banner.hidden = !said.length;
      replace(banner, said.length, said.slice(-3).join("\n"));
    }

    // Returns a happening in words, with its process.
    const sentence = (i) => (log.process[i] ? `${words.nameOf(log.process[i])}: ` : "") + words.what(i);

    // Fills an element, if what it says has changed, and if nobody stands in it.
    function replace(element, said, children) {
      if (element.said === `${said}` || (element.contains(document.activeElement) && player.isPlaying)) return;
      element.said = `${said}`;
      element.replaceChildren(...[children].flat());
    }

    const follower = (number) => link(words.nameOf(number), "Follow it", () => follow(number));

    function showThing(row, thing) {
      const { lines: [take, put], holders } = thing, level = levelOf(thing) || "–";
      const people = (cell, maps) => {
        const size = maps.reduce((sum, map) => sum + map.size, 0), few = [];
        for (const map of maps) for (const number of map.keys()) if (few.length === 4 || !few.push(number)) break;
        const names = few.flatMap((number) => [follower(number), " "]);
        replace(cell, `${few} ${size}`, [size ? `${count(size)}: ` : "–", ...names, size > few.length ? "…" : ""]);
      };
      replace(row.children[1], level, level);
      people(row.children[2], [take, put]);
      people(row.children[3], [holders]);
    }

    // Returns how many of these happenings have happened, and those around the present one. A click goes there.
    function excerpt(list, before, after, text) {
      const past = countUpTo(list, player.position - 1);
      return [past, list.slice(Math.max(0, past - before), past + after).map((i) => el("li",
        i === list[past - 1] ? { "aria-current": "step" } : i < player.position ? {} : { class: "replay-later" },
        link(clock(log.time[i]), "Go there", () => go(() => player.goTo(i + 1))), " ", bdi(text(i))))];
    }

    function showStory() {
      const number = stage.followed, [past, items] = excerpt(stage.story, 60, 30, words.what);
      const it = player.state.processes.get(number), wasIn = story.contains(document.activeElement);
      const standing = it || !past ? words.standing(it, player.time) : "has ended";
      replace(story, `${number} ${past} ${standing}`, number ? [
        el("p", {}, el("strong", {}, bdi(words.nameOf(number))), ": ", bdi(standing), ". ",
          link("Follow no longer", "Follow it no longer", () => follow(0))),
        el("ol", { "aria-label": "Its story" }, ...items)] : []);
      const current = story.querySelector("[aria-current]");
      if (!current) return;
      current.parentElement.scrollTop = current.offsetTop - current.parentElement.offsetTop - 120;
      if (!wasIn || story.contains(document.activeElement)) return;
      current.querySelector("button").focus({ preventScroll: true });
    }

    // Says in a sentence where the clock stands. While it plays, this is shown but not read out.
    function say() {
      spoken.setAttribute("aria-live", player.isPlaying ? "off" : "polite");
      const i = player.position - 1, what = i < 0 ? "nothing has happened yet" : sentence(i);
      spoken.textContent = `At ${clock(i < 0 ? player.time : log.time[i])}: ${what}.`;
    }

    // What one does.
    function play(isOn) {
      if (isOn && player.isAtEnd) player.goTo(0);
      player.isPlaying = isOn;
      last = performance.now();
      if (!isOn) say();
      wake();
    }
    function go(move, isOnTheWay) {
      player.isPlaying = false;
      move();
      begin.hidden = true;
      if (!isOnTheWay) say();
      wake();
    }
    const step = (isForward, isInstant) => go(() => player.stepBy(isForward, isInstant));
    function jump(mark, isForward) {
      go(() => {
        const number = player.jump(mark, isForward) && log.process[player.position - 1];
        if (number) follow(number);
      });
    }
    function hasten(isFaster) {
      player.hasten(isFaster);
      wake();
    }
    // Returns whether a happening only says what the others of a thing have brought about.
    const isOfOthers = (i) => (
      (log.kind[i] === K.level || log.kind[i] === K.capacity) && player.state.things[log.thing[i] - 1].isHeld);
    function follow(number) {
      stage.followed = number;
      stage.story = [];
      for (let i = 0; number && i < log.count; i++) {
        if (log.process[i] === number && !isOfOthers(i)) stage.story.push(i);
      }
      wake();
    }
    function find() {
      const text = field.value.trim().toLowerCase(), number = Number(text.replace("#", ""));
      const numbers = text && number > 0 && number <= head.processes ? [number] : [];
      const names = head.names.map(([name]) => Boolean(text) && name.toLowerCase().includes(text));
      for (let other = 1; other <= head.processes && numbers.length < 8; other++) {
        if (names[log.nameOf[other]] && other !== number) numbers.push(other);
      }
      const none = text && !numbers.length ? "There is none." : "";
      found.replaceChildren(...numbers.flatMap((it) => [follower(it), " "]), none);
    }
    function changed() {
      stage.arrange();
      drawMarks();
      wake();
    }

    // The pointer: a dot is followed, a box is moved.
    let dragged = null;
    const pointer = {
      pointerdown(event) {
        const at = stage.hit(event), node = stage.nodes[at.node];
        if (at.process || (node && node.process)) follow(at.process || node.process);
        if (at.process || !node) return;
        layout.select(at.node);
        if (event.pointerType === "touch") return; // a finger scrolls; there are buttons to move a box
        dragged = { node, x: at.x - node.x, y: at.y - node.y, from: [node.x, node.y] };
        canvas.setPointerCapture(event.pointerId);
      },
      pointermove(event) {
        const at = stage.hit(event), it = player.state.processes.get(at.process);
        if (dragged) {
          Object.assign(dragged.node, { x: Math.max(0, at.x - dragged.x), y: Math.max(0, at.y - dragged.y) });
          return wake();
        }
        hint.hidden = !it;
        canvas.style.cursor = it ? "pointer" : at.node >= 0 ? "move" : "";
        if (!it) return undefined;
        const name = el("strong", {}, bdi(words.nameOf(at.process)));
        hint.replaceChildren(name, " ", bdi(words.standing(it, player.time)));
        const box = hint.parentElement.getBoundingClientRect();
        hint.style.left = `${Math.max(0, Math.min(event.clientX - box.left + 12, box.width - 230))}px`;
        hint.style.top = `${event.clientY - box.top + 14}px`;
        return undefined;
      },
      pointerup() {
        if (dragged && (dragged.node.x !== dragged.from[0] || dragged.node.y !== dragged.from[1])) layout.keep();
        dragged = null;
      },
      pointerleave() {
        hint.hidden = true;
      },
      dblclick(event) {
        if (stage.hit(event).node >= 0) layout.ask();
      },
    };
    for (const [name, act] of Object.entries(pointer)) canvas.addEventListener(name, act);
    canvas.addEventListener("pointercancel", pointer.pointerup);

    const keys = {
      " ": () => play(!player.isPlaying),
      home: () => go(() => player.goTo(0)), end: () => go(() => player.goToTime(Infinity)),
      arrowleft: (shift) => step(false, shift), arrowright: (shift) => step(true, shift),
      "+": () => hasten(true), "=": () => hasten(true), "-": () => hasten(false),
      p: (shift) => jump("preemption", !shift), l: (shift) => jump("loss", !shift),
      f: (shift) => jump("failure", !shift),
    };
    document.addEventListener("keydown", (event) => {
      const { target, key } = event, isAlone = root.parentElement === document.body && target === document.body;
      // In a page with more than the replay, keys outside of it are not its own.
      if (!(isAlone || root.contains(target)) || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = keys[key.toLowerCase()], isButton = key === " " && target.matches("button, summary");
      if (!act || isButton || target.matches("input:not([type=range]), select")) return;
      event.preventDefault();
      act(event.shiftKey);
    });

    // Marks above the bar, with the signs of the buttons that jump there.
    function drawMarks() {
      const pen = marks.getContext("2d"), scale = devicePixelRatio || 1, width = marks.clientWidth;
      Object.assign(marks, { width: width * scale, height: 15 * scale });
      pen.scale(scale, scale);
      [["preemption", "c1"], ["loss", "c0"], ["failure", "alarm"]].forEach(([mark, colour], row) => {
        const share = (after) => (log.time[Math.max(0, after - 1)] - player.from) / player.duration;
        pen.fillStyle = stage.colours[colour];
        for (const x of new Set(player.marks[mark].map((after) => Math.round(share(after) * (width - 16)) + 8))) {
          pen.beginPath();
          if (row === 0) for (const [dx, y] of [[0, 0], [3, 5], [-3, 5]]) pen.lineTo(x + dx, y);
          else if (row === 1) pen.arc(x, 8, 2, 0, 7);
          else pen.rect(x - 2, 11, 4, 4);
          pen.fill();
        }
      });
    }

    const recolour = () => {
      stage.recolour();
      drawMarks();
      stage.draw(performance.now());
    };
    const readAddress = () => {
      const at = /^#at=(.+)$/.exec(location.hash);
      if (at && Number.isFinite(Number(at[1]))) go(() => player.goToTime(Number(at[1])));
    };
    window.replay = {
      length: log.count, position: () => player.position, time: () => player.time, frames: () => stage.frames,
      goTo: (at) => go(() => player.goTo(at)), goToTime: (at) => go(() => player.goToTime(at)), play: () => play(true),
      pause: () => play(false), state: () => player.state.text(), layout: () => layout.text(),
      place: (key) => stage.boxOf(key),
    };
    player.goTo(countUpTo(log.time, log.time[0])); // it opens with what happens at the first time
    changed();
    say();
    let width = root.clientWidth;
    new ResizeObserver(() => {
      if (width !== root.clientWidth) changed();
      width = root.clientWidth;
    }).observe(root);
    for (const medium of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(medium).addEventListener("change", recolour);
    }
    for (const [name, isOn] of [["beforeprint", true], ["afterprint", false]]) {
      window.addEventListener(name, () => {
        root.classList.toggle("replay-printed", isOn); // paper is light
        recolour();
      });
    }
    window.addEventListener("hashchange", readAddress);
    readAddress();
  }

  document.addEventListener("DOMContentLoaded", () => {
    // A page that was cut off may not have the element.
    const root = document.getElementById("replay") || document.body.appendChild(el("div", { id: "replay" }));
    try {
      start(root);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      root.replaceChildren(el("p", { role: "alert", class: "replay-banner" }, error.message));
    }
  });
})();
