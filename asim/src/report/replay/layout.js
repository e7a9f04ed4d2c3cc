"use strict";
// Where things stand and what they are called: it can be changed, kept in the browser, and saved as a file.
(() => {
  const { el, button } = asimReplay;

  // How far each key moves a thing.
  const WAYS = { ArrowLeft: [-10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10], ArrowRight: [10, 0] };

  class Layout {
    // `changed` is called when anything stands elsewhere.
    constructor(stage, head, changed) {
      // A page whose own layout is another one remembers for itself: so a file that was edited counts.
      const own = JSON.stringify(head.nodes.map(({ key, x, y, label }) => [key, x, y, label]));
      const sum = [...own].reduce((sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)) >>> 0, 0);
      Object.assign(this, { stage, head, changed, storage: `asim layout ${head.title} ${sum}` });
      this.restore();
      const choices = stage.nodes.map((node, at) => el("option", { value: at }, node.label));
      const choose = () => this.select(Number(this.chosen.value));
      // Arrows alone go through the list.
      const nudge = (event) => {
        if (!WAYS[event.key] || event.altKey !== (event.target === this.chosen)) return;
        this.nudge(...WAYS[event.key]);
        event.preventDefault();
        event.stopPropagation();
      };
      this.chosen = el("select", { "aria-label": "What to move or rename", change: choose, keydown: nudge },
        el("option", { value: -1 }, "choose"), ...choices);
      this.label = el("input", { "aria-label": "Its name in the picture", dir: "auto", change: () => this.rename() });
      const arrows = Object.entries(WAYS).map(([key, way], at) => (
        button("←↑↓→"[at], `Move it (${key.slice(5).toLowerCase()} arrow)`, () => this.nudge(...way))));
      const moves = el("span", { keydown: nudge }, ...arrows);
      this.element = el("details", { class: "replay-arrangement" }, el("summary", {}, "Arrange the picture"),
        el("p", {}, "Drag a box; or choose it here, and press Alt with an arrow key. ",
          "The next page has it too, if the file ",
          el("bdi", {}, `${head.title}.layout`), " stands beside it."),
        el("div", { class: "replay-row" }, this.chosen, moves, this.label,
          button("Save layout", "Save the layout as a file", () => this.save()),
          button("Reset", "Put all back", () => this.reset())));
    }

    static nameOf(node) {
      return node.key.slice(node.key.indexOf(":") + 1);
    }

    // Keeps the layout in the browser, if that allows it.
    keep() {
      const { nodes } = this.stage, all = nodes.map(({ key, x, y, label }) => [key, x, y, label]);
      try {
        localStorage.setItem(this.storage, JSON.stringify(all));
      } catch { /* then it lasts as long as the page */ }
      nodes.forEach((node, at) => { this.chosen.options[at + 1].textContent = node.label; });
      this.changed();
    }

    restore() {
      try {
        for (const [key, x, y, label] of JSON.parse(localStorage.getItem(this.storage)) || []) {
          const node = this.stage.nodes.find((it) => it.key === key);
          if (node && x >= 0 && y >= 0) Object.assign(node, { x, y, label: String(label) });
        }
      } catch { /* nothing was kept */ }
    }

    select(at) {
      this.stage.selected = this.chosen.value = at;
      this.label.value = at < 0 ? "" : this.stage.nodes[at].label;
      this.changed();
    }

    // Opens the field with the name of what is selected.
    ask() {
      this.element.open = true;
      this.label.select();
    }

    nudge(x, y) {
      const node = this.stage.nodes[this.stage.selected];
      if (node) Object.assign(node, { x: Math.max(0, node.x + x), y: Math.max(0, node.y + y) });
      this.keep();
    }

    rename() {
      const node = this.stage.nodes[this.stage.selected];
      if (node) node.label = this.label.value = this.label.value.trim() || Layout.nameOf(node);
      this.keep();
    }

    reset() {
      this.stage.nodes.forEach((node, at) => {
        const { x, y, label } = this.head.nodes[at];
        Object.assign(node, { x, y, label });
      });
      this.keep();
      this.select(this.stage.selected);
    }

    // Returns the layout as it stands in a file.
    text() {
      const lines = this.stage.nodes.map((node) => {
        const label = node.label === Layout.nameOf(node) ? "" : ` ${JSON.stringify(node.label)}`;
        return `${JSON.stringify(node.key)} ${Math.round(node.x)} ${Math.round(node.y)}${label}\n`;
      });
      return `asim layout 1\n${lines.join("")}`;
    }

    save() {
      const href = URL.createObjectURL(new Blob([this.text()], { type: "text/plain" }));
      el("a", { href, download: `${this.head.title}.layout` }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60000);
    }
  }

  Object.assign(asimReplay, { Layout });
})();
