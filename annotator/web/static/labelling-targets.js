// The targets of the project: found by name, put into rows, and the last one kept at hand for sentences that name none.

import { _ } from "./words.js";

export class Targets {
  /** `list` is the datalist of the type-ahead; `add(name)` asks the server for a target that is not in it. */
  constructor(list, { add }) {
    this.list = list;
    this.add = add;
    this.last = null;
  }

  find(name) {
    const wanted = name.normalize("NFC").toLowerCase();
    const option = [...this.list.options].find((one) => one.value.normalize("NFC").toLowerCase() === wanted);
    return option ? { uuid: option.dataset.uuid, name: option.value } : null;
  }

  async findOrAdd(name) {
    const found = this.find(name) ?? (await this.add(name));
    if (found && !this.find(found.name)) {
      const option = new Option(found.name, found.name);
      option.dataset.uuid = found.uuid;
      this.list.append(option);
    }
    return found;
  }

  /** Keep the target of the last stance given in a document. */
  remember(row, document_) {
    if (row) this.last = { uuid: row.dataset.target, name: row.dataset.name, document: document_ };
  }

  lastIn(document_) {
    return this.last?.document === document_ ? this.last : null;
  }
}

/** A row for a target, made from the pattern that stands in the question. */
export function newRow(question, { uuid, name }, index) {
  const row = question.querySelector("[data-new-row]").content.querySelector("[data-row]").cloneNode(true);
  row.dataset.target = uuid;
  row.dataset.name = name;
  row.querySelector("bdi").textContent = name;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      if (attribute.value.includes("{name}")) attribute.value = attribute.value.replaceAll("{name}", name);
      if (attribute.name === "name") attribute.value = attribute.value.replace("-N-", `-${index}-`);
    }
  }
  row.querySelector("input[type=hidden]").value = uuid;
  const more = row.querySelector("[data-more]");
  more.value = more.value.replace("N", uuid);
  return row;
}

/** Where a sentence names no target: its labels for the last one, faint until a key or a click takes them. */
export function ghostRow(question, target) {
  const ghost = document.createElement("div");
  ghost.className = "row ghost";
  ghost.dataset.ghost = "";
  ghost.setAttribute("role", "group");
  const name = Object.assign(document.createElement("span"), { className: "row-name" });
  const note = Object.assign(document.createElement("small"), { className: "muted", textContent: " " + _("the last target") });
  name.append(Object.assign(document.createElement("bdi"), { textContent: target.name }), note);
  const segments = Object.assign(document.createElement("span"), { className: "segments" });
  for (const label of question.querySelector("[data-new-row]").content.querySelectorAll("label.segment")) {
    const input = label.querySelector("input");
    const words = label.querySelector("span").textContent;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "segment", value: input.value });
    button.dataset.ghostKey = input.dataset.key;
    button.dataset.label = label.dataset.label;
    button.append(Object.assign(document.createElement("span"), { textContent: words }));
    if (input.dataset.key) button.append(Object.assign(document.createElement("kbd"), { textContent: input.dataset.key }));
    segments.append(button);
  }
  ghost.append(name, segments);
  ghost.setAttribute("aria-label", name.textContent);
  return ghost;
}
