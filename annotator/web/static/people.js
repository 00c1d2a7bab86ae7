// A link that is shown once can be copied with one press, also over plain HTTP, where there is no clipboard to ask.
import { _ } from "./words.js";

for (const box of document.querySelectorAll("[data-copying]")) {
  const field = box.querySelector("input");
  const button = box.querySelector("button");
  const said = box.parentElement.querySelector("[role=status]");
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    said.textContent = (await copied(field)) ? _("Copied.") : _("Press Ctrl or Cmd and C.");
  });
}

async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}
