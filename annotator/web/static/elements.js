// Elements: made by hand, or read from what the server rendered.

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Read HTML the server rendered, as elements. */
export function parse(html) {
  return [...new DOMParser().parseFromString(html, "text/html").body.children];
}
