'use strict';
// Building blocks of the page. Everything a model wrote reaches the document through these functions,
// which make nodes and text nodes, never markup: the page has no string-to-HTML sink.
const Dom = (() => {
  // h('p', {class: 'x', onclick: f}, 'text', node, [more]): an element. Attributes that are null or
  // false are left out, true ones are empty; handlers are added as listeners.
  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === 'function')
        element.addEventListener(name.slice(2), value);
      else
        element.setAttribute(name, value === true ? '' : String(value));
    }
    append(element, children);
    return element;
  }

  function append(parent, children) {
    for (const child of children) {
      if (child === null || child === undefined || child === false || child === '') continue;
      if (Array.isArray(child))
        append(parent, child);
      else
        parent.append(child instanceof Node ? child : String(child));
    }
    return parent;
  }

  const byId = (id) => document.getElementById(id);

  const readJson = (id) => JSON.parse(byId(id).textContent);

  // A long text comes whole as a string, or shortened as {text, omitted_bytes}.
  const textOf = (value) =>
      (value === null || value === undefined ? '' :
           typeof value === 'string'         ? value :
                                               value.text);
  const omittedBytes = (value) => (value && typeof value === 'object' ? value.omitted_bytes : 0);

  function omittedNote(value) {
    const omitted = omittedBytes(value);
    if (omitted === 0) return null;
    return h(
        'p', {class: 'notice'}, `Shortened: ${bytes(omitted)} more are in the run's database; `,
        h('code', null, 'evalctl show'), ' and the JSON report have the whole text.');
  }

  function number(value, digits = 2) {
    return Number(value).toLocaleString('en', {maximumFractionDigits: digits, useGrouping: true});
  }

  // The kernel charges memory in batches, so a peak below half a MiB is known no better than that.
  function memory(count) {
    return count < 512 * 1024 ? '< 0.5 MiB' : bytes(count);
  }

  function bytes(count) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let value = count;
    let unit = 0;
    while (value >= 1024 && unit + 1 < units.length) {
      value /= 1024;
      unit += 1;
    }
    return `${number(value, unit === 0 ? 0 : 1)} ${units[unit]}`;
  }

  function duration(ms) {
    if (ms < 10) return `${number(ms, 1)} ms`;
    if (ms < 1000) return `${number(ms, 0)} ms`;
    if (ms < 60000) return `${number(ms / 1000, 2)} s`;
    const seconds = Math.round(ms / 1000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }

  const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many || one + 's'}`;

  const utc = (iso) => iso.replace('T', ' ').replace('Z', ' UTC');

  // The badge that stands for a verdict everywhere: colour and letters.
  function badge(verdict, extra) {
    const code = verdict || '--';
    return h('span', {class: `v v-${verdict || 'none'} ${extra || ''}`}, code);
  }

  function chunked(items, first, step, draw) {
    let at = 0;
    const next = (count) => {
      const end = Math.min(items.length, at + count);
      for (; at < end; at += 1) draw(items[at], at);
      if (at < items.length) setTimeout(() => next(step), 0);
    };
    next(first);
  }

  return {
    h,
    append,
    byId,
    readJson,
    textOf,
    omittedNote,
    number,
    bytes,
    memory,
    duration,
    plural,
    utc,
    badge,
    chunked
  };
})();
