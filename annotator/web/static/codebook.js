// Comfort for the codebook's editor: what an address points at is open, and nothing typed is left behind unseen.

/** What the address points at; `:target` is not set yet when a module runs. */
function named() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    // Half of an escape stands for nothing.
    return "";
  }
}

/** Open the fold that the address points at, so that what was just changed is in sight. */
function openTarget() {
  const target = document.getElementById(named());
  const fold = target?.closest("details");
  if (!fold) return;
  fold.open = true;
  target.scrollIntoView({ block: "start" });
}

/** Tell the browser to ask before a page is left on which something was typed and not kept. */
function guard() {
  const changed = new Set();
  for (const form of document.querySelectorAll("form[data-guard]")) {
    form.addEventListener("input", () => changed.add(form));
    form.addEventListener("submit", () => changed.delete(form));
  }
  addEventListener("beforeunload", (event) => changed.size > 0 && event.preventDefault());
}

/** Ask before something is thrown away. */
function confirmFirst() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !confirm(button.dataset.confirm)) event.preventDefault();
  });
}

addEventListener("hashchange", openTarget);
openTarget();
guard();
confirmFirst();
