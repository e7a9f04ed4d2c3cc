"use strict";
// The readings of the pictures: the numbers under the pointer, or where the arrow keys have gone.
(() => {
  // A number with the digits that matter.
  const figure = (number) => {
    if (number === null) return "-";
    const size = Math.abs(number);
    if (size >= 1e6 || (size < 1e-3 && number !== 0)) return String(Number(number.toPrecision(4)));
    return Number(number.toPrecision(size >= 1e4 ? 6 : 4)).toLocaleString("en", { maximumFractionDigits: 6 });
  };

  // The place of the last of these numbers, in their order, that is not beyond this one; -1 if all are.
  const lastUpTo = (numbers, number) => {
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  // The point of a line that tells the value at a place across: the last one, if a value holds until the next one;
  // otherwise the nearest.
  const pointAt = (line, across) => {
    const place = lastUpTo(line.at, across);
    if (line.steps || place + 1 >= line.at.length) return place;
    return place < 0 || line.at[place + 1] - across < across - line.at[place] ? place + 1 : place;
  };

  const inWords = (line, place, up) => {
    const value = figure(line.value[place]);
    const [low, high] = [line.low[place], line.high[place]];
    const known = typeof low === "number" && typeof high === "number";
    return `${line.name || up.name}: ${value}${known ? ` (${figure(low)} to ${figure(high)})` : ""}`;
  };

  const begin = (picture, chart, output) => {
    const { width, frame, across, up, series, boxes } =
      JSON.parse(picture.querySelector("script.readings").textContent);
    const lines = series.filter((line) => line.at.length > 0);
    // Where the arrow keys stop: at the points of all lines, or at the boxes.
    const stops = [...new Set(lines.flatMap((line) => line.at))].sort((a, b) => a - b);
    const count = lines.length > 0 ? stops.length : boxes.length;
    let stop = -1;

    const marks = [];
    const mark = (kind, box) => {
      const scale = chart.clientWidth / width;
      const element = document.createElement("span");
      element.className = kind;
      ["left", "top", "width", "height"].forEach((side, number) => {
        element.style[side] = `${box[number] * scale}px`;
      });
      chart.append(element);
      marks.push(element);
    };
    const clear = () => {
      marks.splice(0).forEach((element) => element.remove());
    };
    const rightOf = (at) => frame.left + (at - across.from) / (across.to - across.from) * (frame.right - frame.left);
    const downOf = (value) => frame.bottom - (value - up.from) / (up.to - up.from) * (frame.bottom - frame.top);

    const showAt = (at, box) => {
      clear();
      // Names stand at 0, 1, 2; and points of lines without steps are read where they are.
      const first = lines[0] && pointAt(lines[0], at);
      const where = lines.length > 0 && !lines[0].steps && first >= 0 ? lines[0].at[first] : at;
      const words = [`${across.name || "at"} ${across.names[Math.round(where)] ?? figure(where)}`];
      mark("cross", [rightOf(where), frame.top, 0, frame.bottom - frame.top]);
      for (const line of lines) {
        const place = pointAt(line, where);
        if (place < 0 || line.value[place] === null) continue;
        words.push(inWords(line, place, up));
        const right = rightOf(line.steps ? where : line.at[place]);
        mark("spot", [right - 5, downOf(line.value[place]) - 5, 10, 10]);
      }
      if (box) words.push(box[4]);
      output.textContent = words.join(", ");
    };
    const showBox = (box) => {
      clear();
      mark("around", box);
      output.textContent = box[4];
    };
    const go = (to) => {
      stop = Math.max(0, Math.min(count - 1, to));
      if (lines.length > 0) showAt(stops[stop]);
      else showBox(boxes[stop]);
    };

    const follow = (event) => {
      const corner = chart.getBoundingClientRect();
      const scale = width / chart.clientWidth;
      const [right, down] = [(event.clientX - corner.left) * scale, (event.clientY - corner.top) * scale];
      const box = boxes.findLast(([x, y, w, h]) => right >= x && right <= x + w && down >= y && down <= y + h);
      if (lines.length === 0) {
        if (box) showBox(box);
        stop = box ? boxes.indexOf(box) : stop;
        return;
      }
      const share = Math.max(0, Math.min(1, (right - frame.left) / (frame.right - frame.left)));
      const at = across.from + share * (across.to - across.from);
      showAt(at, box);
      stop = lastUpTo(stops, at);
    };
    const leave = () => {
      clear();
      output.textContent = "";
    };
    const press = (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20, Home: -count, End: count };
      if (event.key === "Escape") leave();
      if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey || count === 0) return;
      event.preventDefault();
      go(stop + steps[event.key]);
    };
    return { follow, leave, press };
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const picture of document.querySelectorAll("figure:has(script.readings)")) {
      const chart = picture.querySelector(".chart");
      // It says what it shows to those who do not see it.
      const output = document.createElement("output");
      chart.after(output);
      chart.tabIndex = 0;
      chart.setAttribute("role", "application");
      const title = chart.querySelector("title")?.textContent ?? "picture";
      chart.setAttribute("aria-label", `${title}. The arrow keys read its values.`);
      // The numbers are taken apart when somebody wants to see them.
      let reader;
      const read = (event, how) => (reader ??= begin(picture, chart, output))[how](event);
      chart.addEventListener("pointermove", (event) => read(event, "follow"));
      chart.addEventListener("pointerdown", (event) => read(event, "follow"));
      chart.addEventListener("pointerleave", (event) => read(event, "leave"));
      chart.addEventListener("blur", (event) => read(event, "leave"));
      chart.addEventListener("keydown", (event) => read(event, "press"));
    }
  });
})();
