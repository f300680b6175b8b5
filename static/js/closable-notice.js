// A notice that can be put away; it goes by itself when what it offered was done.
// <closable-notice><button type="button" data-close aria-label="Close">…</button></closable-notice>
class ClosableNotice extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => { if (target.closest("[data-close]")) this.#go(); });
    this.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful) this.#go(); });
  }

  #go() {
    this.remove();
    document.getElementById("message-box")?.focus({ preventScroll: true });
  }
}
customElements.define("closable-notice", ClosableNotice);
