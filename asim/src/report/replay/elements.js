"use strict";
// Elements of the page. Texts become text and never HTML, as names are the model's.
(() => {
  function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  // A text in whatever direction it is written.
  const bdi = (text) => el("bdi", {}, text);
  const button = (text, title, click, more) => (
    el("button", { type: "button", title, "aria-label": title, click, ...more }, text));
  const link = (text, title, click) => el("button", { type: "button", title, click, class: "replay-link" }, bdi(text));

  Object.assign(asimReplay, { el, bdi, button, link });
})();
