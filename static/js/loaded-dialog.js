// A dialog whose content the server writes: it opens when htmx has filled it and taken its forms in hand (a moment after
// the swap: what was sent in between would leave the page), and closes with an answer that leads away; one that refuses
// what was entered (422), or is not done yet (202), stays in it, and so does a form with data-stays.
// <loaded-dialog><dialog><div id="loaded"></div></dialog></loaded-dialog> once a page; <a hx-get="…" hx-target="#loaded">
// Listens on body for load-dialog {address}, also as an answer's HX-Trigger header.
class LoadedDialog extends HTMLElement {
  static #stays = [0, 202, 422]; // 0: there was no answer

  connectedCallback() {
    const dialog = this.querySelector("dialog");
    this.addEventListener("htmx:afterSettle", ({ target }) => { if (target.id === "loaded" && !dialog.open) dialog.showModal(); });
    dialog.addEventListener("close", ({ target }) => { if (target === dialog) dialog.firstElementChild.replaceChildren(); });
    dialog.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig.verb === "post" && !LoadedDialog.#stays.includes(detail.xhr.status) && !detail.requestConfig.elt.matches("[data-stays]")) dialog.close(); });
    document.body.addEventListener("load-dialog", this.#load);
  }

  disconnectedCallback() { document.body.removeEventListener("load-dialog", this.#load); }

  #load = ({ detail: { address } }) => htmx.ajax("GET", address, { source: document.body, target: "#loaded", swap: "innerHTML" });
}
customElements.define("loaded-dialog", LoadedDialog);
