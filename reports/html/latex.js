'use strict';
// The LaTeX of problem packages (the problemtools dialect), as nodes: sections, paragraphs, lists,
// tables, verbatim text, font commands and formulas. Not a TeX: definitions without arguments are
// expanded, layout is ignored, pictures become their captions, and the text of what is unknown stays.
const Latex = (() => {
  const {h, append} = Dom;

  const kDepthMax = 40;
  const kDefinitionsMax = 100;
  const kMathEnvironments = /^(equation|align|gather|displaymath|math|eqnarray|multline)\*?$/;
  const kFonts = {
    textbf: 'strong',
    bf: 'strong',
    bfseries: 'strong',
    textit: 'em',
    emph: 'em',
    textsl: 'em',
    underline: 'u',
    texttt: 'code',
    tt: 'code',
    ttfamily: 'code',
    uline: 'u',
    textsc: 'span',
    textrm: 'span',
    textsf: 'span',
    text: 'span',
    mbox: 'span',
    hbox: 'span',
  };
  const kDeclarations = new Set(['bf', 'bfseries', 'it', 'itshape', 'em', 'tt', 'ttfamily']);
  const kHeadings = {
    section: 'h3',
    subsection: 'h4',
    subsubsection: 'h5',
    paragraph: 'h5',
    problemname: 'h3',
    problemtitle: 'h3',
    chapter: 'h3'
  };
  // Commands whose arguments are layout: how many braced arguments to drop with them.
  const kDropped = {
    vspace: 1,
    hspace: 1,
    label: 1,
    ref: 1,
    setlength: 2,
    addtolength: 2,
    renewcommand: 2,
    usepackage: 1,
    input: 1,
    textcolor: 1,
    color: 1,
    fontsize: 2,
    multirow: 2,
    multicolumn: 2,
    cline: 1,
    setcounter: 2,
    pagestyle: 1,
    thispagestyle: 1,
    selectlanguage: 1,
    problemid: 1,
  };
  const kWords = {
    ldots: '…',
    dots: '…',
    textellipsis: '…',
    textbackslash: '\\',
    textasciitilde: '~',
    textasciicircum: '^',
    ss: 'ß',
    o: 'ø',
    O: 'Ø',
    ae: 'æ',
    AE: 'Æ',
    aa: 'å',
    AA: 'Å',
    i: 'ı',
    l: 'ł',
    L: 'Ł',
    quad: ' ',
    qquad: ' ',
    textless: '<',
    textgreater: '>',
    textbar: '|',
    LaTeX: 'LaTeX',
    TeX: 'TeX',
    copyright: '©',
    S: '§',
    pounds: '£',
    euro: '€',
    textquotedbl: '"',
    textunderscore: '_',
    newline: '\n',
    times: '×',
  };
  const kAccents = {
    '\'': '\u0301',
    '`': '\u0300',
    '^': '\u0302',
    '"': '\u0308',
    '~': '\u0303',
    '=': '\u0304',
    '.': '\u0307',
    c: '\u0327',
    v: '\u030C',
    H: '\u030B',
    u: '\u0306',
    r: '\u030A',
    k: '\u0328'
  };

  class Reader {
    constructor(text, context) {
      this.text = text;
      this.at = 0;
      this.context = context;
    }
    get done() { return this.at >= this.text.length; }
    skipBlanks() {
      while (/[ \t\n]/.test(this.text[this.at] || '')) this.at += 1;
    }
    skipSpaces() {
      while (/[ \t]/.test(this.text[this.at] || '')) this.at += 1;
    }

    // The text of a {group} or [option] starting here, without its braces; null if there is none.
    bracketed(open, close) {
      const start = this.at;
      this.skipBlanks();
      if (this.text[this.at] !== open) {
        this.at = start;
        return null;
      }
      let depth = 0;
      for (let i = this.at; i < this.text.length; i += 1) {
        const c = this.text[i];
        if (c === '\\') {
          i += 1;
          continue;
        }
        if (c === open) depth += 1;
        if (c === close && (depth -= 1) === 0) {
          const inner = this.text.slice(this.at + 1, i);
          this.at = i + 1;
          return inner;
        }
      }
      this.at = start;
      return null;
    }
    group() { return this.bracketed('{', '}'); }
    option() { return this.bracketed('[', ']'); }

    // An argument as LaTeX reads it: a group or one character.
    argument() {
      const group = this.group();
      if (group !== null) return group;
      this.skipBlanks();
      const c = this.text[this.at] || '';
      this.at += c === '' ? 0 : 1;
      return c;
    }
    command() {
      const match = /^\\([a-zA-Z]+\*?|[\s\S])/.exec(this.text.slice(this.at, this.at + 64));
      if (!match) {
        this.at += 1;
        return '';
      }
      this.at += match[0].length;
      if (/[a-zA-Z*]$/.test(match[1])) this.skipSpaces();
      return match[1];
    }
    until(mark) {
      const end = this.text.indexOf(mark, this.at);
      const inner = this.text.slice(this.at, end < 0 ? this.text.length : end);
      this.at = end < 0 ? this.text.length : end + mark.length;
      return inner;
    }
    // The body of an environment whose \begin{name} has been read, nesting of the same name counted.
    environment(name) {
      const mark = new RegExp(`\\\\(begin|end)\\s*\\{${name.replace(/[*]/g, '\\*')}\\}`, 'g');
      mark.lastIndex = this.at;
      let depth = 1;
      for (let match = mark.exec(this.text); match; match = mark.exec(this.text)) {
        depth += match[1] === 'begin' ? 1 : -1;
        if (depth === 0) {
          const inner = this.text.slice(this.at, match.index);
          this.at = match.index + match[0].length;
          return inner;
        }
      }
      const inner = this.text.slice(this.at);
      this.at = this.text.length;
      return inner;
    }
  }

  // Collects inline nodes into paragraphs and lets blocks stand between them.
  class Flow {
    constructor() {
      this.nodes = [];
      this.open = null;
    }
    inline(...nodes) {
      if (!this.open) {
        if (nodes.every((node) => typeof node === 'string' && node.trim() === '')) return;
        this.open = h('p');
        this.nodes.push(this.open);
      }
      append(this.open, nodes);
    }
    break() { this.open = null; }
    block(...nodes) {
      this.open = null;
      this.nodes.push(...nodes);
    }
  }

  const math = (tex, display, context) =>
      Typeset.formula(expand(tex, context), display, context.formulas);

  // Definitions without arguments, once each per formula: they cannot grow without bound.
  function expand(tex, context) {
    return tex.replace(
        /\\([a-zA-Z]+)/g,
        (whole, name) =>
            (context.definitions.has(name) ? `{${context.definitions.get(name)}}` : whole));
  }

  function environmentInto(flow, reader, context, depth) {
    const name = reader.group() || '';
    const inside = () => parse(reader.environment(name), context, depth + 1);
    if (kMathEnvironments.test(name)) {
      const plain = name.replace('*', '');
      const body = reader.environment(name);
      const wrapped =
          /^(align|gather)$/.test(plain) ? `\\begin{${plain}ed}${body}\\end{${plain}ed}` : body;
      flow.block(math(wrapped, true, context));
    } else if (/^(verbatim|lstlisting|Verbatim|minted)\*?$/.test(name)) {
      reader.option();
      if (name === 'minted') reader.group();
      flow.block(
          h('pre', {class: 'code', tabindex: '0'}, reader.environment(name).replace(/^\n/, '')));
    } else if (/^(itemize|enumerate|description|compactitem)\*?$/.test(name)) {
      reader.option();
      flow.block(list(name, reader.environment(name), context, depth));
    } else if (/^(tabular|tabularx|array|longtable|tabular\*)$/.test(name)) {
      reader.option();
      if (name === 'tabularx' || name === 'tabular*') reader.group();
      reader.group();
      flow.block(table(reader.environment(name), context, depth));
    } else if (/^(figure|wrapfigure|table|minipage|center|illustration|flushleft|flushright)\*?$/
                   .test(name)) {
      reader.option();
      if (name === 'minipage') reader.group();
      if (name === 'wrapfigure') {
        reader.group();
        reader.group();
      }
      flow.block(h('div', {class: 'figure'}, inside()));
    } else if (/^(quote|quotation)$/.test(name)) {
      flow.block(h('blockquote', null, inside()));
    } else {
      flow.block(...inside());
    }
  }

  // Splits `body` at a mark where no group or environment is open.
  function splitTop(body, mark) {
    const parts = [];
    let start = 0;
    let depth = 0;
    for (let i = 0; i < body.length; i += 1) {
      if (depth === 0 && body.startsWith(mark, i) &&
          !(mark === '\\item' && /[a-zA-Z]/.test(body[i + 5] || ''))) {
        parts.push(body.slice(start, i));
        start = i + mark.length;
        i = start - 1;
      } else if (body.startsWith('\\begin', i)) {
        depth += 1;
        i += 5;
      } else if (body.startsWith('\\end', i) && !/[a-zA-Z]/.test(body[i + 4] || '')) {
        depth -= 1;
        i += 3;
      } else if (body[i] === '\\') {
        i += 1;
      } else if (body[i] === '{') {
        depth += 1;
      } else if (body[i] === '}') {
        depth -= 1;
      }
    }
    parts.push(body.slice(start));
    return parts;
  }

  function list(name, body, context, depth) {
    const element = h(name.startsWith('enumerate') ? 'ol' : 'ul');
    for (const item of splitTop(body, '\\item').slice(1)) {
      const reader = new Reader(item, context);
      const title = reader.option();
      const nodes = parse(item.slice(reader.at), context, depth + 1);
      element.append(
          h('li', null,
            title === null ? null : h('strong', null, parseInline(title, context, depth + 1), ' '),
            nodes));
    }
    return element;
  }

  function table(body, context, depth) {
    const element = h('tbody');
    const clean = body.replace(
        /\\(hline|toprule|midrule|bottomrule|centering)\b|\\(?:cline|cmidrule)\{[^}]*\}/g, '');
    for (const row of splitTop(clean, '\\\\')) {
      if (row.trim() === '') continue;
      element.append(
          h('tr', null,
            splitTop(row, '&').map(
                (cell) => h('td', null, parseInline(cell.trim(), context, depth + 1)))));
    }
    return h('div', {class: 'scroll-x'}, h('table', {class: 'plain'}, element));
  }

  function define(reader, context) {
    const name = (reader.group() || reader.until('{').trim()).replace(/^\s*\\/, '');
    const count = reader.option();
    if (reader.text[reader.at - 1] === '{') reader.at -= 1;
    const body = reader.group() || '';
    if (count === null && context.definitions.size < kDefinitionsMax && body.length < 200)
      context.definitions.set(name, body);
  }

  function namedCommand(flow, reader, context, depth, name) {
    const bare = name.replace('*', '');
    const inner = (text) => parseInline(text, context, depth + 1);
    if (bare === 'begin')
      environmentInto(flow, reader, context, depth);
    else if (bare === 'end')
      reader.group();
    else if (Object.hasOwn(kHeadings, bare)) {
      reader.option();
      flow.block(h(kHeadings[bare], null, inner(reader.argument())));
    } else if (kDeclarations.has(bare))
      flow.inline('');
    else if (Object.hasOwn(kFonts, bare))
      flow.inline(h(kFonts[bare], null, inner(reader.argument())));
    else if (Object.hasOwn(kWords, bare))
      flow.inline(kWords[bare]);
    else if (bare === 'par' || bare === 'medskip' || bare === 'bigskip' || bare === 'smallskip')
      flow.break();
    else if (bare === 'verb' || bare === 'lstinline') {
      const mark = reader.text[reader.at];
      reader.at += 1;
      flow.inline(h('code', null, reader.until(mark)));
    } else if (bare === 'newcommand' || bare === 'providecommand' || bare === 'def')
      define(reader, context);
    else if (bare === 'includegraphics') {
      reader.option();
      flow.inline(h('span', {class: 'picture'}, `[picture: ${reader.group() || ''}]`));
    } else if (bare === 'illustration') {
      reader.group();
      const file = reader.group();
      flow.block(h('p', {class: 'picture'}, `[picture: ${file}] `, inner(reader.group() || '')));
    } else if (bare === 'caption') {
      reader.option();
      flow.block(h('p', {class: 'caption'}, inner(reader.argument())));
    } else if (bare === 'href') {
      const address = reader.argument();
      flow.inline(
          h('span', {class: 'link'}, inner(reader.argument()),
            h('span', {class: 'address'}, ` (${address})`)));
    } else if (bare === 'url' || bare === 'path')
      flow.inline(h('code', null, reader.argument()));
    else if (bare === 'footnote')
      flow.inline(' (', inner(reader.argument()), ')');
    else if (context.definitions.has(bare))
      flow.inline(...inner(context.definitions.get(bare)));
    else if (/^[cvHurk]$/.test(bare))
      flow.inline((reader.argument() + kAccents[bare]).normalize('NFC'));
    else if (Object.hasOwn(kDropped, bare)) {
      for (let i = 0; i < kDropped[bare]; i += 1) {
        reader.option();
        reader.group();
      }
    } else
      reader.option();
  }

  function symbolCommand(flow, reader, context, name) {
    if (name === '(')
      flow.inline(math(reader.until('\\)'), false, context));
    else if (name === '[')
      flow.block(math(reader.until('\\]'), true, context));
    else if (name === '\\') {
      reader.option();
      flow.inline(h('br'));
    } else if (Object.hasOwn(kAccents, name))
      flow.inline((reader.argument() + kAccents[name]).normalize('NFC'));
    else if ('$%&_#{}'.includes(name))
      flow.inline(name);
    else if (/\s/.test(name))
      flow.inline(' ');
    else if (name === ',' || name === ';' || name === ':')
      flow.inline('\u2009');
  }

  const plainText = (text) => text.replace(/---/g, '—')
                                  .replace(/--/g, '–')
                                  .replace(/``|''/g, (mark) => (mark === '``' ? '“' : '”'))
                                  .replace(/`/g, '‘')
                                  .replace(/'/g, '’')
                                  .replace(/~/g, '\u00A0')
                                  .replace(/\s+/g, ' ');

  function parse(text, context, depth) {
    if (depth > kDepthMax) return [text];
    const reader = new Reader(text, context);
    const flow = new Flow();
    while (!reader.done) {
      const c = reader.text[reader.at];
      if (c === '\\') {
        const name = reader.command();
        if (/^[a-zA-Z]/.test(name))
          namedCommand(flow, reader, context, depth, name);
        else
          symbolCommand(flow, reader, context, name);
      } else if (c === '$') {
        const display = reader.text.startsWith('$$', reader.at);
        reader.at += display ? 2 : 1;
        const tex = reader.until(display ? '$$' : '$');
        if (display)
          flow.block(math(tex, true, context));
        else
          flow.inline(math(tex, false, context));
      } else if (c === '{') {
        const inner = reader.group();
        if (inner === null)
          reader.at += 1;
        else
          group(flow, inner, context, depth);
      } else if (c === '}') {
        reader.at += 1;
      } else {
        const match =
            /^[^\\${}\n]+|^\n[ \t]*\n\s*|^\n/.exec(reader.text.slice(reader.at, reader.at + 4000));
        reader.at += match[0].length;
        if (/^\n[ \t]*\n/.test(match[0]))
          flow.break();
        else
          flow.inline(plainText(match[0]));
      }
    }
    return flow.nodes;
  }

  // {\bf text}: the old way to change a font for the rest of a group.
  function group(flow, inner, context, depth) {
    const match = /^\s*\\(bfseries|bf|itshape|it|em|ttfamily|tt)\b/.exec(inner);
    const nodes = parseInline(match ? inner.slice(match[0].length) : inner, context, depth + 1);
    const tag = match ? {b: 'strong', t: 'code'}[match[1][0]] || 'em' : null;
    flow.inline(...(tag ? [h(tag, null, nodes)] : nodes));
  }

  // The nodes of a text that stays inside a paragraph.
  function parseInline(text, context, depth) {
    return parse(text, context, depth)
        .flatMap(
            (node) =>
                (node instanceof Element && node.tagName === 'P' ? [...node.childNodes] : [node]));
  }

  function render(text) {
    const context = {formulas: Typeset.budget(), definitions: new Map()};
    const clean = text.replace(/\r\n?/g, '\n')
                      .replace(/^[ \t]*%[^\n]*\n/gm, '')
                      .replace(/([^\\\n])%[^\n]*/g, '$1');
    return h('div', {class: 'prose'}, parse(clean, context, 0));
  }

  return {render};
})();
