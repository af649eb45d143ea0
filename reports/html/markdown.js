'use strict';
// The Markdown that models and problem statements use, as nodes: headings, paragraphs, lists, tables,
// quotes, code, emphasis and formulas. Raw HTML stays text. Links and pictures are shown with their
// address but lead nowhere: a report should not send its reader where a model points.
const Markdown = (() => {
  const {h} = Dom;

  const kDepthMax = 8;          // of quotes, lists and emphasis inside one another
  const kInlineLength = 40000;  // a longer paragraph is data, shown as it is

  const kFence = /^ {0,3}(`{3,}|~{3,})\s*([^\s`{]*)[^`]*$/;
  const kHeading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
  const kRule = /^ {0,3}([-*_])\s*(?:\1\s*){2,}$/;
  const kItem = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
  const kQuote = /^ {0,3}>\s?(.*)$/;
  const kTableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
  const kMathOpen = /^\s*(\$\$|\\\[|\\begin\{(?:align|equation|gather)\*?\})/;

  function mathClose(open) {
    if (open === '$$') return '$$';
    return open === '\\[' ? '\\]' : open.replace('begin', 'end');
  }

  // KaTeX wants the inner form of the display environments inside display mode.
  const plainEnvironment = (tex) => tex.replace(/\\(begin|end)\{(align|gather)\*?\}/g, '\\$1{$2ed}')
                                        .replace(/\\(?:begin|end)\{equation\*?\}/g, '');

  class Lines {
    constructor(lines) {
      this.lines = lines;
      this.at = 0;
    }
    get done() { return this.at >= this.lines.length; }
    get current() { return this.lines[this.at]; }
    take() {
      this.at += 1;
      return this.lines[this.at - 1];
    }
  }

  function fence(input, match) {
    input.take();
    const mark = match[1];
    const code = [];
    while (!input.done) {
      const line = input.take();
      const closing = line.trim();
      if (closing.length >= mark.length && closing === mark[0].repeat(closing.length)) break;
      code.push(line);
    }
    return Typeset.codeBlock(code.join('\n'), match[2]);
  }

  function displayMath(input, open, context) {
    const close = mathClose(open);
    const wanted = open.startsWith('\\begin') ? 0 : open.length;
    let text = '';
    const start = input.at;
    while (!input.done) {
      const line = input.take();
      const from = text === '' ? line.indexOf(open) + wanted : 0;
      const end = line.indexOf(close, from);
      if (end >= 0) {
        const stop = wanted === 0 ? end + close.length : end;
        const nodes = [Typeset.formula(
            plainEnvironment(text + line.slice(from, stop)), true, context.formulas)];
        const after = line.slice(end + close.length);
        if (after.trim() !== '') nodes.push(h('p', null, inline(after, context, 0)));
        return nodes;
      }
      if (line.trim() === '') break;
      text += `${line.slice(from)}\n`;
    }
    const raw = input.lines.slice(start, input.at).join('\n');  // never closed: as written
    return [h('p', null, raw)];
  }

  function list(input, context, depth) {
    const first = kItem.exec(input.current);
    const ordered = /\d/.test(first[2]);
    const element = h(ordered ? 'ol' : 'ul', ordered ? {start: parseInt(first[2], 10)} : null);
    const indent = first[1].length;
    while (!input.done) {
      const match = kItem.exec(input.current);
      if (!match || match[1].length !== indent || /\d/.test(match[2]) !== ordered) break;
      const inner = [match[3]];
      const content = match[0].length - match[3].length;
      input.take();
      while (!input.done) {
        const line = input.current;
        const blank = line.trim() === '';
        const leading = line.length - line.trimStart().length;
        if (blank) {
          const next = input.lines[input.at + 1];
          if (next === undefined || next.length - next.trimStart().length <= indent) break;
        } else if (
            leading <= indent &&
            (kItem.test(line) || inner[inner.length - 1] === '' || kFence.test(line) ||
             kHeading.test(line))) {
          break;
        }
        inner.push(blank ? '' : line.slice(Math.min(leading, content)));
        input.take();
      }
      element.append(h('li', null, blocks(inner, context, depth + 1, true)));
      let ahead = input.at;
      while (ahead < input.lines.length && input.lines[ahead].trim() === '') ahead += 1;
      const next = ahead < input.lines.length ? kItem.exec(input.lines[ahead]) : null;
      if (next && next[1].length === indent) input.at = ahead;
    }
    return element;
  }

  function quote(input, context, depth) {
    const inner = [];
    while (!input.done) {
      const match = kQuote.exec(input.current);
      if (!match) break;
      inner.push(match[1]);
      input.take();
    }
    return h('blockquote', null, blocks(inner, context, depth + 1, false));
  }

  const cellsOf = (line) => line.trim().replace(/^\|/, '').replace(/\|$/, '').split('|');

  function table(input, context) {
    const head = cellsOf(input.take());
    const aligns =
        cellsOf(input.take())
            .map(
                (cell) =>
                    (/:\s*$/.test(cell) ? (/^\s*:/.test(cell) ? 'center' : 'right') : 'left'));
    const row = (cells, tag) =>
        h('tr', null,
          head.map(
              (_, i) =>
                  h(tag, {class: `to-${aligns[i] || 'left'}`},
                    inline((cells[i] || '').trim(), context, 0))));
    const body = h('tbody');
    while (!input.done && input.current.includes('|') && input.current.trim() !== '') {
      body.append(row(cellsOf(input.take()), 'td'));
    }
    return h(
        'div', {class: 'scroll-x'},
        h('table', {class: 'plain'}, h('thead', null, row(head, 'th')), body));
  }

  function startsBlock(input, depth) {
    const line = input.current;
    if (kFence.test(line) || kHeading.test(line) || kRule.test(line) || kMathOpen.test(line))
      return true;
    return depth < kDepthMax && (kItem.test(line) || kQuote.test(line));
  }

  function paragraph(input, context, depth, tight) {
    const lines = [input.take()];
    while (!input.done && input.current.trim() !== '' && !startsBlock(input, depth))
      lines.push(input.take());
    const nodes = inline(lines.map((line) => line.trimStart()).join('\n'), context, 0);
    return tight && lines.length > 0 ? h('span', {class: 'tight'}, nodes) : h('p', null, nodes);
  }

  function blocks(lines, context, depth, tight) {
    const input = new Lines(lines);
    const nodes = [];
    while (!input.done) {
      const line = input.current;
      const next = input.lines[input.at + 1];
      let match;
      if (line.trim() === '') {
        input.take();
      } else if ((match = kFence.exec(line))) {
        nodes.push(fence(input, match));
      } else if ((match = kHeading.exec(line))) {
        input.take();
        nodes.push(h(`h${Math.min(6, match[1].length + 2)}`, null, inline(match[2], context, 0)));
      } else if (kRule.test(line)) {
        input.take();
        nodes.push(h('hr'));
      } else if ((match = kMathOpen.exec(line))) {
        nodes.push(...displayMath(input, match[1], context));
      } else if (depth < kDepthMax && kQuote.test(line)) {
        nodes.push(quote(input, context, depth));
      } else if (depth < kDepthMax && kItem.test(line)) {
        nodes.push(list(input, context, depth));
      } else if (
          next !== undefined && line.includes('|') && next.includes('-') && kTableRule.test(next)) {
        nodes.push(table(input, context));
      } else {
        nodes.push(paragraph(input, context, depth, tight && nodes.length === 0));
      }
    }
    return nodes;
  }

  // Inline marks, longest first where one starts another. `raw` ones hold no further marks.
  const kSpans = [
    {
      open: '$$',
      close: '$$',
      raw: true,
      make: (text, context) => Typeset.formula(text, true, context.formulas)
    },
    {
      open: '\\(',
      close: '\\)',
      raw: true,
      make: (text, context) => Typeset.formula(text, false, context.formulas)
    },
    {
      open: '\\[',
      close: '\\]',
      raw: true,
      make: (text, context) => Typeset.formula(text, true, context.formulas)
    },
    {
      open: '$',
      close: '$',
      raw: true,
      tightMath: true,
      make: (text, context) => Typeset.formula(text, false, context.formulas)
    },
    {open: '**', close: '**', tag: 'strong'},
    {open: '__', close: '__', tag: 'strong', wordEdge: true},
    {open: '~~', close: '~~', tag: 's'},
    {open: '*', close: '*', tag: 'em'},
    {open: '_', close: '_', tag: 'em', wordEdge: true},
  ];

  const isWord = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);

  function closing(text, span, from, absent) {
    if (absent.has(span.open)) return -1;
    let end = text.indexOf(span.close, from);
    // "$5 and $6" is money: a formula neither starts nor ends with a blank, nor touches a digit after.
    while (end >= 0) {
      const inside = text[end - 1];
      const after = text[end + span.close.length];
      const escaped = inside === '\\' && span.close === '$';
      const wrong = escaped || end === from ||
          (span.tightMath && (/\s/.test(inside) || /[0-9]/.test(after || ''))) ||
          (span.tag && /\s/.test(inside)) || (span.wordEdge && isWord(after));
      // "***both***": the outer mark closes last.
      if (!wrong)
        return span.tag && text[end + span.close.length] === span.close[0] &&
                span.close.length === 2 ?
            end + 1 :
            end;
      end = text.indexOf(span.close, end + span.close.length);
    }
    absent.add(span.open);  // none from here on: do not search the rest again and again
    return -1;
  }

  function spanAt(text, at, absent) {
    for (const span of kSpans) {
      if (!text.startsWith(span.open, at)) continue;
      const from = at + span.open.length;
      const next = text[from];
      if (next === undefined || ((span.tag || span.tightMath) && /\s/.test(next))) continue;
      if (span.tag && span.open.length === 1 && next === span.open)
        continue;  // a run of marks is not a mark
      if (span.wordEdge && isWord(text[at - 1])) continue;
      const end = closing(text, span, from, absent);
      if (end >= 0) return {span, from, end};
    }
    return null;
  }

  const kLink =
      /(!?)\[((?:[^[\]\\]|\\.){0,500})\]\(\s*<?([^()\s<>]{0,2000})>?(?:\s+"[^"]{0,500}")?\s*\)/y;
  const kBreakers = '\\`$*_~![<';

  function codeSpan(text, at) {
    const ticks = /^`+/.exec(text.slice(at, at + 64))[0];
    const end = text.indexOf(ticks, at + ticks.length);
    if (end < 0) return null;
    const inner = text.slice(at + ticks.length, end).replace(/\n/g, ' ');
    return {node: h('code', null, inner.replace(/^ (.*[^ ].*) $/, '$1')), next: end + ticks.length};
  }

  function linkAt(text, at, context, depth) {
    kLink.lastIndex = at;
    const match = kLink.exec(text);
    if (!match) return null;
    const label =
        match[1] ? [`[picture: ${match[2] || 'no text'}]`] : inline(match[2], context, depth + 1);
    const address =
        match[3] && match[3] !== match[2] ? h('span', {class: 'address'}, ` (${match[3]})`) : null;
    return {node: h('span', {class: 'link'}, label, address), next: at + match[0].length};
  }

  function inline(text, context, depth) {
    if (text.length > kInlineLength || depth > kDepthMax) return [text];
    const nodes = [];
    const absent = new Set();
    let plain = '';
    let at = 0;
    const put = (node, next) => {
      if (plain !== '') nodes.push(plain);
      plain = '';
      nodes.push(node);
      at = next;
    };
    while (at < text.length) {
      const c = text[at];
      if (!kBreakers.includes(c)) {
        plain += c;
        at += 1;
        continue;
      }
      let found = null;
      if (c === '`' && !absent.has('`')) {
        found = codeSpan(text, at);
        if (!found) absent.add('`');
      } else if (c === '[' || c === '!') {
        found = linkAt(text, at, context, depth);
      }
      if (found) {
        put(found.node, found.next);
        continue;
      }
      const span = spanAt(text, at, absent);
      if (span) {
        const inner = text.slice(span.from, span.end);
        const node = span.span.raw ? span.span.make(inner, context) :
                                     h(span.span.tag, null, inline(inner, context, depth + 1));
        put(node, span.end + span.span.close.length);
      } else if (c === '\\' && /[!-/:-@[-`{-~]/.test(text[at + 1] || '')) {
        plain += text[at + 1];
        at += 2;
      } else if (/^<br\s*\/?>/i.test(text.slice(at, at + 8))) {
        put(h('br'), text.indexOf('>', at) + 1);
      } else {
        const run =
            /^([`*_~])\1*/.exec(text.slice(at, at + 64));  // an unmatched run of marks, whole
        plain += run ? run[0] : c;
        at += run ? run[0].length : 1;
      }
    }
    if (plain !== '') nodes.push(plain);
    return nodes;
  }

  function render(text) {
    const context = {formulas: Typeset.budget()};
    return h(
        'div', {class: 'prose'},
        blocks(text.replace(/\r\n?/g, '\n').replace(/\t/g, '    ').split('\n'), context, 0, false));
  }

  return {render};
})();
