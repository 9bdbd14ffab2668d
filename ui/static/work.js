// What the pages for work share: a question before something is done, and copying. Defined once, before any page is drawn.
// eslint-disable-next-line no-unused-vars
var khAsk = ({title, body, ok, back, extra = ""}) => new Promise((answer) => {
  const dialog = document.createElement("dialog");
  dialog.className = "kh-dialog";
  dialog.innerHTML = `<form method="dialog"><h2>${title}</h2><p>${body}</p>${extra}<div class="actions">`
    + `<button class="btn" value="" autofocus>${back}</button><button class="btn btn-primary" value="ok">${ok}</button></div></form>`;
  dialog.setAttribute("aria-label", dialog.querySelector("h2").innerText || "");
  dialog.addEventListener("close", () => {
    const chosen = new FormData(dialog.querySelector("form")).get("priority");
    answer(dialog.returnValue === "ok" ? {priority: chosen} : null);
    dialog.remove();
  });
  // In Gradio's container, whose colours it takes; a refresh does not reach it there.
  (document.querySelector(".gradio-container .contain") || document.body).append(dialog);
  dialog.showModal();
});
// eslint-disable-next-line no-unused-vars
var khCopy = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    // Pages that did not come over TLS have no clipboard of that kind.
    const area = Object.assign(document.createElement("textarea"), {value: text});
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.done = "1";
  setTimeout(() => { delete button.dataset.done; }, 1500);
};
