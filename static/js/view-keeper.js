// Keeps in this tab how each panel was looked at, as a chart or a table, so that a reload shows it again.
// <view-keeper hidden></view-keeper> once a page, after the panels
class ViewKeeper extends HTMLElement {
  connectedCallback() {
    document.addEventListener("change", this.#changed);
    for (const input of document.querySelectorAll(".panel__views input")) {
      if (this.#kept(input.name) === input.value) input.checked = true;
    }
  }

  disconnectedCallback() { document.removeEventListener("change", this.#changed); }

  #changed = ({ target }) => {
    if (!target.matches(".panel__views input")) return;
    try { sessionStorage.setItem(target.name, target.value); } catch { /* not kept where nothing may be */ }
  };

  #kept(name) {
    try { return sessionStorage.getItem(name); } catch { return null; }
  }
}
customElements.define("view-keeper", ViewKeeper);
