// @ts-check
// Elements. All texts are set as text: nothing from a plugin or a caller is ever read as HTML.

/**
 * @typedef {Node | string} Child
 */

/**
 * Creates an element.
 *
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Creates an element of a drawing.
 *
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Finds an element of the page.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

/**
 * Sets the text of a node. A text that stays is not touched, so that a selection in it stays too.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Sets an attribute, or removes it.
 *
 * @param {Element} node
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * What is shown of one item of a list.
 *
 * @template Item
 * @typedef {{ root: Element, update: (item: Item) => void }} Part
 */

/**
 * Shows a list of items below an element. The part of an item stays as long as its key is in the list.
 *
 * @template Item
 * @param {Element} parent
 * @param {(item: Item) => string} key
 * @param {(item: Item) => Part<Item>} create
 * @returns {(items: Item[]) => void}
 */
export function list(parent, key, create) {
  /** @type {Map<string, Part<Item>>} */
  let parts = new Map();
  return (items) => {
    /** @type {Map<string, Part<Item>>} */
    const kept = new Map();
    for (const item of items) {
      const part = parts.get(key(item)) ?? create(item);
      part.update(item);
      kept.set(key(item), part);
    }
    for (const [name, part] of parts) {
      if (!kept.has(name)) part.root.remove();
    }
    parts = kept;
    let at = parent.firstElementChild;
    for (const { root } of parts.values()) {
      if (root === at) at = at.nextElementSibling;
      else parent.insertBefore(root, at);
    }
  };
}
