// Runs before any of Gradio's scripts; see ui/document.py.
(() => {
  const language = "__LANGUAGE__";
  const root = document.documentElement;
  root.dataset.lang = language;
  // Gradio writes the language it believes in; screen readers and fonts need the real one.
  const keep = () => { if (root.lang !== language) root.lang = language; };
  keep();
  new MutationObserver(keep).observe(root, {attributes: true, attributeFilter: ["lang"]});
  const believed = language === "mn" ? "en" : language;
  Object.defineProperty(navigator, "language", {configurable: true, get: () => believed});
  Object.defineProperty(navigator, "languages", {configurable: true, get: () => [believed]});
  // Gradio's page sets window.gradio_config once; the words move as they pass.
  let config;
  Object.defineProperty(window, "gradio_config", {
    configurable: true,
    get: () => config,
    set: (value) => {
      const words = value && value.i18n_translations;
      if (words && words[language]) value.i18n_translations = {[believed]: words[language]};
      config = value;
    },
  });
  try {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone) document.cookie = `khelmerch_tz=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
  } catch (error) {
    console.warn("khelmerch: no time zone, times are shown in UTC", error);
  }
  // A log-in ends while the page is open (after half a day, or with its key): to the log-in, and back here.
  const ask = window.fetch.bind(window);
  window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    if (answer.status === 401 && root.dataset.account) {
      location.assign(`login?next=${encodeURIComponent(location.pathname + location.search)}`);
    }
    return answer;
  };
})();
