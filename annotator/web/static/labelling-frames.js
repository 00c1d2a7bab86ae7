// Frames that are measured by several items: a frame's value is the share of its items given, from 0 to 1.

import { decimal } from "./words.js";

/** Show the values of the frames of a question, or of all below an element, as its items stand now. */
export function showFrameValues(element) {
  for (const frame of element.querySelectorAll("[data-frame]")) {
    const items = [...frame.querySelectorAll("input")];
    const value = items.filter((item) => item.checked).length / items.length;
    frame.querySelector("[data-frame-value]").textContent = decimal(value);
    frame.querySelector("[data-frame-bar]").setAttribute("width", value * 100);
  }
}
