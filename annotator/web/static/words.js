// What scripts say to people, in the language of the page. The catalogue stands in the page; English needs none.

const given = document.documentElement.dataset.words;
const catalogue = given ? JSON.parse(given) : {};
export const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Say a sentence; `{names}` in it are replaced by values. */
export function _(template, values = {}) {
  const found = catalogue[template];
  return fill(typeof found === "string" ? found : template, values);
}

/** Say a sentence about a number, which is its value `{num}`. */
export function ngettext(one, many, num, values = {}) {
  const found = catalogue[one];
  const forms = found && typeof found === "object" ? found : { one, other: many };
  return fill(forms[plurals.select(num)] ?? forms.other, { num: number(num), ...values });
}

export function number(value) {
  return value.toLocaleString(language);
}

/** A number with so many digits after the point, or the comma. */
export function decimal(value, digits = 2) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
