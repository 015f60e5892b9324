"use strict";
// Elements and numbers as text. Everything is set as text or property, never parsed as HTML.

/** An element: properties by name (`on…` are listeners), then children. */
function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") made.style.cssText = value;
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** The same in the name space of SVG; all properties are attributes. */
function s(tag, properties = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);

/** A text that somebody else chose, in a direction of its own. */
const foreign = (text) => h("bdi", {}, text);

/** A number with a true minus; a dash where there is none. */
function digits(value, places = 1) {
  return value === null ? "–" : value.toFixed(places).replace("-", "−");
}

/** A difference with its sign. */
function signed(value, places = 1) {
  const text = digits(value, places);
  return Number(value.toFixed(places)) > 0 ? `+${text}` : text.replace(/^−(0\.?0*)$/, "$1");
}

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** A column of a name that may be long: broken after slashes. */
const breakable = (name) => name.split("/").flatMap((part, place) => (place ? ["/", h("wbr"), part] : [part]));
