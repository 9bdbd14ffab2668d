// Gradio's own words in the visitor's language; see ui/mount.py.
var khelmerchWords = (load) => {
  const words = "__WORDS__"[document.documentElement.dataset.lang];
  if (words) load({processed_langs: {}, custom_translations: {[navigator.language]: words}});
};
(() => {
  const language = document.documentElement.dataset.lang;
  const toasts = Object.entries("__TOASTS__"[language] || {});
  const labels = "__LABELS__"[language] || {};
  const translateToast = (toast) => {
    const walker = document.createTreeWalker(toast, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      const hit = toasts.find(([pattern]) => text.data.includes(pattern));
      // Only a change is written: writing what is there already would call the observer for ever.
      if (hit && text.data !== hit[1]) text.data = hit[1];
    }
  };
  const translate = () => {
    document.querySelectorAll(".toast-body").forEach(translateToast);
    document.querySelectorAll("#kh-files [aria-label]").forEach((field) => {
      const label = labels[field.getAttribute("aria-label")];
      if (label) field.setAttribute("aria-label", label);
    });
  };
  new MutationObserver(translate).observe(document.body, {childList: true, subtree: true, characterData: true});
})();
