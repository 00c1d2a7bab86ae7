// The targets of the project: found by name, put into rows, and the last one kept at hand for sentences that name none.

import { element } from "./elements.js";
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
  for (const part of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of part.attributes) {
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
  const note = element("small", { className: "muted", textContent: " " + _("the last target") });
  const name = element("span", { className: "row-name" }, element("bdi", {}, target.name), note);
  const labels = [...question.querySelector("[data-new-row]").content.querySelectorAll("label.segment")];
  const ghost = element("div", { className: "row ghost" }, name, element("span", { className: "segments" }, ...labels.map(ghostLabel)));
  ghost.dataset.ghost = "";
  ghost.setAttribute("role", "group");
  ghost.setAttribute("aria-label", name.textContent);
  return ghost;
}

function ghostLabel(label) {
  const input = label.querySelector("input");
  const key = input.dataset.key ? [element("kbd", {}, input.dataset.key)] : [];
  const words = element("span", {}, label.querySelector("span").textContent);
  const button = element("button", { type: "button", className: "segment", value: input.value }, words, ...key);
  button.dataset.ghostKey = input.dataset.key;
  button.dataset.label = label.dataset.label;
  return button;
}
