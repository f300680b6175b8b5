// A dialog whose content the server writes: it opens when htmx has filled it and taken its forms in hand (a moment after
// the swap: what was sent in between would leave the page), and closes with an answer that leads away; one that refuses
// what was entered stays in it, and so does a form with data-stays.
// <loaded-dialog><dialog><div id="loaded"></div></dialog></loaded-dialog> once a page; <a hx-get="…" hx-target="#loaded">
class LoadedDialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    this.addEventListener("htmx:afterSettle", ({ target }) => { if (target.id === "loaded" && !dialog.open) dialog.showModal(); });
    dialog.addEventListener("close", ({ target }) => { if (target === dialog) dialog.firstElementChild.replaceChildren(); });
    dialog.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig.verb === "post" && detail.xhr.status !== 422 && !detail.requestConfig.elt.matches("[data-stays]")) dialog.close(); });
  }
}
customElements.define("loaded-dialog", LoadedDialog);
