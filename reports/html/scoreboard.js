'use strict';
// Puts the parts together: draws the page, and keeps the address (#problem/attempt) and the open
// sheet in step, so that an attempt can be linked to and the back button closes it.
(() => {
  const {byId, readJson} = Dom;
  const data = readJson('data-summary');

  const address = (problem, index) => `#${problem.id.split('/').map(encodeURIComponent).join('/')}${
      index === null ? '' : `/${index}`}`;

  function target() {
    let path;
    try {
      path = decodeURIComponent(location.hash.slice(1));
    } catch (error) {
      return null;  // not an address of ours
    }
    const whole = data.problems.find((problem) => problem.id === path);
    if (whole) return {problem: whole, index: null};
    const slash = path.lastIndexOf('/');
    const problem =
        slash < 0 ? undefined : data.problems.find((one) => one.id === path.slice(0, slash));
    const index = Number(path.slice(slash + 1));
    return problem && problem.cells.some((cell) => cell[0] === index) ? {problem, index} : null;
  }

  function follow() {
    const wanted = target();
    if (wanted)
      Detail.open(wanted.problem, wanted.index);
    else if (byId('sheet').open)
      byId('sheet').close();
  }

  // The texts of the problems come last in the file: what is asked for earlier waits for them.
  function whenLoaded(action) {
    if (document.readyState === 'loading')
      addEventListener('DOMContentLoaded', action, {once: true});
    else
      action();
  }

  function navigate(problem, index) {
    // Stepping about inside the sheet is one visit, not one step of history each.
    if (byId('sheet').open)
      history.replaceState(null, '', address(problem, index));
    else
      history.pushState(null, '', address(problem, index));
    whenLoaded(() => Detail.open(problem, index));
  }

  // The sheet's close event comes late: an address that already names something else stays.
  function closed(last) {
    const named = target();
    if (named && named.problem === last.problem && named.index === last.index)
      history.pushState(null, '', '#');
  }

  const kThemes = {system: 'light dark', light: 'light', dark: 'dark'};
  let theme = 'system';
  byId('theme').addEventListener('click', () => {
    const names = Object.keys(kThemes);
    theme = names[(names.indexOf(theme) + 1) % names.length];
    document.documentElement.style.colorScheme = kThemes[theme];
    byId('theme').textContent = `Theme: ${theme}`;
  });

  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || byId('sheet').open || event.target.closest('input, textarea')) return;
    event.preventDefault();
    byId('search').focus();
  });

  Summary.draw(data);
  Detail.start(data, navigate, closed);
  Grid.draw(data, navigate);
  addEventListener('hashchange', () => whenLoaded(follow));
  whenLoaded(follow);
})();
