'use strict';
// Formulas by KaTeX as MathML, and programs by highlight.js, both as nodes.
const Typeset = (() => {
  const {h} = Dom;

  // Bounds on what one text may cost: a formula is model output too.
  const kFormulasPerText = 2000;
  const kFormulaLength = 5000;
  const kExpansionsMax = 500;
  const kHighlightLength = 100 * 1024;

  // Two commands would set style attributes, which the Content-Security-Policy refuses (KaTeX 0.16 has
  // no other way for them): they are replaced by their nearest relatives.
  const macros = () => ({
    '\\pmb': '\\boldsymbol{#1}',
    '\\fcolorbox': '\\fbox{\\textcolor{#1}{}\\colorbox{#2}{#3}}',
  });

  // A counter of formulas, shared by the pieces of one text.
  const budget = () => ({left: kFormulasPerText});

  function source(tex, display) {
    return h(display ? 'pre' : 'code', {class: 'formula-source'}, tex);
  }

  function formula(tex, display, remaining) {
    if (remaining.left <= 0 || tex.length > kFormulaLength) return source(tex, display);
    remaining.left -= 1;
    const holder = h(display ? 'div' : 'span', {class: display ? 'formula display' : 'formula'});
    try {
      katex.render(tex, holder, {
        output: 'mathml',
        displayMode: display,
        trust: false,
        strict: 'ignore',
        throwOnError: true,
        maxExpand: kExpansionsMax,
        maxSize: 20,
        errorColor: '#d0453f',
        macros: macros(),
      });
    } catch (error) {
      // KaTeX's own way to show an error needs a style attribute; ours is the source with the reason.
      const shown = source(tex, display);
      shown.classList.add('bad');
      shown.title = String(error.message || error);
      return shown;
    }
    spaceFunctions(holder);
    return holder;
  }

  // "n log n": KaTeX marks the application of a named function with the invisible U+2061 and leaves the
  // thin spaces around the name to its style sheet, which MathML output does not have.
  function spaceFunctions(holder) {
    const thin = () => {
      const space = document.createElementNS('http://www.w3.org/1998/Math/MathML', 'mspace');
      space.setAttribute('width', '0.167em');
      return space;
    };
    for (const mark of holder.querySelectorAll('mo')) {
      if (mark.textContent !== '\u2061' || !mark.previousElementSibling) continue;
      const name = mark.previousElementSibling;
      const before = name.previousElementSibling;
      const after = mark.nextElementSibling;
      if (before && (before.localName !== 'mo' || /^[)\]}]$/.test(before.textContent)))
        name.before(thin());
      if (after && !/^[([{|\u2061]/.test(after.textContent)) mark.after(thin());
    }
  }

  // highlight.js 9.18 knows the languages of a harness by these names.
  const kLanguages = {
    c: 'cpp',
    cpp: 'cpp',
    'c++': 'cpp',
    cc: 'cpp',
    cxx: 'cpp',
    h: 'cpp',
    hpp: 'cpp',
    py: 'python',
    python: 'python',
    pypy: 'python',
    java: 'java',
    rust: 'rust',
    rs: 'rust',
    go: 'go',
    golang: 'go',
    js: 'javascript',
    javascript: 'javascript',
    node: 'javascript',
    ts: 'typescript',
    typescript: 'typescript',
    kotlin: 'kotlin',
    kt: 'kotlin',
    diff: 'diff',
    patch: 'diff',
    bash: 'bash',
    sh: 'bash',
    shell: 'bash',
    json: 'json',
    yaml: 'yaml',
    sql: 'sql',
    haskell: 'haskell',
    hs: 'haskell',
    ruby: 'ruby',
    rb: 'ruby',
    cs: 'cs',
    csharp: 'cs',
    pascal: 'delphi',
    swift: 'swift',
    scala: 'scala',
    lua: 'lua',
    ocaml: 'ocaml',
    tex: 'tex',
    latex: 'tex',
    makefile: 'makefile',
    cmake: 'cmake',
    perl: 'perl',
    php: 'php',
    r: 'r',
    julia: 'julia',
  };

  function languageOf(name) {
    const plain = String(name || '').toLowerCase();
    const key = Object.hasOwn(kLanguages, plain) ? plain : plain.replace(/[0-9.]+$/, '');
    return Object.hasOwn(kLanguages, key) ? kLanguages[key] : null;
  }

  const kEntities =
      {'&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': '\'', '&#39;': '\''};

  // highlight.js answers with text in which only <span class="..."> and </span> are markup. Read that
  // little language ourselves rather than hand a string to the HTML parser.
  function nodesOf(markup) {
    const root = document.createDocumentFragment();
    const open = [root];
    const token = /<span class="([\w -]*)">|<\/span>|&(?:amp|lt|gt|quot|#x27|#39);|[^<&]+|[<&]/g;
    for (const match of markup.matchAll(token)) {
      const top = open[open.length - 1];
      if (match[1] !== undefined) {
        const span = h('span', {class: match[1]});
        top.append(span);
        open.push(span);
      } else if (match[0] === '</span>') {
        if (open.length > 1) open.pop();
      } else {
        top.append(Object.hasOwn(kEntities, match[0]) ? kEntities[match[0]] : match[0]);
      }
    }
    root.normalize();
    return root;
  }

  function highlighted(code, language) {
    const known = languageOf(language);
    if (!known || code.length > kHighlightLength || !hljs.getLanguage(known)) {
      return document.createTextNode(code);
    }
    return nodesOf(hljs.highlight(known, code, true).value);
  }

  function codeBlock(code, language) {
    return h('pre', {class: 'code', tabindex: '0'}, h('code', null, highlighted(code, language)));
  }

  function numberedCode(code, language) {
    const lines = Math.max(1, code.split('\n').length - (code.endsWith('\n') ? 1 : 0));
    let numbers = '';
    for (let i = 1; i <= lines; i += 1) numbers += `${i}\n`;
    return h(
        'div', {class: 'numbered', tabindex: '0', role: 'group', 'aria-label': 'Program text'},
        h('pre', {class: 'numbers', 'aria-hidden': 'true'}, numbers),
        h('pre', {class: 'code'}, h('code', null, highlighted(code, language))));
  }

  return {formula, budget, codeBlock, numberedCode};
})();
